import type { EventPayloads, EventType } from './event-payloads.ts'

/** How an operation ended, as far as the event knows. */
export type Outcome = 'success' | 'failure' | 'unknown'

/** Why something was refused or failed: a closed list, so that reports can count. */
export const REASONS = [
  'account_locked',
  'action_mismatch',
  'aborted',
  'already_used',
  'authenticator_disabled',
  'authenticator_locked',
  'authenticator_not_allowed',
  'authenticator_unknown',
  'cancelled',
  'challenge_ended',
  'clock_skew',
  'code_reused',
  'counter_regressed',
  'expired',
  'factor_missing',
  'factor_too_old',
  'factor_too_weak',
  'invalid_input',
  'level_not_reached',
  'login_required',
  'logout',
  'not_permitted',
  'provider_error',
  'provider_unavailable',
  'replaced',
  'session_ended',
  'session_rotated',
  'store_unavailable',
  'token_invalid',
  'too_many_attempts',
  'transaction_unknown',
  'signature_invalid',
  'user_denied',
  'user_not_verified',
  'wrong_code',
  'wrong_origin',
  'wrong_subject',
  'handler_failed',
] as const

/** One of `REASONS`. */
export type Reason = (typeof REASONS)[number]

/** The kinds of proof. */
export const FACTORS = ['oidc', 'totp', 'webauthn', 'otp_email', 'otp_sms', 'recovery_code'] as const

/** One of `FACTORS`. */
export type FactorName = (typeof FACTORS)[number]

/** What the middleware in front found out about the request; personal parts are sealed or shortened before they are written. */
export interface EventContext {
  readonly requestId: string
  /** W3C Trace Context ids, lower-case hex: 32 and 16 digits. */
  readonly trace?: { readonly id: string; readonly span: string }
  /** `ip` is the full client address, `hops` the number of trusted proxies it came through. */
  readonly net?: { readonly ip: string; readonly hops: number }
  readonly device?: DeviceContext
  readonly place?: Place
  readonly target?: Target
  /**
   * Gives the pattern of the route as mounted, `/people/:id`, never a value of the path; `undefined` where no route and no
   * mounted handler has the request. Asked when an event is recorded, since a request is on its way to its route before.
   * Never written itself.
   */
  readonly route?: () => string | undefined
  /** Who is asking, as a resolver of sessions found out; for whoever records events that no gate knows of. */
  readonly who?: Who
  /** What a gate has recorded of this request already: that it turned it away, or that it will record how it ended. */
  readonly gate?: 'denied' | 'completing'
}

/** Where a request came from, as a database of networks has it. What is not known is left out. */
export interface Place {
  /** ISO 3166-1 alpha-2, upper-case; written in clear. */
  readonly country?: string
  /** ISO 3166-2 (`DE-BE`), or a name where the database has no code; at most 64 characters; sealed. */
  readonly region?: string
  /** The autonomous system's number, 1 to 4,294,967,295; written in clear. */
  readonly asn?: number
}

/** A signed-in person of a request. */
export interface Who {
  /** The application's own id for the person. */
  readonly user: string
  readonly lineage?: string
  readonly authn?: Authn
  readonly tenant?: string
}

/** The browser of a request. `id` is the keyed pseudonym of the device cookie, never the cookie. */
export interface DeviceContext {
  readonly id: string
  /** The cookie came with the request: this browser has been here before. */
  readonly known: boolean
  readonly browser?: string
  readonly os?: string
  readonly type?: string
  /** Controlled by the client; at most 512 characters; sealed. */
  readonly userAgent?: string
  /** The client hints beside it, as sent; at most 512 characters; sealed. */
  readonly hints?: string
}

/** What was acted upon. `route` is the pattern as mounted, never the concrete path with its values. */
export interface Target {
  readonly app?: string
  readonly route?: string
  readonly method?: string
  readonly resource?: string
}

/** How the actor had proved who they are. */
export interface Authn {
  readonly factor?: FactorName
  readonly authenticator?: string
  /** `phishing_resistant`, `user_verified`, `device_bound`: what the proof showed. */
  readonly strength?: readonly string[]
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly protocol?: 'oidc'
}

/** Who acted. `user` is the application's own id for the person; only its pseudonym is written in clear. */
export interface Actor {
  readonly user: string
  /** Identity to seal (name, e-mail, issuer, subject …): written once, in `session.started`. */
  readonly identity?: Readonly<Record<string, string>>
}

