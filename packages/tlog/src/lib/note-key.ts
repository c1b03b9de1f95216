import { createPublicKey, hash, verify } from 'node:crypto'
import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { isKeyName } from './note-text.ts'
import type { KeyObject } from 'node:crypto'
import type { NoteSigner, NoteVerifier } from './note.ts'

const ED25519 = 0x01
const PUBLIC_KEY_BYTES = 32
const SIGNATURE_BYTES = 64
// RFC 8410 §4: what stands in front of a raw Ed25519 key in a SubjectPublicKeyInfo.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/**
 * Formats the text by which others verify the notes of an Ed25519 key: `<name>+<key id>+<base64 of type and key>`.
 *
 * @param name the key's name, for a log its origin; no white space, no plus sign
 * @param publicKey the raw key, 32 bytes
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`
 * @see C2SP signed-note, "Verifier keys"
 */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  requireKey(name, publicKey)
  const typed = Buffer.concat([Uint8Array.of(ED25519), publicKey])
  return `${name}+${hexKeyId(name, publicKey)}+${encodeBase64(typed)}`
}

/**
 * Parses a verifier key; accepts exactly what `formatVerifierKey` gives.
 *
 * @param text the key's text, from configuration; at most 1,024 characters
 * @returns the verifier for `openNote`
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED` when it is no such text, of another key type, or its key id is wrong
 * @see C2SP signed-note, "Verifier keys"
 */
export function parseVerifierKey(text: string): NoteVerifier {
  const [, name, base64] = /^([^+]{1,900})\+[0-9a-f]{8}\+([A-Za-z0-9+/]{44})$/u.exec(text) ?? []
  const typed = base64 === undefined ? undefined : decodeBase64(base64)
  if (name === undefined || typed === undefined || typed[0] !== ED25519) throw malformed()
  const publicKey = typed.subarray(1)
  if (formatVerifierKey(name, publicKey) !== text) throw malformed()
  const key = importPublicKey(publicKey)
  return {
    name,
    keyId: keyId(name, publicKey),
    verify: (message, signature) => signature.length === SIGNATURE_BYTES && verify(null, message, key, signature),
  }
}

/**
 * Makes the note signer of an Ed25519 key that is kept elsewhere, such as in a key file or a KMS.
 *
 * Every signature is verified before it is used, so that a keyring which signs with another key than the one it names
 * is noticed at once and not by the first auditor.
 *
 * @param name the key's name; no white space, no plus sign
 * @param publicKey the raw key, 32 bytes
 * @param sign signs a message with the private half; 64 bytes
 * @returns the signer for `signNote`; it rejects with `ERR_TLOG_NOTE_BAD_SIGNATURE` when `sign` gives a wrong signature
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`
 */
export function ed25519Signer(
  name: string,
  publicKey: Uint8Array,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): NoteSigner {
  const verifier = parseVerifierKey(formatVerifierKey(name, publicKey))
  return {
    name,
    keyId: verifier.keyId,
    sign: async (message) => {
      const signature = await sign(message)
      if (verifier.verify(message, signature)) return signature
      throw new TlogError('ERR_TLOG_NOTE_BAD_SIGNATURE', 'The signing key is not the one that was named.')
    },
  }
}

function keyId(name: string, publicKey: Uint8Array): number {
  return Number.parseInt(hexKeyId(name, publicKey), 16)
}

function hexKeyId(name: string, publicKey: Uint8Array): string {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(ED25519), publicKey])
  return hash('sha256', input, 'hex').slice(0, 8)
}

function importPublicKey(publicKey: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  } catch {
    throw malformed()
  }
}

function requireKey(name: string, publicKey: Uint8Array): void {
  if (!isKeyName(name) || name.length > 900 || publicKey.length !== PUBLIC_KEY_BYTES) throw malformed()
}

function malformed(): TlogError {
  return new TlogError('ERR_TLOG_KEY_MALFORMED', 'The text or name is not that of an Ed25519 note key.')
}
