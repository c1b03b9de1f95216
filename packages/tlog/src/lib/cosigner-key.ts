import { verify } from 'node:crypto'
import { ed25519Message, mlDsa44Message, readCheckpoint, splitTime } from './cosignature-message.ts'
import type { NoteSignature, NoteVerifier } from './note.ts'
import { formatTypedKey, importPublicKey, KEY_TYPE, keyIdOf, malformed, parseTypedKey } from './typed-key.ts'
import type { TypedKey } from './typed-key.ts'

const ED25519_SIGNATURE_BYTES = 64
const ML_DSA_44_SIGNATURE_BYTES = 2420
const ED25519_KEY_BYTES = 32

/**
 * Formats the text by which others verify the cosignatures of a witness: `<name>+<key id>+<base64 of type and key>`.
 *
 * @param name the witness's name, such as `witness.example/w1`; no white space, no plus sign
 * @param publicKey the raw key: 32 bytes of Ed25519 (type 0x04) or 1,312 of ML-DSA-44 (type 0x06)
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`
 * @see C2SP tlog-cosignature
 */
export function formatCosignerKey(name: string, publicKey: Uint8Array): string {
  const type = publicKey.length === ED25519_KEY_BYTES ? KEY_TYPE.cosignature : KEY_TYPE.mlDsa44
  return formatTypedKey({ name, type, publicKey })
}

/**
 * Parses the verifier key of a witness; accepts exactly what `formatCosignerKey` gives. The key of a log is not one.
 *
 * What it verifies is the cosignature of a checkpoint: a note whose text is none bears no good cosignature. Times above
 * 2^53−1 are refused; other times in the future are the caller's to judge.
 *
 * @param text the key's text, from configuration
 * @returns the verifier for `openNote`
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`; `ERR_TLOG_KEY_UNSUPPORTED` for ML-DSA-44 before Node 24.7
 * @see C2SP tlog-cosignature
 */
export function parseCosignerKey(text: string): NoteVerifier {
  const typed = parseTypedKey(text)
  if (typed.type !== KEY_TYPE.cosignature && typed.type !== KEY_TYPE.mlDsa44) throw malformed()
  return cosignerVerifier(typed)
}

/** Makes the verifier of a key of type 0x04 or 0x06. */
export function cosignerVerifier(typed: TypedKey): NoteVerifier {
  const key = importPublicKey(typed)
  const isMlDsa = typed.type === KEY_TYPE.mlDsa44
  return {
    name: typed.name,
    keyId: keyIdOf(typed),
    verify: (message, bytes) => {
      const timed = splitTime(bytes, isMlDsa ? ML_DSA_44_SIGNATURE_BYTES : ED25519_SIGNATURE_BYTES)
      const checkpoint = readCheckpoint(message)
      if (timed === undefined || checkpoint === undefined) return false
      const { time, signature } = timed
      const signed = isMlDsa ? mlDsa44Message(typed.name, time, checkpoint) : ed25519Message(time, message)
      return signed !== undefined && verify(null, signed, key, signature)
    },
  }
}

/**
 * Reads when a cosignature was made, in seconds since the epoch; 0 when an ML-DSA-44 cosigner made no statement of time.
 *
 * @param signature one that a cosigner's key verified: of any other the bytes mean nothing
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED` when it is not the length of a cosignature
 */
export function cosignatureTime({ signature }: NoteSignature): number {
  const timed = splitTime(signature, ED25519_SIGNATURE_BYTES) ?? splitTime(signature, ML_DSA_44_SIGNATURE_BYTES)
  if (timed === undefined) throw malformed()
  return timed.time
}