/**
 * What a caller says of an event; everything that is not said is left out of the entry. What a member cannot be is refused
 * with `ERR_AUDIT_INPUT` (`emit` counts it as lost), types or not. Ids that join (`lineage`, `flow`, `stepUp`, `challenge`,
 * a device's `id`, `authn.authenticator`) are 1 to 256 bytes of well-formed text without NUL, and refused beyond that;
 * texts that only describe are cut to 200 characters and 250 bytes.
 */
export interface EventInput<T extends EventType> {
  /**
   * The event's id, for whoever must know it before the event is on disk: what `sortableId` gives, unique in the ledger.
   * Its time becomes the event's `at`. Made with the store's clock if not given.
   */
  readonly id?: string | undefined
  readonly context?: EventContext | undefined
  readonly actor?: Actor | undefined
  readonly target?: Target | undefined
  readonly authn?: Authn | undefined
  readonly outcome?: Outcome | undefined
  readonly reason?: Reason | undefined
  /** The id that stays the same through all rotations of one session. */
  readonly lineage?: string | undefined
  /** The id of one login, enrolment or step-up from start to end. */
  readonly flow?: string | undefined
  readonly stepUp?: string | undefined
  readonly challenge?: string | undefined
  readonly tenant?: string | undefined
  /**
   * Whom it was done to, when that is another person than the actor: the application's own id, written as a pseudonym.
   * The event is found by it instead of by its route.
   */
  readonly subject?: string | undefined
  /**
   * What belongs to this event alone and is personal: sealed in it, as `detail.<name>`, under the key of the subject, or
   * of the actor where there is none. At most 16 names of 1 to 32 letters, each value at most 4,096 and all together at
   * most 8,192 characters; beyond that the event is refused with `ERR_AUDIT_INPUT`. What the envelope of another person
   * would hold of the actor (address, user agent, identity) is left to the actor's own next event.
   */
  readonly sealed?: Readonly<Record<string, string>> | undefined
  /**
   * The payload, written in clear. A field is a text (at most 16,384 characters, as an entry has no more bytes), a whole
   * number, true or false, or one list or object of such with at most 1,024 of them; `factor` is an id that joins. What is
   * `undefined` is left out. Anything else is refused, as is a field that the type does not have.
   */
  readonly data: EventPayloads[T]
}

/** An event that waits for its commit; made by `event`, so that type and payload agree. */
export interface PendingEvent {
  readonly type: EventType
  readonly input: EventInput<EventType>
}

/**
 * Which process wrote an event. `seq` counts the events of one boot from 1; a number whose commit was refused is named
 * in the `void` of a later event, so that every other missing number is a lost or removed event.
 */
export interface WriterStamp {
  readonly boot: string
  readonly id: string
  readonly seq: number
  readonly void?: readonly number[]
}

/** An event as written: what an entry's canonical JSON holds. */
export interface AuditEvent {
  readonly v: 1
  readonly id: string
  readonly type: EventType
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string
  readonly writer: WriterStamp
  readonly actor?: { readonly id: string }
  readonly target?: Target
  readonly authn?: Authn
  readonly net?: NetOfEvent
  readonly device?: Omit<DeviceContext, 'userAgent' | 'hints'>
  readonly outcome?: Outcome
  readonly reason?: Reason
  readonly request?: { readonly id: string; readonly trace?: string; readonly span?: string }
  readonly lineage?: string
  readonly flow?: string
  readonly stepUp?: string
  readonly challenge?: string
  /** The pseudonym of whom it was done to, when that is not the actor; a person has the same one as actor. */
  readonly subject?: { readonly id: string }
  readonly tenant?: string
  readonly data: Readonly<Record<string, unknown>>
  /** Personal data under the key of one subject: AES-256-GCM, base64url of nonce, ciphertext and tag. */
  readonly sealed?: { readonly subject: string; readonly box: string }
}

/** Where an event came from, as it may stand in clear. */
export interface NetOfEvent {
  /** Shortened to its /24 or /48. */
  readonly ip: string
  /** The keyed pseudonym of the whole address. */
  readonly ipId: string
  readonly hops: number
  readonly country?: string
  readonly asn?: number
}

/** An event with its place in the ledger. */
export interface LedgerEvent extends AuditEvent {
  readonly index: number
  /** What a reveal policy has opened of its envelope, for this reader alone; never part of the entry. */
  readonly revealed?: Readonly<Record<string, string>>
  /** Something may be opened, but the envelope or its key is damaged; never part of the entry. */
  readonly unreadable?: true
}
