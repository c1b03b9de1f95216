import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { HASH_BYTES } from './hash.ts'
import { isNoteText, MAX_NOTE_BYTES } from './note-text.ts'
import { isSize, parseDecimal } from './size.ts'

const MAX_HASHES = 63
const PREFIX = 'old '

/** What a log asks a witness: to cosign a checkpoint that continues the one which the witness cosigned last. */
export interface AddCheckpoint {
  /** The size that the witness cosigned last, 0 when it never did. */
  readonly oldSize: number
  /** The consistency proof from that size: at most 63 hashes of 32 bytes, none from size 0. */
  readonly proof: readonly Uint8Array[]
  /** The signed checkpoint, ending in a newline. It is not opened here. */
  readonly note: string
}

/**
 * Formats the body of an `add-checkpoint` request.
 *
 * @param request old size, proof and signed checkpoint
 * @throws TlogError `ERR_TLOG_REQUEST_MALFORMED`
 * @see C2SP tlog-witness, "add-checkpoint"
 */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): string {
  const isProof = proof.length <= MAX_HASHES && proof.every((hash) => hash.length === HASH_BYTES)
  const isNote = note.endsWith('\n') && !note.startsWith('\n')
  const body = `${[`${PREFIX}${oldSize}`, ...proof.map(encodeBase64)].join('\n')}\n\n${note}`
  if (!isSize(oldSize) || !isProof || !isNote || !isNoteText(body)) throw malformed()
  return body
}

/**
 * Parses the body of an `add-checkpoint` request; accepts exactly what `formatAddCheckpoint` gives.
 *
 * @param body at most 1 MB; attacker-controlled
 * @throws TlogError `ERR_TLOG_REQUEST_MALFORMED`, also for a size above 2^53−1
 * @see C2SP tlog-witness, "add-checkpoint"
 */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const border = body.length <= MAX_NOTE_BYTES ? body.indexOf('\n\n') : -1
  if (border < 0) throw malformed()
  const [first = '', ...lines] = body.slice(0, border).split('\n')
  const oldSize = first.startsWith(PREFIX) ? parseDecimal(first.slice(PREFIX.length)) : undefined
  if (oldSize === undefined || lines.length > MAX_HASHES) throw malformed()
  const proof = lines.map((line) => decodeBase64(line) ?? new Uint8Array())
  const request = { oldSize, proof, note: body.slice(border + 2) }
  if (formatAddCheckpoint(request) !== body) throw malformed()
  return request
}

function malformed(): TlogError {
  return new TlogError('ERR_TLOG_REQUEST_MALFORMED', 'The text is not the body of an add-checkpoint request.')
}
