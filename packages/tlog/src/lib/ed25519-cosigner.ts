import { ed25519Message, joinTime, readCheckpoint } from './cosignature-message.ts'
import { formatCosignerKey, parseCosignerKey } from './cosigner-key.ts'
import { TlogError } from './errors.ts'
import type { NoteSigner } from './note.ts'
import { malformed } from './typed-key.ts'

/** What `ed25519Cosigner` needs. */
export interface CosignerOptions {
  /** The witness's name; no white space, no plus sign. It is not part of what is signed: one name, one key. */
  readonly name: string
  /** The raw key, 32 bytes. It must be the key of no log: a log could then cosign itself. */
  readonly publicKey: Uint8Array
  /** Signs a message with the private half; 64 bytes. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  /** Milliseconds since the epoch; the cosignature holds whole seconds. */
  readonly clock: { now(): number }
}

/**
 * Makes the note signer by which a witness cosigns checkpoints: type 0x04, the time and an Ed25519 signature.
 *
 * A cosignature says that the cosigner has seen no larger tree of this log, and none that is not consistent with it.
 * Whoever calls this must have checked and recorded that. Every signature is verified before it is used.
 *
 * @param options name, key, signing function and clock
 * @returns the signer for `signNote`; it rejects with `ERR_TLOG_CHECKPOINT_MALFORMED` for any other text than a
 * checkpoint, with `ERR_TLOG_NOTE_BAD_SIGNATURE` when `sign` gives a wrong signature
 * @throws TlogError `ERR_TLOG_KEY_MALFORMED`
 * @see C2SP tlog-cosignature, "Ed25519 signed message"
 */
export function ed25519Cosigner({ name, publicKey, sign, clock }: CosignerOptions): NoteSigner {
  if (publicKey.length !== 32) throw malformed()
  const verifier = parseCosignerKey(formatCosignerKey(name, publicKey))
  return {
    name,
    keyId: verifier.keyId,
    sign: async (message) => {
      if (readCheckpoint(message) === undefined) throw notACheckpoint()
      const time = Math.floor(clock.now() / 1000)
      const cosignature = joinTime({ time, signature: await sign(ed25519Message(time, message)) })
      if (verifier.verify(message, cosignature)) return cosignature
      throw new TlogError('ERR_TLOG_NOTE_BAD_SIGNATURE', 'The signing key is not the one that was named.')
    },
  }
}

function notACheckpoint(): TlogError {
  return new TlogError('ERR_TLOG_CHECKPOINT_MALFORMED', 'Only a checkpoint can be cosigned.')
}
