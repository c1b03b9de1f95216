import type { Store } from '@sallyport/store'
import { TlogError } from '@sallyport/tlog'
import { parseCheckpoint } from '@sallyport/tlog/note'
import { CHECKPOINT_PREFIX, checkpointKey, parseNote } from '../signing/tree-store.ts'
import { addCosignatures, isNote, splitNote } from '../receipts/note-parts.ts'
import { cosignaturesKey, parseCosignatures } from '../witnessing/witness-record.ts'

const KEY_ID_BYTES = 4
const ED25519_BYTES = 64
const SIGNATURE = /^— (\S+) (\S+)$/u

/** What a checkpoint says, by whatever key it is signed: nothing of it is proved. */
export interface StatedCheckpoint {
  readonly note: string
  /** The signature lines of the note. */
  readonly signatures: string
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/** Reads a checkpoint that has the form of one signed by a key of its origin; `undefined` when it has not. */
export function readCheckpoint(note: string): StatedCheckpoint | undefined {
  if (!isNote(note)) return undefined
  const { text, signatures } = splitNote(note)
  try {
    const { origin, size, root } = parseCheckpoint(text)
    return signatures.split('\n').some((line) => isSignatureOf(origin, line))
      ? { note, signatures, origin, size, root }
      : undefined
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}

/**
 * Finds the newest checkpoint of a ledger that is well formed, with the signatures of witnesses that are kept for it.
 *
 * @returns it, and how many newer ones are not well formed; `undefined` when there is none
 */
export async function findNewestCheckpoint(
  store: Store,
): Promise<{ readonly checkpoint: StatedCheckpoint; readonly passedOver: number } | undefined> {
  let bound = Number.MAX_SAFE_INTEGER
  for (let passedOver = 0; ; passedOver++) {
    const size = await findSizeBelow(store, bound)
    if (size === undefined) return undefined
    const [record] = await store.get([checkpointKey(size)])
    const checkpoint = readCheckpoint(parseNote(record?.value ?? null) ?? '')
    if (checkpoint?.size === size) return { checkpoint: await withCosignatures(store, checkpoint), passedOver }
    bound = size
  }
}

// Checkpoints are listed in order of size from the smallest, and there may be millions of them: halving finds the last.
async function findSizeBelow(store: Store, bound: number): Promise<number | undefined> {
  let last = await findSizeFrom(store, 0)
  if (last === undefined || last >= bound) return undefined
  let end = bound
  while (last + 1 < end) {
    const middle = last + Math.ceil((end - last) / 2)
    const found = await findSizeFrom(store, middle)
    if (found !== undefined && found < bound) last = found
    else end = middle
  }
  return last
}

async function findSizeFrom(store: Store, from: number): Promise<number | undefined> {
  const after = from === 0 ? undefined : checkpointKey(from - 1)
  const [record] = await store.list(CHECKPOINT_PREFIX, { after, limit: 1 })
  const size = record === undefined ? undefined : Number(record.key.at(-1))
  return Number.isSafeInteger(size) ? size : undefined
}

async function withCosignatures(store: Store, checkpoint: StatedCheckpoint): Promise<StatedCheckpoint> {
  const [record] = await store.get([cosignaturesKey(checkpoint.size)])
  const note = addCosignatures(checkpoint.note, parseCosignatures(record?.value), checkpoint.origin)
  return { ...checkpoint, note, signatures: splitNote(note).signatures }
}

function isSignatureOf(origin: string, line: string): boolean {
  const [, name, base64 = ''] = SIGNATURE.exec(line) ?? []
  return name === origin && Buffer.from(base64, 'base64').length === KEY_ID_BYTES + ED25519_BYTES
}
