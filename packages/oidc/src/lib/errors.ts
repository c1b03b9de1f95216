import type { Reason } from '@sallyport/audit'

/** The codes of this package's errors and refusals. Their table is in the README. */
export type OidcErrorCode =
  /** Misuse: an option is unknown, missing or out of bounds. */
  | 'ERR_OIDC_OPTION'
  /** The callback's `state` belongs to no sign-in of this browser, or to one that is over. */
  | 'ERR_OIDC_TRANSACTION_UNKNOWN'
  | 'ERR_OIDC_TRANSACTION_EXPIRED'
  /** This callback was answered before, here or on another instance. */
  | 'ERR_OIDC_TRANSACTION_USED'
  /** The authorization response is malformed, or came from another issuer (RFC 9207). */
  | 'ERR_OIDC_RESPONSE'
  | 'ERR_OIDC_RESPONSE_ISSUER'
  /** The person said no at the provider, or the provider said no. */
  | 'ERR_OIDC_DENIED'
  | 'ERR_OIDC_PROVIDER_REFUSED'
  /** The provider could not sign the person in without asking them, and `prompt=none` forbade that. */
  | 'ERR_OIDC_INTERACTION_REQUIRED'
  | 'ERR_OIDC_CODE_REFUSED'
  /** The ID token: its algorithm, signature and claims, in the order of OpenID Connect Core §3.1.3.7. */
  | 'ERR_OIDC_TOKEN'
  | 'ERR_OIDC_ALGORITHM'
  | 'ERR_OIDC_SIGNATURE'
  | 'ERR_OIDC_ISSUER'
  | 'ERR_OIDC_AUDIENCE'
  | 'ERR_OIDC_TOKEN_EXPIRED'
  | 'ERR_OIDC_TOKEN_TIME'
  | 'ERR_OIDC_NONCE'
  | 'ERR_OIDC_ACR'
  | 'ERR_OIDC_AUTH_TIME'
  | 'ERR_OIDC_TOKEN_HASH'
  | 'ERR_OIDC_SUBJECT'
  /** UserInfo's answer: unusable, or about someone else. */
  | 'ERR_OIDC_USERINFO'
  | 'ERR_OIDC_USERINFO_SUBJECT'
  /** The application's verify callback gave no user, or failed. */
  | 'ERR_OIDC_USER_REFUSED'
  | 'ERR_OIDC_VERIFY_FAILED'
  /** The session could not be begun. */
  | 'ERR_OIDC_SESSION'
  /** An administrator has locked the account of whoever signed in. */
  | 'ERR_OIDC_LOCKED'
  /** Step-up at the provider: the link there is stale or not this session's. */
  | 'ERR_OIDC_TICKET'
  /** The session that left for the provider is not the one that came back. */
  | 'ERR_OIDC_SESSION_CHANGED'
  /** Somebody else signed in at the provider than the person of the session. */
  | 'ERR_OIDC_WRONG_SUBJECT'
  /** The sign-in at the provider is not worth what the step-up demands. */
  | 'ERR_OIDC_TOO_WEAK'
  /** The step-up was answered, cancelled or replaced meanwhile, takes no more answers, or took too long. */
  | 'ERR_OIDC_STEP_UP_ENDED'
  /** Linking: the identity signs in as somebody else, or as this person already, or would be one too many. */
  | 'ERR_OIDC_LINK_TAKEN'
  | 'ERR_OIDC_LINK_OWN'
  | 'ERR_OIDC_LINK_LIMIT'
  /** There is no provider of this name or issuer. */
  | 'ERR_OIDC_PROVIDER_UNKNOWN'
  /** The application could not say which provider a tenant has. */
  | 'ERR_OIDC_TENANT_UNAVAILABLE'
  /** A form was sent from another site. */
  | 'ERR_OIDC_ORIGIN'
  /** The provider cannot be reached, answers nonsense, describes itself wrongly, or does not know this client. */
  | 'ERR_OIDC_PROVIDER_UNAVAILABLE'
  | 'ERR_OIDC_PROVIDER_RESPONSE'
  | 'ERR_OIDC_METADATA'
  | 'ERR_OIDC_CLIENT_REFUSED'
  /** The options demand what this provider does not offer; the message names both. */
  | 'ERR_OIDC_NOT_OFFERED'
  /** Our own store, ledger or key ring cannot be used. */
  | 'ERR_OIDC_STORE_UNAVAILABLE'
  /** A record of ours cannot be read: who an identity signs in as, or what is linked to a user. */
  | 'ERR_OIDC_RECORD'

