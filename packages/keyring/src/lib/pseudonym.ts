import { createHmac } from 'node:crypto'
import { joinParts, requireContext, requireValue } from './input.ts'
import { formatSealed } from './sealed-text.ts'
import type { KeyObject } from 'node:crypto'

const PSEUDONYM_BYTES = 16

/** Gives the bytes whose HMAC is the pseudonym: context and value, each with its length before it. */
export function pseudonymInput(context: string, value: string): Uint8Array {
  requireContext(context)
  requireValue(value)
  return joinParts(context, value)
}

/** Gives HMAC-SHA-256 of the bytes, 32 bytes. */
export function computeMac(secret: KeyObject, input: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(input).digest()
}

/** Formats a pseudonym: the key's id and the first 128 bits of the HMAC, `<key id>.<base64url>`. */
export function formatPseudonym(keyId: string, mac: Uint8Array): string {
  return formatSealed({ keyId, bytes: mac.subarray(0, PSEUDONYM_BYTES) })
}
