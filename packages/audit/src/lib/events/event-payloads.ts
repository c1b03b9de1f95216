import type { FactorName } from './types.ts'

/** What a round trip to the identity provider was for. */
export type LoginPurpose = 'login' | 'step_up' | 'link'

/**
 * The payload of each event type. Names are `area.object.happened` and append-only: a changed meaning is a new name.
 * Payloads hold ids, counts and closed words; never codes, secrets, tokens, names or what a user typed.
 */
export interface EventPayloads {
  /**
   * `provider` is the name under which the application knows it, here and below; `digest` names the provider's configuration;
   * `pushed`: RFC 9126, `signed`: RFC 9101.
   */
  'oidc.login.started': {
    readonly issuer: string
    readonly provider?: string
    readonly purpose?: LoginPurpose
    readonly prompt?: string
    readonly digest?: string
    readonly pushed?: boolean
    readonly signed?: boolean
  }
  /** `algorithm` and `keyId` of the ID token; `client`: how this client proved itself. */
  'oidc.login.succeeded': {
    readonly issuer: string
    readonly provider?: string
    readonly algorithm: string
    readonly purpose?: LoginPurpose
    readonly keyId?: string
    readonly authTime?: number
    readonly digest?: string
    readonly client?: 'secret' | 'key' | 'certificate'
    readonly dpop?: boolean
  }
  'oidc.login.failed': {
    readonly issuer: string
    readonly provider?: string
    readonly code: string
    readonly purpose?: LoginPurpose
  }
  /** `expiresAt` in milliseconds since the epoch, here and in the other events of tokens. */
  'oidc.token.issued': { readonly issuer: string; readonly token: TokenKind; readonly expiresAt: number }
  'oidc.token.validated': { readonly issuer: string; readonly token: TokenKind; readonly expiresAt?: number }
  'oidc.token.rejected': { readonly issuer: string; readonly token: TokenKind; readonly code: string }
  'oidc.token.refreshed': { readonly issuer: string; readonly token: TokenKind; readonly expiresAt: number }
  /** `reuse`: a refresh token came a second time, so that its whole family ended. */
  'oidc.token.revoked': {
    readonly issuer: string
    readonly token: TokenKind
    readonly because: 'administrator' | 'logout' | 'reuse' | 'user'
  }
  'oidc.token.expired': { readonly issuer: string; readonly token: TokenKind }
  'oidc.logout.completed': { readonly issuer: string }
  /** The identity provider said that a person has signed out there: how many sessions that ended here. */
  'oidc.logout.received': { readonly issuer: string; readonly sessions: number }
  'oidc.logout.rejected': { readonly issuer: string; readonly code: string }
  'oidc.provider.discovered': { readonly issuer: string; readonly digest: string }
  /** `digest` is that of the new set of keys; `added` and `removed` count keys. */
  'oidc.keys.rotated': {
    readonly issuer: string
    readonly digest: string
    readonly added: number
    readonly removed: number
  }
  'session.started': Readonly<Record<string, never>>
  'session.rotated': { readonly because: 'step_up' | 'enrolment' | 'dropped' }
  /** `failed`: it could not be handed to its browser. */
  'session.ended': { readonly because: 'failed' | 'logout' | 'replaced' }
  'session.expired': { readonly because: 'idle' | 'lifetime' }
  /** `all`: every session of the subject, on every device. */
  'session.revoked': { readonly because: 'administrator' | 'user' | 'user_denied'; readonly all: boolean }
  'session.reused_after_end': { readonly endedSecondsAgo: number }
  'step_up.required': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'step_up.satisfied': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'step_up.refused': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'step_up.reported': { readonly requirement: string; readonly would: 'allow' | 'challenge' | 'refuse' }
  'step_up.grant.consumed': { readonly action: string; readonly digest: string }
  'challenge.issued': { readonly factor: FactorName; readonly expiresAt: number }
  /** A code or a request was handed to the channel; that somebody has read it is what only the answer shows. */
  'challenge.delivered': { readonly factor: FactorName; readonly channel: DeliveryChannel }
  /** `code` is the delivery's error code. */
  'challenge.delivery_failed': {
    readonly factor: FactorName
    readonly channel: DeliveryChannel
    readonly code: string
  }
  'challenge.attempt_failed': { readonly factor: FactorName }
  /** `key`: digest of the public key that proved it (base64url of SHA-256 over the COSE key), for factors that have one. */
  'challenge.verified': { readonly factor: FactorName; readonly key?: string }
  /** The wrong answer that ended it: an answer that is signed has one try. */
  'challenge.failed': { readonly factor: FactorName }
  /** The person said that somebody else had started it. */
  'challenge.denied': { readonly factor: FactorName }
  'challenge.expired': { readonly factor: FactorName }
  'challenge.superseded': { readonly factor: FactorName }
  'challenge.cancelled': { readonly factor: FactorName }
  'challenge.locked': { readonly factor: FactorName }
  'authenticator.enrolment_started': { readonly factor: FactorName }
  /** `key` as in `challenge.verified`; `model` is the AAGUID, which says nothing for certain without attestation. */
  'authenticator.enrolled': {
    readonly factor: FactorName
    readonly first: boolean
    readonly key?: string
    readonly model?: string
    readonly attested?: boolean
    readonly backedUp?: boolean
  }
  'authenticator.enrolment_failed': { readonly factor: FactorName; readonly model?: string }
  'authenticator.renamed': { readonly factor: FactorName }
  'authenticator.removed': { readonly factor: FactorName; readonly left: number }
  /** An administrator removed all authenticators of the subject. */
  'authenticator.reset': { readonly removed: number }
  /** Too many wrong answers in its life: it has to be set up anew. */
  'authenticator.disabled': { readonly factor: FactorName }
  /** A sign of a copied key: the authenticator counted no further than the last time. */
  'authenticator.counter_regressed': {
    readonly factor: FactorName
    readonly stored: number
    readonly received: number
  }
  'recovery_codes.generated': { readonly count: number }
  'recovery_code.used': { readonly left: number }
  'recovery_codes.exhausted': Readonly<Record<string, never>>
  'account.locked': { readonly because: 'administrator' }
  'account.unlocked': { readonly because: 'administrator' }
  /** A further identity at a provider signs in as this person from now on. */
  'account.linked': { readonly issuer: string }
  'account.unlinked': { readonly issuer: string }
  'access.allowed': { readonly requirement: string; readonly action?: string; readonly digest?: string }
  'access.denied': { readonly requirement: string }
  'access.completed': { readonly status: number; readonly durationMs: number; readonly aborted: boolean }
  'notification.sent': { readonly about: string }
  'notification.failed': { readonly about: string }
  /** `place`: the second place of the checkpoint held nothing, although the ledger was signed before: it was begun anew. */
  'ledger.opened': { readonly origin: string; readonly size: number; readonly place?: 'begun' }
  /** `settled` as in `ledger.heartbeat`. */
  'ledger.closed': { readonly origin: string; readonly settled: number }
  'ledger.gap_recorded': {
    readonly lost: Readonly<Record<string, number>>
    readonly delayed: Readonly<Record<string, number>>
    /** A process that ended, or was silent, without closing the ledger: what it had not yet written is lost, uncounted. */
    readonly silent?: SilentWriter
    /** An older copy of the ledger was put in place on purpose: the checkpoint that was given up, and where it goes on. */
    readonly restored?: { readonly size: number; readonly root: string; readonly from: number }
  }
  /**
   * A process lives and reaches the ledger. `queued`: events that wait in it; `pending`: commits under way;
   * `monotonicMs`: its clock that is never set, from any start; `wallMs`: the machine's clock, since the epoch; `offsets`:
   * that clock minus another's, as seen last within the hour; `settled`: every number of this boot up to it is the `seq` of
   * an entry or in the `void` of one.
   */
  'ledger.heartbeat': {
    readonly queued: number
    readonly pending: number
    readonly monotonicMs: number
    readonly wallMs?: number
    readonly offsets?: { readonly database?: number; readonly provider?: number }
    readonly settled: number
  }
  /** The newest checkpoint that this process has signed since it said so the last time; `root` in base64. */
  'ledger.checkpoint_signed': { readonly size: number; readonly root: string }
  /** `manifest` is the number of the key manifest that says so first, `key` a verifier key. */
  'ledger.key_added': { readonly manifest: number; readonly key: string }
  'ledger.key_retired': { readonly manifest: number; readonly key: string }
  /** `because` for a witness: `diverged` when it has cosigned another history than this one. */
  'sink.failed': {
    readonly sink: string
    readonly at: number
    readonly because?: 'diverged' | 'refused' | 'unreachable'
  }
  'sink.recovered': { readonly sink: string; readonly at: number }
  /** An event that a sink refuses although it takes others was passed over: `event` is its id, `at` its index. */
  'sink.dead_lettered': { readonly sink: string; readonly event: string; readonly at: number; readonly tries: number }
  /**
   * Failures of one source that were not written one by one: how many, of which type, between which two events that
   * were. `sources` is `many` where there were too many to tell them apart. Times in milliseconds since the epoch.
   */
  'ledger.failures_coalesced': {
    readonly type: EventType
    readonly reason?: string
    readonly count: number
    readonly sources: 'one' | 'many'
    readonly first: string
    readonly last: string
    readonly from: number
    readonly to: number
  }
  /** The clock was set, or is apart from another's by more than is tolerated; `offsetMs` is ours minus theirs. */
  'ledger.clock_deviated': {
    readonly kind: 'step' | 'skew' | 'agreed'
    readonly source: 'system' | 'database' | 'provider'
    readonly offsetMs: number
    readonly toleranceMs: number
  }
  /**
   * The entries from index `from` up to but not `to` were dropped under the policy; the tree keeps their hashes.
   * `digest` is base64 of SHA-256 over their leaf hashes in order, `root` in base64 that of the signed tree of `size`.
   */
  'ledger.pruned': {
    readonly from: number
    readonly to: number
    readonly digest: string
    readonly size: number
    readonly root: string
    readonly entryDays: number
    /** When the newest of them was recorded, in milliseconds since the epoch. */
    readonly newest: number
  }
  /** `setting` is the option's name; values that are long are digests (base64url of SHA-256). */
  'config.changed': { readonly setting: string; readonly from?: string; readonly to: string }
  'role.changed': { readonly added: readonly string[]; readonly removed: readonly string[] }
  'scope.changed': { readonly added: readonly string[]; readonly removed: readonly string[] }
  'audit.viewed': {
    readonly what: 'query' | 'count' | 'story'
    readonly events: number
    /** By what was searched: names of the query's members. */
    readonly filters: readonly string[]
    readonly revealed: readonly string[]
    /** The pseudonyms of those who were looked at, 16 at most: asked for by it or by an address, or opened. */
    readonly subjects?: readonly string[]
  }
  'audit.exported': { readonly format: string; readonly events: number; readonly revealed: readonly string[] }
  'audit.verified': { readonly verdict: string; readonly size: number; readonly problems: number }
  'privacy.erasure.requested': Readonly<Record<string, never>>
  /** `backupsCleanAt` in milliseconds since the epoch: from then on no backup holds a key. */
  'privacy.subject.erased': { readonly keys: number; readonly backupsCleanAt?: number }
  'privacy.subject.exported': Readonly<Record<string, never>>
  'privacy.hold.placed': {
    readonly hold: string
    readonly reference: string
    readonly covers: 'subject' | 'everything'
  }
  'privacy.hold.released': { readonly hold: string }
  /** Keys by class and month were destroyed because their time was over; `month` such as `2026-11`. */
  'privacy.keys.expired': { readonly class: string; readonly month: string; readonly keys: number }
  'privacy.keys.rewrapped': { readonly keys: number }
}

/** The kinds of tokens of OpenID Connect. */
export type TokenKind = 'access' | 'id' | 'logout' | 'refresh'

/** The ways to reach a person. */
export type DeliveryChannel = 'email' | 'sms' | 'push' | 'voice'

/** A writer of which nothing was heard: its boot, its name, and when it was heard last (RFC 3339). */
export interface SilentWriter {
  readonly boot: string
  readonly writer: string
  readonly since: string
}

/** The name of an event. */
export type EventType = keyof EventPayloads
