import { constants, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The hash of a JWS algorithm (RFC 7518 §3.1); EdDSA and what is not known count as SHA-512 (RFC 8032). */
export function hashOf(algorithm: unknown): 'sha256' | 'sha384' | 'sha512' {
  const size = String(algorithm).slice(-3)
  if (size === '256') return 'sha256'
  return size === '384' ? 'sha384' : 'sha512'
}

/**
 * Signs bytes as a JWS algorithm demands it (RFC 7518 §3.3 to §3.5, RFC 8037 §3.1).
 *
 * The kind of signature is the key's, whatever the algorithm says: a lie in a header changes nothing but the header.
 */
export function signBytes(algorithm: unknown, bytes: Uint8Array, key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ed25519') return sign(null, bytes, key)
  const hash = hashOf(algorithm)
  if (key.asymmetricKeyType === 'ec') return sign(hash, bytes, { key, dsaEncoding: 'ieee-p1363' })
  if (!String(algorithm).startsWith('PS')) return sign(hash, bytes, key)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign(hash, bytes, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST })
}
