import { OidcError } from '../errors.ts'

/**
 * Refuses to begin what the provider does not take: the options and its configuration do not fit.
 *
 * @param message A sentence for the developer that names the fix; it may quote names of options and of metadata.
 * @throws OidcError `ERR_OIDC_NOT_OFFERED`.
 */
export function refuseNotOffered(message: string): never {
  throw new OidcError('ERR_OIDC_NOT_OFFERED', { message })
}
