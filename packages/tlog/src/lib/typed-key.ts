import { createPublicKey, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { isKeyName } from './note-text.ts'

const MAX_NAME = 900
// Name, key id and the base64 of the longest key, which is one of ML-DSA-44.
const FORM = /^([^+]{1,900})\+[0-9a-f]{8}\+([A-Za-z0-9+/]{1,1752}={0,2})$/u
// RFC 8410 §4: what stands in front of a raw Ed25519 key in a SubjectPublicKeyInfo.
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
// The same for ML-DSA-44: RFC 9881 §4.
const ML_DSA_44_PREFIX = Buffer.from('30820532300b06096086480165030403110382052100', 'hex')

/** The types of key that a verifier key's text can name here: the byte in front of the key. */
export const KEY_TYPE = { ed25519: 0x01, cosignature: 0x04, mlDsa44: 0x06 } as const

/** Bytes of a raw public key by its type. */
const KEY_BYTES: ReadonlyMap<number, number> = new Map([
  [KEY_TYPE.ed25519, 32],
  [KEY_TYPE.cosignature, 32],
  [KEY_TYPE.mlDsa44, 1312],
])

/** What the text of a verifier key says. */
export interface TypedKey {
  readonly name: string
  readonly type: number
  /** The raw key. */
  readonly publicKey: Uint8Array
}

/** Formats `<name>+<key id>+<base64 of type and key>`. Throws `ERR_TLOG_KEY_MALFORMED`. */
export function formatTypedKey(key: TypedKey): string {
  const { name, type, publicKey } = key
  if (!isKeyName(name) || name.length > MAX_NAME || publicKey.length !== KEY_BYTES.get(type)) throw malformed()
  return `${name}+${hexKeyId(key)}+${encodeBase64(Buffer.concat([Uint8Array.of(type), publicKey]))}`
}

/** Parses what `formatTypedKey` gives, and nothing else. Throws `ERR_TLOG_KEY_MALFORMED`. */
export function parseTypedKey(text: string): TypedKey {
  const [, name, base64] = FORM.exec(text) ?? []
  const [type, ...publicKey] = (base64 === undefined ? undefined : decodeBase64(base64)) ?? []
  if (name === undefined || type === undefined) throw malformed()
  const key = { name, type, publicKey: Uint8Array.from(publicKey) }
  if (formatTypedKey(key) !== text) throw malformed()
  return key
}

/** Gives a key's id: the first four bytes of its hash, as an unsigned number. */
export function keyIdOf(key: TypedKey): number {
  return Number.parseInt(hexKeyId(key), 16)
}

/** Makes the key that Node verifies with. Throws `ERR_TLOG_KEY_MALFORMED` or `ERR_TLOG_KEY_UNSUPPORTED`. */
export function importPublicKey({ type, publicKey }: TypedKey): KeyObject {
  const isMlDsa = type === KEY_TYPE.mlDsa44
  const der = Buffer.concat([isMlDsa ? ML_DSA_44_PREFIX : ED25519_PREFIX, publicKey])
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    throw isMlDsa ? unsupported() : malformed()
  }
}

/** The error for a text or name that is not that of a note key. */
export function malformed(): TlogError {
  return new TlogError('ERR_TLOG_KEY_MALFORMED', 'The text or name is not that of a note key of this kind.')
}

function unsupported(): TlogError {
  return new TlogError('ERR_TLOG_KEY_UNSUPPORTED', 'This Node.js cannot verify ML-DSA-44: use version 24.7 or newer.')
}

function hexKeyId({ name, type, publicKey }: TypedKey): string {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey])
  return hash('sha256', input, 'hex').slice(0, 8)
}
