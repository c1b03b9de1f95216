import { hash } from 'node:crypto'
import { TlogError } from './errors.ts'

/** Bytes of one SHA-256 hash. */
export const HASH_BYTES = 32

// RFC 6962 §2.1: the first byte keeps leaves and nodes apart, so that no entry can pose as an inner node.
const LEAF_PREFIX = 0x00
const NODE_PREFIX = 0x01

/**
 * The root of the tree without entries: SHA-256 of nothing. Treat it as read-only.
 *
 * @see RFC 6962 §2.1
 */
export const EMPTY_ROOT: Uint8Array = hash('sha256', '', 'buffer')

/**
 * Hashes one entry as a leaf: SHA-256(0x00 ‖ entry).
 *
 * @param entry the entry's bytes, of any length
 * @returns 32 bytes
 * @see RFC 6962 §2.1
 */
export function leafHash(entry: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(entry.length + 1)
  input[0] = LEAF_PREFIX
  input.set(entry, 1)
  return sha256(input)
}

/**
 * Hashes two neighbours into their parent: SHA-256(0x01 ‖ left ‖ right).
 *
 * @param left hash of the left subtree, 32 bytes
 * @param right hash of the right subtree, 32 bytes
 * @returns 32 bytes
 * @throws TlogError `ERR_TLOG_HASH` when one of them is not 32 bytes
 * @see RFC 6962 §2.1
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  requireHash(left)
  requireHash(right)
  return hashPair(left, right)
}

/** `nodeHash` without the check of lengths, as the published answers need it. */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const input = Buffer.allocUnsafe(left.length + right.length + 1)
  input[0] = NODE_PREFIX
  input.set(left, 1)
  input.set(right, left.length + 1)
  return sha256(input)
}

// By way of a string: twice as fast as asking for a buffer (measured on Node 26).
function sha256(input: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', input, 'latin1'), 'latin1')
}

/** Throws `ERR_TLOG_HASH` unless the bytes are as long as a hash. */
export function requireHash(bytes: Uint8Array): void {
  if (bytes.length !== HASH_BYTES) throw new TlogError('ERR_TLOG_HASH', 'A hash must be 32 bytes long.')
}

/** Compares two hashes. They are public values, so the time it takes reveals nothing. */
export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
