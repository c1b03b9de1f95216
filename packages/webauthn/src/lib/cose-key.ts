import { createHash, createPublicKey } from 'node:crypto'
import { encodeBase64url } from './base64url.ts'
import { decodeCbor, isCborMap } from './cbor.ts'
import type { Cbor, CborMap } from './cbor.ts'

/** The algorithms offered for new passkeys, the most wanted first: EdDSA, ES256, RS256 (WebAuthn L3 §5.4). */
export const OFFERED_ALGORITHMS: readonly number[] = [-8, -7, -257]

// RFC 9053 §7: the labels of a key's members. The last three mean something else for each type of key.
const TYPE = 1
const ALGORITHM = 3
const [FIRST, SECOND, THIRD] = [-1, -2, -3]

interface Jwk {
  readonly kty: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

// 2048 to 4096 bits, without leading zeros.
const RSA_BYTES = { least: 256, most: 512 }
const RSA_EXPONENT = 'AQAB'

/**
 * Reads a credential's public key in COSE form (RFC 9052 §7), strictly: exactly the members its algorithm needs, each of
 * its right size, and a key that the platform's cryptography takes, so that a point lies on its curve.
 *
 * @param bytes Controlled by the client; exactly one key.
 * @returns The COSE algorithm, or `undefined` for everything else.
 * @see WebAuthn L3 §6.5.1.1, §7.1
 */
export function readKeyAlgorithm(bytes: Uint8Array): number | undefined {
  const decoded = decodeCbor(bytes)
  if (decoded === undefined || decoded.end !== bytes.length || !isCborMap(decoded.value)) return undefined
  const algorithm = decoded.value.get(ALGORITHM)
  const jwk = toJwk(decoded.value)
  return typeof algorithm === 'number' && jwk !== undefined && isUsable(jwk) ? algorithm : undefined
}

/**
 * Names a public key in the ledger.
 *
 * @param publicKey The COSE form, as the authenticator gave it.
 * @returns base64url of SHA-256 over it.
 */
export function keyDigest(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('base64url')
}

function toJwk(key: CborMap): Jwk | undefined {
  switch (key.get(ALGORITHM)) {
    case -7:
      return ellipticJwk(key, { curve: 1, crv: 'P-256', size: 32 })
    case -35:
      return ellipticJwk(key, { curve: 2, crv: 'P-384', size: 48 })
    case -36:
      return ellipticJwk(key, { curve: 3, crv: 'P-521', size: 66 })
    case -8:
      return edwardsJwk(key)
    case -257:
      return rsaJwk(key)
    default:
      return undefined
  }
}

function ellipticJwk(key: CborMap, shape: { curve: number; crv: string; size: number }): Jwk | undefined {
  const x = bytesOf(key.get(SECOND), shape.size)
  const y = bytesOf(key.get(THIRD), shape.size)
  if (key.size !== 5 || key.get(TYPE) !== 2 || key.get(FIRST) !== shape.curve) return undefined
  return x === undefined || y === undefined ? undefined : { kty: 'EC', crv: shape.crv, x, y }
}

function edwardsJwk(key: CborMap): Jwk | undefined {
  const x = bytesOf(key.get(SECOND), 32)
  if (key.size !== 4 || key.get(TYPE) !== 1 || key.get(FIRST) !== 6 || x === undefined) return undefined
  return { kty: 'OKP', crv: 'Ed25519', x }
}

function rsaJwk(key: CborMap): Jwk | undefined {
  const modulus = key.get(FIRST)
  const exponent = bytesOf(key.get(SECOND), 3)
  if (key.size !== 4 || key.get(TYPE) !== 3 || exponent !== RSA_EXPONENT) return undefined
  if (!(modulus instanceof Uint8Array) || modulus[0] === 0 || modulus.length > RSA_BYTES.most) return undefined
  const isShort = modulus.length < RSA_BYTES.least || (modulus.length === RSA_BYTES.least && (modulus[0] ?? 0) < 0x80)
  if (isShort) return undefined
  return { kty: 'RSA', n: encodeBase64url(modulus), e: exponent }
}

function bytesOf(value: Cbor | undefined, size: number): string | undefined {
  return value instanceof Uint8Array && value.length === size ? encodeBase64url(value) : undefined
}

function isUsable(jwk: Jwk): boolean {
  try {
    createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return true
  } catch {
    return false
  }
}
