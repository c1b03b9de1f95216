import { createHash } from 'node:crypto'

/** Decodes the one way to write some bytes in base64url, and never none: `undefined` for anything else. */
export function decodeBase64url(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  const bytes = Buffer.from(value, 'base64url')
  return bytes.toString('base64url') === value ? bytes : undefined
}

/** SHA-256 of a text or of bytes, in base64url: 43 characters. */
export function sha256(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('base64url')
}
