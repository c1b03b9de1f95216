import { KeyringError } from './errors.ts'

const MAX_CONTEXT = 200
const MAX_VALUE = 4_096
const MAX_BYTES = 1_048_576

/**
 * Throws `ERR_KEYRING_INPUT` unless a context is 1 to 200 well-formed characters.
 *
 * Well-formed matters: a lone surrogate has no UTF-8 form and two different ones would become the same bytes.
 */
export function requireContext(context: string): void {
  if (context.length < 1 || context.length > MAX_CONTEXT || !context.isWellFormed()) {
    throw new KeyringError('ERR_KEYRING_INPUT', 'A context is 1 to 200 characters of well-formed text.')
  }
}

/** Throws `ERR_KEYRING_INPUT` unless a value is at most 4,096 well-formed characters. */
export function requireValue(value: string): void {
  if (value.length > MAX_VALUE || !value.isWellFormed()) {
    throw new KeyringError('ERR_KEYRING_INPUT', 'A value is at most 4,096 characters of well-formed text.')
  }
}

/** Throws `ERR_KEYRING_INPUT` above 1 MiB. */
export function requireBytes(bytes: Uint8Array): void {
  if (bytes.length > MAX_BYTES)
    throw new KeyringError('ERR_KEYRING_INPUT', 'At most 1 MiB is sealed or signed at once.')
}

/** Joins parts so that no two lists of parts give the same bytes: each with its length before it, 32 bits big-endian. */
export function joinParts(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const pieces: Uint8Array[] = []
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(bytes.length)
    pieces.push(length, bytes)
  }
  return Buffer.concat(pieces)
}