interface Meaning {
  /** What HTTP answers: 400 stale, 403 refused, 404 not here, 500 ours to repair, 503 not now. */
  readonly status: 400 | 403 | 404 | 500 | 503
  readonly reason: Reason
  readonly message: string
}

const UNKNOWN = 'transaction_unknown'
const INVALID = 'token_invalid'

const MEANINGS: Readonly<Record<OidcErrorCode, Meaning>> = {
  ERR_OIDC_OPTION: { status: 500, reason: 'invalid_input', message: 'An option is wrong.' },
  ERR_OIDC_TRANSACTION_UNKNOWN: { status: 400, reason: UNKNOWN, message: 'This browser has no such sign-in.' },
  ERR_OIDC_TRANSACTION_EXPIRED: {
    status: 400,
    reason: 'expired',
    message: 'This sign-in took longer than 10 minutes.',
  },
  ERR_OIDC_TRANSACTION_USED: { status: 400, reason: 'already_used', message: 'This sign-in was finished before.' },
  ERR_OIDC_RESPONSE: { status: 403, reason: 'provider_error', message: 'The authorization response is malformed.' },
  ERR_OIDC_RESPONSE_ISSUER: { status: 403, reason: 'provider_error', message: 'Another issuer answered.' },
  ERR_OIDC_DENIED: { status: 403, reason: 'user_denied', message: 'The person or the provider denied the sign-in.' },
  ERR_OIDC_PROVIDER_REFUSED: { status: 403, reason: 'provider_error', message: 'The provider refused the sign-in.' },
  ERR_OIDC_INTERACTION_REQUIRED: {
    status: 403,
    reason: 'login_required',
    message: 'The provider has to ask the person.',
  },
  ERR_OIDC_CODE_REFUSED: { status: 403, reason: 'provider_error', message: 'The provider refused the code.' },
  ERR_OIDC_TOKEN: { status: 403, reason: INVALID, message: 'The ID token is missing or malformed.' },
  ERR_OIDC_ALGORITHM: { status: 403, reason: INVALID, message: 'The ID token is signed with a refused algorithm.' },
  ERR_OIDC_SIGNATURE: { status: 403, reason: INVALID, message: 'The ID token is not signed by the issuer.' },
  ERR_OIDC_ISSUER: { status: 403, reason: INVALID, message: 'The ID token is of another issuer.' },
  ERR_OIDC_AUDIENCE: { status: 403, reason: INVALID, message: 'The ID token is not for this client alone.' },
  ERR_OIDC_TOKEN_EXPIRED: { status: 403, reason: 'expired', message: 'The ID token has expired.' },
  ERR_OIDC_TOKEN_TIME: { status: 403, reason: 'clock_skew', message: 'The ID token is of another time.' },
  ERR_OIDC_NONCE: { status: 403, reason: INVALID, message: 'The ID token belongs to another sign-in.' },
  ERR_OIDC_ACR: { status: 403, reason: 'level_not_reached', message: 'The asked-for level was not reached.' },
  ERR_OIDC_AUTH_TIME: { status: 403, reason: 'factor_too_old', message: 'The sign-in is not as fresh as asked for.' },
  ERR_OIDC_TOKEN_HASH: { status: 403, reason: INVALID, message: 'The access token is not the ID token’s.' },
  ERR_OIDC_SUBJECT: { status: 403, reason: INVALID, message: 'The ID token names no usable subject.' },
  ERR_OIDC_USERINFO: { status: 403, reason: 'provider_error', message: 'The UserInfo answer is unusable.' },
  ERR_OIDC_USERINFO_SUBJECT: { status: 403, reason: 'wrong_subject', message: 'UserInfo is about someone else.' },
  ERR_OIDC_USER_REFUSED: { status: 403, reason: 'not_permitted', message: 'The application refused this user.' },
  ERR_OIDC_VERIFY_FAILED: { status: 500, reason: 'handler_failed', message: 'The verify callback failed.' },
  ERR_OIDC_SESSION: { status: 503, reason: 'store_unavailable', message: 'The session could not be begun.' },
  ERR_OIDC_LOCKED: { status: 403, reason: 'account_locked', message: 'The account is locked.' },
  ERR_OIDC_TICKET: { status: 400, reason: 'invalid_input', message: 'The link to the provider is stale.' },
  ERR_OIDC_SESSION_CHANGED: { status: 403, reason: 'session_ended', message: 'The session is not the one that left.' },
  ERR_OIDC_WRONG_SUBJECT: { status: 403, reason: 'wrong_subject', message: 'Somebody else signed in.' },
  ERR_OIDC_TOO_WEAK: { status: 403, reason: 'factor_too_weak', message: 'The sign-in is weaker than demanded.' },
  ERR_OIDC_STEP_UP_ENDED: { status: 400, reason: 'challenge_ended', message: 'The step-up is over.' },
  ERR_OIDC_LINK_TAKEN: { status: 403, reason: 'not_permitted', message: 'The identity belongs to another user.' },
  ERR_OIDC_LINK_OWN: { status: 403, reason: 'already_used', message: 'The identity is this user’s already.' },
  ERR_OIDC_LINK_LIMIT: { status: 403, reason: 'not_permitted', message: 'The user has 20 linked identities.' },
  ERR_OIDC_PROVIDER_UNKNOWN: { status: 404, reason: 'invalid_input', message: 'There is no such provider.' },
  ERR_OIDC_TENANT_UNAVAILABLE: { status: 503, reason: 'handler_failed', message: 'The tenant cannot be looked up.' },
  ERR_OIDC_ORIGIN: { status: 403, reason: 'invalid_input', message: 'The request came from another site.' },
  ERR_OIDC_PROVIDER_UNAVAILABLE: {
    status: 503,
    reason: 'provider_unavailable',
    message: 'The provider cannot be reached.',
  },
  ERR_OIDC_PROVIDER_RESPONSE: { status: 503, reason: 'provider_error', message: 'The provider’s answer is unusable.' },
  ERR_OIDC_METADATA: { status: 503, reason: 'provider_error', message: 'The provider’s configuration is refused.' },
  ERR_OIDC_CLIENT_REFUSED: { status: 503, reason: 'provider_error', message: 'The provider refused this client.' },
  ERR_OIDC_NOT_OFFERED: {
    status: 500,
    reason: 'provider_error',
    message: 'The provider does not offer what the options demand.',
  },
  ERR_OIDC_STORE_UNAVAILABLE: {
    status: 503,
    reason: 'store_unavailable',
    message: 'The store or keys cannot be used.',
  },
  ERR_OIDC_RECORD: { status: 500, reason: 'store_unavailable', message: 'A record of linked identities is damaged.' },
}

