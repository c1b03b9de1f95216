import { KeyringError } from './errors.ts'
import { requireKeys, SECRET_BYTES } from './keys.ts'
import type { KeyMaterial } from './keys.ts'
import type { RandomBytes } from './system.ts'
import type { KeyPurpose } from './types.ts'

/** One key as the file holds it. */
export interface FileKey extends KeyMaterial {
  /** RFC 3339, UTC: for people. The order in the file decides which key is newest. */
  readonly createdAt: string
}

const FILE_MEMBERS = ['keys', 'v']
const KEY_MEMBERS = ['createdAt', 'id', 'purpose', 'secret']

/** Makes a key of random bytes. */
export function generateKey(purpose: KeyPurpose, at: number, randomBytes: RandomBytes): FileKey {
  return {
    id: encode(randomBytes(6)),
    purpose,
    createdAt: new Date(at).toISOString(),
    secret: randomBytes(SECRET_BYTES),
  }
}

/** Formats the content of a key file. */
export function formatKeyFile(keys: readonly FileKey[]): string {
  const written = keys.map(({ id, purpose, createdAt, secret }) => ({ id, purpose, createdAt, secret: encode(secret) }))
  return `${JSON.stringify({ v: 1, keys: written }, null, 2)}\n`
}

/**
 * Parses the content of a key file.
 *
 * No error has a cause here: a parser quotes what it could not read, and that would be a secret.
 *
 * @throws KeyringError `ERR_KEYRING_FILE_DAMAGED`, with a sentence that holds nothing from the file
 */
export function parseKeyFile(text: string): readonly FileKey[] {
  const file = parseJson(text)
  if (!hasExactly(file, FILE_MEMBERS) || file['v'] !== 1) throw damaged('It must have the members v (1) and keys.')
  const { keys } = file
  if (!Array.isArray(keys)) throw damaged('The member keys must be a list.')
  const parsed = keys.map(parseKey)
  try {
    requireKeys(parsed)
  } catch (error) {
    throw damaged(error instanceof KeyringError ? error.message : '')
  }
  return parsed
}

function parseKey(key: unknown): FileKey {
  if (!hasExactly(key, KEY_MEMBERS)) throw damaged('A key must have the members id, purpose, createdAt and secret.')
  const { id, purpose, createdAt, secret } = key
  if (typeof id !== 'string' || typeof createdAt !== 'string' || typeof secret !== 'string' || !isPurpose(purpose)) {
    throw damaged('A key has a member of the wrong type or an unknown purpose.')
  }
  const bytes = Buffer.from(secret, 'base64url')
  if (encode(bytes) !== secret) throw damaged('A secret must be base64url without padding.')
  if (Number.isNaN(Date.parse(createdAt))) throw damaged('The member createdAt must be a date.')
  return { id, purpose, createdAt, secret: bytes }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damaged('It must be JSON.')
  }
}

function hasExactly(value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.keys(value).toSorted().join() === names.join()
}

function isPurpose(value: unknown): value is KeyPurpose {
  return value === 'seal' || value === 'pseudonym' || value === 'sign'
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function damaged(reason: string): KeyringError {
  return new KeyringError('ERR_KEYRING_FILE_DAMAGED', `The key file is damaged. ${reason}`)
}
