import { OidcError } from '../errors.ts'
import type { OidcErrorCode } from '../errors.ts'

const SINGLE = ['code', 'state', 'iss', 'error', 'response'] as const
// A map and no object: the name comes from outside, and an object has names of its own.
const BY_ERROR: ReadonlyMap<string, OidcErrorCode> = new Map([
  ['access_denied', 'ERR_OIDC_DENIED'],
  ['server_error', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['temporarily_unavailable', 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['unmet_authentication_requirements', 'ERR_OIDC_ACR'],
])

/**
 * Judges an authorization response before anything is sent anywhere: each parameter once, from the issuer that was
 * asked, and no error. The provider's own words about an error are not read.
 *
 * @param query Controlled by whoever made the browser come here.
 * @param issuer `announced` says that the provider promises `iss` in every response.
 * @throws OidcError `ERR_OIDC_RESPONSE`, `ERR_OIDC_RESPONSE_ISSUER` or the code of the provider's error.
 * @see RFC 9207 §2.4; RFC 6749 §4.1.2.1
 */
export function checkResponse(
  query: URLSearchParams,
  issuer: { readonly expected: string; readonly announced: boolean },
): void {
  if (SINGLE.some((name) => query.getAll(name).length > 1)) throw new OidcError('ERR_OIDC_RESPONSE')
  const iss = query.get('iss')
  if (iss === null ? issuer.announced : iss !== issuer.expected) throw new OidcError('ERR_OIDC_RESPONSE_ISSUER')
  const error = query.get('error')
  if (error !== null) throw new OidcError(BY_ERROR.get(error) ?? 'ERR_OIDC_PROVIDER_REFUSED')
  if ((query.get('code') ?? '') === '') throw new OidcError('ERR_OIDC_RESPONSE')
}
