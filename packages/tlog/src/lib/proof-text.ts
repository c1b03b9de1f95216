import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { HASH_BYTES } from './hash.ts'
import { MAX_NOTE_BYTES } from './note-text.ts'
import { isSize, parseDecimal } from './size.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
const MAX_HASHES = 63

/** The parts of a proof that stands alone: an inclusion proof beside the checkpoint it leads to. */
export interface TlogProof {
  readonly index: number
  /** For `checkInclusion`: at most 63 of 32 bytes. */
  readonly hashes: readonly Uint8Array[]
  /** Whatever the log adds; not covered by the checkpoint's signature. */
  readonly extra?: Uint8Array | undefined
  /** The signed note, ending in a newline. It is not opened here. */
  readonly checkpoint: string
}

/**
 * Formats a proof that stands alone: a receipt.
 *
 * @param proof the index, its inclusion proof and the signed checkpoint
 * @throws TlogError `ERR_TLOG_PROOF_MALFORMED`
 * @see C2SP tlog-proof
 */
export function formatProof(proof: TlogProof): string {
  const { index, hashes, extra, checkpoint } = proof
  const valid = isSize(index) && hashes.length <= MAX_HASHES && hashes.every((hash) => hash.length === HASH_BYTES)
  if (!valid || !isCheckpoint(checkpoint) || extra?.length === 0) throw malformed()
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ]
  const text = `${lines.join('\n')}\n\n${checkpoint}`
  if (text.length > MAX_NOTE_BYTES) throw malformed()
  return text
}

/**
 * Parses a proof that stands alone; accepts exactly what `formatProof` gives.
 *
 * Parsing proves nothing: open the checkpoint with `openNote`, then give the hashes to `checkInclusion`.
 *
 * @param text the proof, at most 1 MB; attacker-controlled
 * @throws TlogError `ERR_TLOG_PROOF_MALFORMED`, also for an index above 2^53−1
 * @see C2SP tlog-proof
 */
export function parseProof(text: string): TlogProof {
  const border = text.length <= MAX_NOTE_BYTES ? text.indexOf('\n\n') : -1
  if (border < 0) throw malformed()
  const [header, ...lines] = text.slice(0, border).split('\n')
  const extra = lines[0]?.startsWith('extra ') === true ? decodeBase64(lines.shift()?.slice(6) ?? '') : undefined
  const index = parseIndex(lines.shift())
  if (header !== HEADER || index === undefined || lines.length > MAX_HASHES) throw malformed()
  const hashes = lines.map((line) => decodeBase64(line) ?? new Uint8Array())
  const checkpoint = text.slice(border + 2)
  const proof = { index, hashes, ...(extra === undefined ? {} : { extra }), checkpoint }
  if (formatProof(proof) !== text) throw malformed()
  return proof
}

function parseIndex(line: string | undefined): number | undefined {
  return line?.startsWith('index ') === true ? parseDecimal(line.slice(6)) : undefined
}

function isCheckpoint(text: string): boolean {
  return text.length > 1 && text.endsWith('\n') && text.isWellFormed()
}

function malformed(): TlogError {
  return new TlogError('ERR_TLOG_PROOF_MALFORMED', 'The text is not a tlog-proof@v1.')
}
