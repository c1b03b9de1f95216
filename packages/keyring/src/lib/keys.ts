import { createPrivateKey, createPublicKey, createSecretKey } from 'node:crypto'
import { KeyringError } from './errors.ts'
import type { KeyObject } from 'node:crypto'
import type { KeyPurpose } from './types.ts'

/** Every purpose a keyring needs a key for. */
export const PURPOSES: readonly KeyPurpose[] = ['seal', 'pseudonym', 'sign']

/** Bytes of every secret: an AES-256 or HMAC key, or an Ed25519 seed. */
export const SECRET_BYTES = 32

const KEY_ID = /^[A-Za-z0-9_-]{8}$/
// RFC 8410 §7: what stands in front of an Ed25519 seed in a PKCS #8 private key.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** One key as bytes, from a key file or a secret store. */
export interface KeyMaterial {
  /** 8 characters of A–Z, a–z, 0–9, `_`, `-`; unique in the keyring; it is written in clear beside every value. */
  readonly id: string
  readonly purpose: KeyPurpose
  /** 32 unpredictable bytes. */
  readonly secret: Uint8Array
}

/** A key whose bytes are out of reach of `util.inspect`, JSON and error messages. */
export interface SecretKey {
  readonly id: string
  readonly secret: KeyObject
}

/** A signing key with its raw public half. */
export interface SigningKey {
  readonly id: string
  readonly secret: KeyObject
  readonly publicKey: Uint8Array
}

/** The keys by purpose, the newest of each first. */
export interface KeySet {
  readonly seal: readonly SecretKey[]
  readonly pseudonym: readonly SecretKey[]
  readonly sign: readonly SigningKey[]
}

/** Sorts keys by purpose. The material is in order of age, the oldest first. */
export function importKeys(material: readonly KeyMaterial[]): KeySet {
  requireKeys(material)
  const newestFirst = material.toReversed()
  const of = (purpose: KeyPurpose): readonly KeyMaterial[] => newestFirst.filter((key) => key.purpose === purpose)
  return {
    seal: of('seal').map(importSecretKey),
    pseudonym: of('pseudonym').map(importSecretKey),
    sign: of('sign').map(importSigningKey),
  }
}

/** Throws `ERR_KEYRING_KEYS` unless ids are unique, secrets are long enough and every purpose has a key. */
export function requireKeys(material: readonly KeyMaterial[]): void {
  const ids = new Set(material.map((key) => key.id))
  if (ids.size !== material.length) throw unusable('Two keys have the same id.')
  if (!material.every((key) => KEY_ID.test(key.id))) throw unusable('A key id must be 8 characters of base64url.')
  if (!material.every((key) => PURPOSES.includes(key.purpose))) throw unusable('A key has an unknown purpose.')
  if (!material.every((key) => key.secret.length === SECRET_BYTES)) throw unusable('A secret must be 32 bytes.')
  const missing = PURPOSES.find((purpose) => !material.some((key) => key.purpose === purpose))
  if (missing !== undefined) throw unusable(`There is no key for the purpose "${missing}".`)
}

function importSecretKey(key: KeyMaterial): SecretKey {
  return { id: key.id, secret: createSecretKey(key.secret) }
}

function importSigningKey(key: KeyMaterial): SigningKey {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key.secret]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return { id: key.id, secret, publicKey: Uint8Array.from(spki.subarray(-SECRET_BYTES)) }
}

function unusable(message: string): KeyringError {
  return new KeyringError('ERR_KEYRING_KEYS', message)
}
