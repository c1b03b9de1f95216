import { verify } from 'node:crypto'
import { TlogError } from './errors.ts'
import type { NoteSigner, NoteVerifier } from './note.ts'
import { formatTypedKey, importPublicKey, KEY_TYPE, keyIdOf, malformed, parseTypedKey } from './typed-key.ts'

const SIGNATURE_BYTES = 64

/**
 * Formats the text by which others verify the notes of an Ed25519 key: `<name>+<key id>+<base64 of type and key>`.
 *
 * @param name the key's name, for a log its origin; no white space, no plus sign
 * @param publicKey the raw key, 32 bytes
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`
 * @see C2SP signed-note, "Verifier keys"
 */
export function formatVerifierKey(name: string, publicKey: Uint8Array): string {
  return formatTypedKey({ name, type: KEY_TYPE.ed25519, publicKey })
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
  const typed = parseTypedKey(text)
  if (typed.type !== KEY_TYPE.ed25519) throw malformed()
  const key = importPublicKey(typed)
  return {
    name: typed.name,
    keyId: keyIdOf(typed),
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
