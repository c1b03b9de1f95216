import { inputError } from './errors.ts'
import type { Key } from './types.ts'

const MAX_PARTS = 8
const MAX_BYTES = 512
// In unicode mode a lone half of a surrogate pair is a code point of this class; a whole pair is not.
const LONE_SURROGATE = /\p{Surrogate}/u

/** Tells whether a text survives UTF-8 unchanged and holds no NUL, so that every database can store and order it. */
export function isStorableText(text: unknown): text is string {
  return typeof text === 'string' && !text.includes('\0') && !LONE_SURROGATE.test(text)
}

/**
 * Checks the address of a record: 1 to 8 parts, 512 bytes of UTF-8 in all, no empty part, no NUL, no lone surrogate.
 *
 * @param key the caller's key; may hold identifiers that users control
 * @throws StoreError `ERR_STORE_INPUT` when a bound is broken
 */
export function checkKey(key: Key): void {
  if (!Array.isArray(key) || key.length === 0) throw inputError('A key must be an array of 1 to 8 strings.')
  checkPrefix(key)
}

/** Checks a prefix: a key that may also be empty, meaning every record. Throws `ERR_STORE_INPUT`. */
export function checkPrefix(prefix: Key): void {
  if (!Array.isArray(prefix) || prefix.length > MAX_PARTS) {
    throw inputError('A key must be an array of 1 to 8 strings.')
  }
  let bytes = 0
  for (const part of prefix) {
    if (!isStorableText(part) || part === '') {
      throw inputError('A part of a key must be a non-empty string of well-formed Unicode without NUL.')
    }
    bytes += part.length > MAX_BYTES ? part.length : Buffer.byteLength(part)
  }
  if (bytes > MAX_BYTES) throw inputError('A key must not be longer than 512 bytes.')
}

/**
 * Encodes a key so that the order of the bytes is the order of the keys, and a key's bytes are the start of exactly the
 * bytes of the keys below it.
 *
 * Each part is written as UTF-8 and closed by a zero byte, which no part contains and which sorts before all others.
 * The bytes 0xff never occur, so the keys below a prefix are those from `encodeKey(prefix)` to the same followed by 0xff.
 *
 * @param key a checked key, or the empty prefix
 * @returns 0 to 520 bytes
 */
export function encodeKey(key: Key): Uint8Array {
  let text = ''
  for (const part of key) text += part + '\0'
  return Buffer.from(text)
}
