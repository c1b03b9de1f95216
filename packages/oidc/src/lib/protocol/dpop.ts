import { randomDPoPKeyPair } from 'openid-client'
import { OidcError } from '../errors.ts'
import { refuseNotOffered } from './not-offered.ts'
import type { CryptoKeyPair, ServerMetadata } from 'openid-client'

/** The best first. */
const ALGORITHMS = ['ES256', 'Ed25519', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256'] as const

/** Gives the key pair by which tokens of this provider are bound; the same one each time. */
type DpopKeys = (metadata: ServerMetadata) => Promise<CryptoKeyPair | undefined>

/**
 * Prepares the key pair of this process for one provider. It lives and dies with the process, as the tokens do; so
 * another instance that answers the callback proves another key, and the authorization request names none.
 *
 * @param wanted Without it there is no key pair.
 * @returns Rejects with an `OidcError`, `ERR_OIDC_NOT_OFFERED`, when the provider announces no algorithm of ours.
 * @see RFC 9449 §5.1
 */
export function createDpopKeys(wanted: boolean): DpopKeys {
  const made = new Map<string, Promise<CryptoKeyPair>>()
  return async (metadata) => {
    if (!wanted) return undefined
    const announced = metadata.dpop_signing_alg_values_supported ?? []
    const algorithm = ALGORITHMS.find((name) => announced.includes(name))
    if (algorithm === undefined) return refuseNotOffered('The provider announces no DPoP: leave out the option dpop.')
    const pair = made.get(algorithm) ?? randomDPoPKeyPair(algorithm)
    made.set(algorithm, pair)
    return pair
  }
}

/**
 * Discards a token that is not what was asked for: bound where it has to be (RFC 9449 §5), a bearer's otherwise.
 *
 * @throws OidcError `ERR_OIDC_PROVIDER_RESPONSE`.
 */
export function checkTokenType(type: string, isBound: boolean): void {
  if (type.toLowerCase() !== (isBound ? 'dpop' : 'bearer')) throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
}
