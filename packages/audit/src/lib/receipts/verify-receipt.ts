import { checkInclusion, leafHash, TlogError } from '@sallyport/tlog'
import { openNote, parseCheckpoint, parseProof, parseVerifierKey } from '@sallyport/tlog/note'
import type { Checkpoint, NoteVerifier, TlogProof } from '@sallyport/tlog/note'
import { readCanonicalEvent } from '../events/canonical-event.ts'
import { AuditError } from '../errors.ts'
import type { LedgerEvent } from '../events/types.ts'

const OPTIONS = ['verifierKeys']
const MAX_KEYS = 100

/** By which keys a receipt is judged. */
export interface VerifyReceiptOptions {
  /** `<origin>+<key id>+<base64>`, got by another way than the receipt: today's key and every older one. At most 100. */
  readonly verifierKeys: readonly string[]
}

/** What a receipt proves, or why it proves nothing. */
export type ReceiptVerdict =
  | {
      readonly ok: true
      /** What was recorded; the person is a pseudonym, what is sealed stays sealed. */
      readonly event: LedgerEvent
      /** The ledger's name, which is that of the key which signed. */
      readonly origin: string
      /** The event's place in the ledger; the first has 0. */
      readonly index: number
      /** Entries under the checkpoint: to be kept and compared, as a checkpoint known to `verifyLedger`. */
      readonly size: number
      /** The root of the checkpoint in base64. */
      readonly root: string
      /** When the event was recorded, by the clock of the application's store: milliseconds since the epoch. */
      readonly at: number
    }
  | { readonly ok: false; readonly reason: ReceiptReason }

/** Why a receipt proves nothing: a closed list. */
export type ReceiptReason =
  /** It is no receipt, or was damaged on its way: also by other line ends. */
  | 'malformed'
  /** None of the given keys signed the checkpoint. */
  | 'unknown_key'
  /** A signature of a given key does not fit the checkpoint. */
  | 'bad_signature'
  /** A given key signed, but not for the ledger that it is named after. */
  | 'wrong_origin'
  /** The proof does not lead from the entry to the signed root. */
  | 'not_included'
  /** The entry is signed, but is no event in canonical form. */
  | 'not_an_event'

/**
 * Verifies a receipt by itself, without the ledger, its database or its application.
 *
 * When it holds, the event stood in the ledger at this index when a holder of the key signed the checkpoint, exactly as
 * it is here. That it was true when it was recorded, that nothing was left out beside it, and that the ledger has not
 * been replaced since, no receipt can say: `verifyLedger` with the receipt's checkpoint says the last.
 *
 * @param text the receipt, at most 1 MB; attacker-controlled. No text makes this throw
 * @param options the keys
 * @returns the event and its place, or the reason why there is none
 * @throws AuditError `ERR_AUDIT_INPUT` when an option is unknown, a verifier key malformed or there are too many
 * @see C2SP tlog-proof, RFC 9162 §2.1.3.2
 */
export function verifyReceipt(text: string, options: VerifyReceiptOptions): ReceiptVerdict {
  const verifiers = resolve(options)
  const proof = parse(text)
  if (proof?.extra === undefined) return refused('malformed')
  const checkpoint = openCheckpoint(proof, verifiers)
  if (typeof checkpoint === 'string') return refused(checkpoint)

  const { index, hashes, extra } = proof
  const { origin, size, root } = checkpoint
  if (!checkInclusion({ index, size, leafHash: leafHash(extra), proof: hashes, root })) return refused('not_included')
  const event = readCanonicalEvent(extra, index)
  if (event === undefined) return refused('not_an_event')
  return { ok: true, event, origin, index, size, root: Buffer.from(root).toString('base64'), at: Date.parse(event.at) }
}

function parse(text: string): TlogProof | undefined {
  // Programs without types hand over what came in a request.
  if (typeof text !== 'string') return undefined
  try {
    return parseProof(text)
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}

function openCheckpoint(proof: TlogProof, verifiers: readonly NoteVerifier[]): Checkpoint | ReceiptReason {
  try {
    const { text, verified } = openNote(proof.checkpoint, verifiers)
    const checkpoint = parseCheckpoint(text)
    // Compared literally: a key signs for the one ledger that it is named after, and for no other.
    return verified.some(({ name }) => name === checkpoint.origin) ? checkpoint : 'wrong_origin'
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    if (error.code === 'ERR_TLOG_NOTE_UNSIGNED') return 'unknown_key'
    return error.code === 'ERR_TLOG_NOTE_BAD_SIGNATURE' ? 'bad_signature' : 'malformed'
  }
}

function refused(reason: ReceiptReason): ReceiptVerdict {
  return { ok: false, reason }
}

function resolve(options: VerifyReceiptOptions): readonly NoteVerifier[] {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw input(`verifyReceipt has no option ${JSON.stringify(unknown)}; it has ${OPTIONS.join(', ')}.`)
  if (options.verifierKeys.length > MAX_KEYS) throw input('At most 100 verifier keys are tried.')
  try {
    return options.verifierKeys.map(parseVerifierKey)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw input('A verifier key has the form <origin>+<key id>+<base64>.', cause)
  }
}

function input(message: string, cause?: unknown): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message, { cause })
}
