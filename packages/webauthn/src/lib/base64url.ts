const ALPHABET = /^[A-Za-z0-9_-]*$/

/** Writes bytes in base64url without padding (RFC 4648 §5), the form of every binary member of WebAuthn's JSON. */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

/**
 * Reads base64url back: the inverse of `encodeBase64url`, strict, so that equal bytes always have equal texts.
 *
 * @param text Anything; usually controlled by the client.
 * @param maxBytes The most bytes that it may stand for.
 * @returns The bytes, or `undefined` when it is no text, too long, padded, or nothing that `encodeBase64url` writes.
 */
export function decodeBase64url(text: unknown, maxBytes: number): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length > Math.ceil((maxBytes * 4) / 3) || !ALPHABET.test(text)) return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? new Uint8Array(bytes) : undefined
}

/** Whether two byte strings are the same. None of those compared here is secret. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
