import { OidcError } from '../errors.ts'
import type { OidcErrorCode } from '../errors.ts'

/** Tokens come from the token endpoint alone, and answers are not wrapped: whoever sends these sends what was not asked. */
const NOT_ASKED = ['id_token', 'access_token', 'token', 'token_type', 'response'] as const
// RFC 6749 leaves the length open; the longest known are below 2,000 characters.
const CODE = /^[\x20-\x7e]{1,4096}$/
// A map and no object: the name comes from outside, and an object has names of its own.
const BY_ERROR: ReadonlyMap<string, OidcErrorCode> = new Map([
  ['access_denied', 'ERR_OIDC_DENIED'],
  ['server_error', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['temporarily_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['unmet_authentication_requirements', 'ERR_OIDC_ACR'],
  ['login_required', 'ERR_OIDC_INTERACTION_REQUIRED'],
  ['interaction_required', 'ERR_OIDC_INTERACTION_REQUIRED'],
  ['consent_required', 'ERR_OIDC_INTERACTION_REQUIRED'],
  ['account_selection_required', 'ERR_OIDC_INTERACTION_REQUIRED'],
])

/**
 * Judges an authorization response before anything is sent anywhere: each parameter once, from the issuer that was
 * asked, a code and no error, nothing that was not asked for. The provider's own words about an error are not read.
 *
 * @param query Controlled by whoever made the browser come here; its `state` has found a sign-in of this browser.
 * @param issuer `announced` says that the provider promises `iss` in every response.
 * @throws OidcError `ERR_OIDC_RESPONSE`, `ERR_OIDC_RESPONSE_ISSUER` or the code of the provider's error.
 * @see RFC 9207 §2.4; RFC 6749 §3.1, §4.1.2.1; OpenID Connect Core 1.0 §3.1.2.6
 */
export function checkResponse(
  query: URLSearchParams,
  issuer: { readonly expected: string; readonly announced: boolean },
): void {
  const names = [...query.keys()]
  const isRepeated = new Set(names).size < names.length
  if (isRepeated || NOT_ASKED.some((name) => query.has(name))) throw new OidcError('ERR_OIDC_RESPONSE')
  const iss = query.get('iss')
  if (iss === null ? issuer.announced : iss !== issuer.expected) throw new OidcError('ERR_OIDC_RESPONSE_ISSUER')
  const error = query.get('error')
  if (error !== null) throw new OidcError(BY_ERROR.get(error) ?? 'ERR_OIDC_PROVIDER_REFUSED')
  if (!CODE.test(query.get('code') ?? '')) throw new OidcError('ERR_OIDC_RESPONSE')
}
