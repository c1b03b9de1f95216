import { storeUnavailable } from './errors.ts'
import { member } from './member.ts'
import type { Keyring } from '@sallyport/keyring'

/**
 * Opens what was sealed in a context.
 *
 * @param sealed Controlled by the client; its length is bounded by the caller.
 * @returns The bytes in it; `undefined` when this key ring sealed nothing of the kind in this context.
 * @throws OidcError `ERR_OIDC_STORE_UNAVAILABLE` when the key ring cannot be asked: then nobody knows.
 */
export async function openSealed(keyring: Keyring, context: string, sealed: string): Promise<Uint8Array | undefined> {
  try {
    return await keyring.unseal(context, sealed)
  } catch (error) {
    if (member(error, 'code') === 'ERR_KEYRING_UNSEAL') return undefined
    throw storeUnavailable(error)
  }
}
