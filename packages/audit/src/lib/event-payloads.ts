import type { FactorName } from './types.ts'

/**
 * The payload of each event type. Names are `area.object.happened` and append-only: a changed meaning is a new name.
 * Payloads hold ids, counts and closed words; never codes, secrets, tokens, names or what a user typed.
 */
export interface EventPayloads {
  'oidc.login.started': { readonly issuer: string; readonly prompt?: string }
  'oidc.login.succeeded': {
    readonly issuer: string
    readonly algorithm: string
    readonly keyId?: string
    readonly authTime?: number
  }
  'oidc.login.failed': { readonly issuer: string; readonly code: string }
  'oidc.logout.completed': { readonly issuer: string }
  'oidc.provider.discovered': { readonly issuer: string; readonly digest: string }
  'session.started': Readonly<Record<string, never>>
  'session.rotated': { readonly because: 'step_up' | 'enrolment' }
  'session.ended': { readonly because: 'logout' | 'replaced' }
  'session.reused_after_end': { readonly endedSecondsAgo: number }
  'step_up.required': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'step_up.satisfied': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'step_up.refused': { readonly requirement: string; readonly action?: string }
  'step_up.reported': { readonly requirement: string; readonly would: 'allow' | 'challenge' }
  'step_up.grant.consumed': { readonly action: string; readonly digest: string }
  'challenge.issued': { readonly factor: FactorName; readonly expiresAt: number }
  'challenge.attempt_failed': { readonly factor: FactorName }
  'challenge.verified': { readonly factor: FactorName }
  'challenge.expired': { readonly factor: FactorName }
  'challenge.superseded': { readonly factor: FactorName }
  'challenge.cancelled': { readonly factor: FactorName }
  'challenge.locked': { readonly factor: FactorName }
  'authenticator.enrolment_started': { readonly factor: FactorName }
  'authenticator.enrolled': { readonly factor: FactorName; readonly first: boolean }
  'authenticator.enrolment_failed': { readonly factor: FactorName }
  'authenticator.renamed': { readonly factor: FactorName }
  'authenticator.removed': { readonly factor: FactorName; readonly left: number }
  'access.allowed': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'access.denied': { readonly requirement: string }
  'access.completed': { readonly status: number; readonly durationMs: number; readonly aborted: boolean }
  'notification.sent': { readonly about: string }
  'notification.failed': { readonly about: string }
  'ledger.opened': { readonly origin: string; readonly size: number }
  'ledger.closed': { readonly origin: string }
  'ledger.gap_recorded': {
    readonly lost: Readonly<Record<string, number>>
    readonly delayed: Readonly<Record<string, number>>
  }
  'sink.failed': { readonly sink: string; readonly at: number }
  'sink.recovered': { readonly sink: string; readonly at: number }
}

/** The name of an event. */
export type EventType = keyof EventPayloads