/** Tells whether a value is one of the codes. */
export function isOidcErrorCode(code: unknown): code is OidcErrorCode {
  return typeof code === 'string' && Object.hasOwn(MEANINGS, code)
}

/**
 * An error or refusal of the first door; test its `code`.
 *
 * Its message is one fixed sentence and never holds request data, claims, tokens or words of the provider. `cause` is
 * set only where it cannot hold them either: trouble of the network, the store and the application's own callback.
 */
export class OidcError extends Error {
  override readonly name = 'OidcError'
  readonly code: OidcErrorCode
  /** What Express answers with when nobody else does. */
  readonly status: number
  /** Why, in the words of the ledger. */
  readonly reason: Reason
  /** Whether the message may be shown to the client: never, it is for the operator. */
  readonly expose = false

  constructor(code: OidcErrorCode, options?: { readonly message?: string; readonly cause?: unknown }) {
    const { status, reason, message } = MEANINGS[code]
    super(options?.message ?? message, options?.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = status
    this.reason = reason
  }
}

/** Wraps whatever the store, the ledger or the key ring rejected with. */
export function storeUnavailable(cause: unknown): OidcError {
  return cause instanceof OidcError ? cause : new OidcError('ERR_OIDC_STORE_UNAVAILABLE', { cause })
}

/** Throws what `storeUnavailable` makes of a rejection. */
export function refuseStore(cause: unknown): never {
  throw storeUnavailable(cause)
}
