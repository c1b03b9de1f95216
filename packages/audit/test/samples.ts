import type { EventPayloads } from '../src/lib/event-payloads.ts'

const FACTOR = { factor: 'totp' } as const
const ISSUER = { issuer: 'https://idp.example' } as const
const REQUIREMENT = { requirement: 'transfer' } as const

/** One payload of every event type; the type makes sure that none is forgotten. */
export const SAMPLES: EventPayloads = {
  'oidc.login.started': { ...ISSUER, prompt: 'login' },
  'oidc.login.succeeded': { ...ISSUER, algorithm: 'RS256', keyId: 'k1', authTime: 1_790_000_000 },
  'oidc.login.failed': { ...ISSUER, code: 'ERR_OIDC_STATE' },
  'oidc.logout.completed': ISSUER,
  'oidc.provider.discovered': { ...ISSUER, digest: 'd1' },
  'session.started': {},
  'session.rotated': { because: 'step_up' },
  'session.ended': { because: 'logout' },
  'session.reused_after_end': { endedSecondsAgo: 12 },
  'step_up.required': { ...REQUIREMENT, action: 'transfer', digest: 'd1' },
  'step_up.satisfied': REQUIREMENT,
  'step_up.refused': REQUIREMENT,
  'step_up.reported': { ...REQUIREMENT, would: 'challenge' },
  'step_up.grant.consumed': { action: 'transfer', digest: 'd1' },
  'challenge.issued': { ...FACTOR, expiresAt: 1_790_000_300_000 },
  'challenge.attempt_failed': FACTOR,
  'challenge.verified': FACTOR,
  'challenge.expired': FACTOR,
  'challenge.superseded': FACTOR,
  'challenge.cancelled': FACTOR,
  'challenge.locked': FACTOR,
  'authenticator.enrolment_started': FACTOR,
  'authenticator.enrolled': { ...FACTOR, first: true },
  'authenticator.enrolment_failed': FACTOR,
  'authenticator.renamed': FACTOR,
  'authenticator.removed': { ...FACTOR, left: 1 },
  'access.allowed': REQUIREMENT,
  'access.denied': REQUIREMENT,
  'access.completed': { status: 200, durationMs: 12, aborted: false },
  'notification.sent': { about: 'authenticator.removed' },
  'notification.failed': { about: 'authenticator.removed' },
  'ledger.opened': { origin: 'audit.example.com/bench', size: 0 },
  'ledger.closed': { origin: 'audit.example.com/bench' },
  'ledger.gap_recorded': { lost: { 'access.denied': 1 }, delayed: {} },
  'sink.failed': { sink: 'winston', at: 3 },
  'sink.recovered': { sink: 'winston', at: 3 },
}
