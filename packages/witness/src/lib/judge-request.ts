import { checkConsistency, EMPTY_ROOT, TlogError } from '@sallyport/tlog'
import { openNote, parseCheckpoint, type Checkpoint, type NoteSignature } from '@sallyport/tlog/note'
import { parseAddCheckpoint, type AddCheckpoint } from '@sallyport/tlog/witness'
import type { KnownLogs } from './known-logs.ts'
import type { WitnessState } from './witness-state.ts'

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Why a request is refused: the status of the protocol and one sentence. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 409 | 413 | 422
  readonly why: string
}

/** A checkpoint that a known log has signed. */
export interface SignedRequest {
  readonly oldSize: number
  readonly proof: readonly Uint8Array[]
  readonly checkpoint: Checkpoint
  /** The note's text. */
  readonly text: string
  /** The log's own signatures. */
  readonly signatures: readonly NoteSignature[]
}

/**
 * Judges what can be judged without knowing what was cosigned before: the form, the origin, the log's signature and the
 * sizes, in this order.
 *
 * @param body attacker-controlled, of bounded length
 * @param logs the logs that are cosigned
 * @see C2SP tlog-witness, "add-checkpoint"
 */
export function openRequest(body: Uint8Array | string, logs: KnownLogs): SignedRequest | Refusal {
  const request = parse(body)
  if (request === undefined) return { status: 400, why: 'The body is not an add-checkpoint request.' }
  const [origin = ''] = request.note.split('\n', 1)
  const verifiers = logs.get(origin)
  if (verifiers === undefined) return { status: 404, why: 'This witness does not know the log.' }
  try {
    const { text, verified } = openNote(request.note, verifiers)
    const checkpoint = parseCheckpoint(text)
    if (request.oldSize > checkpoint.size) return { status: 400, why: 'The old size is above the size.' }
    return { ...request, checkpoint, text, signatures: verified }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    const isUnsigned = error.code === 'ERR_TLOG_NOTE_UNSIGNED' || error.code === 'ERR_TLOG_NOTE_BAD_SIGNATURE'
    if (isUnsigned) return { status: 403, why: 'The checkpoint bears no good signature of the log.' }
    return { status: 400, why: 'The note is not a signed checkpoint.' }
  }
}

/**
 * Judges whether a checkpoint continues the one that was cosigned last.
 *
 * @param request from `openRequest`; size, root and proof are attacker-controlled
 * @param last what was cosigned last
 * @returns why not; `undefined` when it may be cosigned
 */
export function judgeGrowth(request: SignedRequest, last: WitnessState): Refusal | undefined {
  const { oldSize, proof, checkpoint } = request
  if (oldSize !== last.size) return { status: 409, why: String(last.size) }
  const isEmpty = checkpoint.size === 0
  if (isEmpty && !equal(checkpoint.root, EMPTY_ROOT))
    return { status: 422, why: 'The root of no entries is another one.' }
  if (oldSize === 0) {
    // Every tree continues the empty one, so there is nothing that a proof could say.
    return proof.length === 0 ? undefined : { status: 422, why: 'From size 0 there is no proof.' }
  }
  const claim = { from: oldSize, to: checkpoint.size, fromRoot: last.root, toRoot: checkpoint.root, proof }
  return checkConsistency(claim) ? undefined : { status: 422, why: 'The checkpoint does not continue the last one.' }
}

function parse(body: Uint8Array | string): AddCheckpoint | undefined {
  try {
    return parseAddCheckpoint(typeof body === 'string' ? body : UTF8.decode(body))
  } catch {
    return undefined
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
