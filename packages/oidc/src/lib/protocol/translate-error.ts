import { OidcError } from '../errors.ts'
import { member } from '../member.ts'
import type { OidcErrorCode } from '../errors.ts'

/** What was being done when openid-client threw. */
type Stage = 'push' | 'token' | 'userinfo'

// Maps and no objects: some of the names come from the provider, and an object has names of its own.
const BY_CLAIM: ReadonlyMap<string, OidcErrorCode> = new Map([
  ['iss', 'ERR_OIDC_ISSUER'],
  ['aud', 'ERR_OIDC_AUDIENCE'],
  ['azp', 'ERR_OIDC_AUDIENCE'],
  ['nonce', 'ERR_OIDC_NONCE'],
  ['exp', 'ERR_OIDC_TOKEN_EXPIRED'],
  ['nbf', 'ERR_OIDC_TOKEN_TIME'],
])
const BY_CODE: ReadonlyMap<string, OidcErrorCode> = new Map([
  ['OAUTH_KEY_SELECTION_FAILED', 'ERR_OIDC_SIGNATURE'],
  ['OAUTH_UNSUPPORTED_OPERATION', 'ERR_OIDC_ALGORITHM'],
  ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'ERR_OIDC_PROVIDER_RESPONSE'],
  ['OAUTH_RESPONSE_IS_NOT_JSON', 'ERR_OIDC_PROVIDER_RESPONSE'],
  ['OAUTH_TIMEOUT', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['OAUTH_ABORT', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['OAUTH_WWW_AUTHENTICATE_CHALLENGE', 'ERR_OIDC_CLIENT_REFUSED'],
])
const BY_TOKEN_ERROR: ReadonlyMap<string, OidcErrorCode> = new Map([
  ['invalid_client', 'ERR_OIDC_CLIENT_REFUSED'],
  ['unauthorized_client', 'ERR_OIDC_CLIENT_REFUSED'],
  ['temporarily_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['server_error', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
])

/**
 * Turns what openid-client throws into one of our codes.
 *
 * Only codes and the names of claims are read. The library's errors carry whole tokens and claims in their causes, so
 * none of them is kept as a cause.
 */
export function translateError(error: unknown, stage: Stage): OidcError {
  const own = ownError(error)
  if (own) return own
  if (stage === 'push') return new OidcError(pushCode(error))
  if (stage === 'token') return new OidcError(tokenCode(error))
  const otherSubject = member(error, 'code') === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'
  return new OidcError(otherSubject ? 'ERR_OIDC_USERINFO_SUBJECT' : 'ERR_OIDC_USERINFO')
}

/** What is wrong with a pushed request is a refusal, as it is when the authorization endpoint says it (RFC 9126 §2.3). */
function pushCode(error: unknown): OidcErrorCode {
  const code = String(member(error, 'code'))
  if (code !== 'OAUTH_RESPONSE_BODY_ERROR') return BY_CODE.get(code) ?? 'ERR_OIDC_PROVIDER_RESPONSE'
  const said = String(member(error, 'error'))
  if (said === 'unmet_authentication_requirements') return 'ERR_OIDC_ACR'
  return BY_TOKEN_ERROR.get(said) ?? 'ERR_OIDC_PROVIDER_REFUSED'
}

function tokenCode(error: unknown): OidcErrorCode {
  const code = String(member(error, 'code'))
  if (code === 'OAUTH_RESPONSE_BODY_ERROR') {
    return BY_TOKEN_ERROR.get(String(member(error, 'error'))) ?? 'ERR_OIDC_CODE_REFUSED'
  }
  const known = BY_CODE.get(code)
  if (known) return known
  const detail = member(member(error, 'cause'), 'cause')
  const claim = member(detail, 'claim')
  if (typeof claim === 'string') return BY_CLAIM.get(claim) ?? 'ERR_OIDC_TOKEN'
  // What is missing or of another type was found before; what remains is the signature.
  return member(detail, 'signature') === undefined ? 'ERR_OIDC_TOKEN' : 'ERR_OIDC_SIGNATURE'
}

/** Our own fetch's errors come back wrapped. */
function ownError(error: unknown): OidcError | undefined {
  let current = error
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (current instanceof OidcError) return current
    current = current.cause
  }
  return undefined
}
