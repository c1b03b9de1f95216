import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The algorithms that the fake provider can sign with. */
export type SigningAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'EdDSA'
  | 'Ed25519'

/** A key of the provider: its name, and the one algorithm that it is for. */
export interface ProviderKey {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly privateKey: KeyObject
}

const CURVES = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' } as const
const RSA_BITS = 2048

/** Makes a fresh key for an algorithm. */
export function createProviderKey(kid: string, algorithm: SigningAlgorithm): ProviderKey {
  return { kid, algorithm, privateKey: createPrivateKey(algorithm) }
}

/** The private key as a JWK for the provider's key set. */
export function toPrivateJwk(key: ProviderKey): Record<string, unknown> & { kty: string } {
  const { kty = '', ...members } = key.privateKey.export({ format: 'jwk' })
  return { ...members, kty, kid: key.kid, alg: key.algorithm, use: 'sig' }
}

function createPrivateKey(algorithm: SigningAlgorithm): KeyObject {
  switch (algorithm) {
    case 'ES256':
    case 'ES384':
    case 'ES512':
      return generateKeyPairSync('ec', { namedCurve: CURVES[algorithm] }).privateKey
    case 'EdDSA':
    case 'Ed25519':
      return generateKeyPairSync('ed25519').privateKey
    default:
      return generateKeyPairSync('rsa', { modulusLength: RSA_BITS }).privateKey
  }
}
