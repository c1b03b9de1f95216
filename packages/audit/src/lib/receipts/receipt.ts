import { setTimeout } from 'node:timers/promises'
import type { Store, StoredEntry } from '@sallyport/store'
import { checkInclusion, leafHash, proveInclusion, TlogError } from '@sallyport/tlog'
import { formatProof, parseCheckpoint, type Checkpoint } from '@sallyport/tlog/note'
import { AuditError } from '../errors.ts'
import { eventTime } from '../events/event-id.ts'
import { checkpointKey, parseNote, readHead, tileReader } from '../signing/tree-store.ts'
import { addCosignatures, isNote, splitNote } from './note-parts.ts'
import { cosignaturesKey, parseCosignatures } from '../witnessing/witness-record.ts'

const LOOK_EVERY_MS = 100
const WAIT_MS = 10_000
const PAGE = 1_000

/** What may be said to `makeReceipt` besides the event. */
export interface ReceiptOptions {
  /** Awaited before an event is called unknown: its commit may be under way. Nothing if not given. */
  readonly arrival?: (() => Promise<unknown>) | undefined
  /** How long to wait for a checkpoint that covers the event: milliseconds, 10,000 if not given. */
  readonly waitMs?: number | undefined
}

/**
 * Makes the receipt of an event: its entry, the proof that it stands in the ledger, and the newest signed checkpoint, with
 * the witnesses' signatures as far as they are there. Whoever has the ledger's public key needs nothing else.
 *
 * Needs no key and writes nothing; the proof is checked before it is given away. The signature is judged by whoever
 * receives it: see `verifyReceipt`. An event that no checkpoint covers yet is waited for, 10 seconds at most if not told otherwise.
 *
 * @param store the ledger's store, which may be open for reading only
 * @param eventId the event's `id`; attacker-controlled
 * @param options what to wait for
 * @returns the text of a C2SP tlog-proof@v1 whose `extra` is the entry
 * @throws AuditError `ERR_AUDIT_NOT_FOUND` when the ledger has no such event, `ERR_AUDIT_UNSIGNED` when no checkpoint came
 * to cover it, `ERR_AUDIT_TREE_CORRUPT` when entry, tree and checkpoint do not fit together; what the store rejects with
 * @see C2SP tlog-proof
 */
export async function makeReceipt(store: Store, eventId: string, options: ReceiptOptions = {}): Promise<string> {
  const entry = (await findEntry(store, eventId)) ?? (await findArrived(store, eventId, options))
  if (entry === undefined) throw await notFound(store, eventId)
  const size = await awaitSigned(store, entry.index, options)
  const { checkpoint, note } = await readCheckpoint(store, size)
  const hashes = await prove(store, entry, checkpoint)
  return formatProof({ index: entry.index, hashes, extra: entry.bytes, checkpoint: note })
}

// Of what was dropped nobody knows the ids: all that can be said is that there are no entries of that time any more.
async function notFound(store: Store, eventId: string): Promise<AuditError> {
  const at = eventTime(eventId)
  const [first] = (await store.first()) > 0 ? await store.read(await store.first(), 1) : []
  const isPruned = at !== undefined && first !== undefined && at <= first.at
  const message = isPruned
    ? 'The ledger has no event of this id: entries of its time were pruned. A receipt that was made before still holds.'
    : 'The ledger has no event of this id.'
  return new AuditError('ERR_AUDIT_NOT_FOUND', message)
}

async function findArrived(
  store: Store,
  eventId: string,
  { arrival }: ReceiptOptions,
): Promise<StoredEntry | undefined> {
  if (arrival === undefined || eventTime(eventId) === undefined) return undefined
  await arrival()
  return await findEntry(store, eventId)
}

// The id begins with the time, so no more than one millisecond of the log is read.
async function findEntry(store: Store, eventId: string): Promise<StoredEntry | undefined> {
  const at = eventTime(eventId)
  if (at === undefined) return undefined
  let before: number | undefined
  let found: StoredEntry | undefined
  for (;;) {
    const page = await store.find({ tags: {}, since: at, until: at + 1 }, { before, limit: PAGE })
    for (const entry of page.filter(({ id }) => id === eventId)) {
      // A store gives no id twice: the other one was put there, and nobody can tell which.
      if (found !== undefined) throw corrupt()
      found = entry
    }
    if (page.length < PAGE) return found
    before = page.at(-1)?.index
  }
}

// Only looks: who asks for receipts must not decide how often the ledger is signed.
async function awaitSigned(store: Store, index: number, { waitMs = WAIT_MS }: ReceiptOptions): Promise<number> {
  for (let waitedMs = 0; waitedMs <= waitMs; waitedMs += LOOK_EVERY_MS) {
    if (waitedMs > 0) await setTimeout(LOOK_EVERY_MS)
    const { head } = await readHead(store)
    if (head.size > index) return head.size
  }
  throw new AuditError('ERR_AUDIT_UNSIGNED', 'No checkpoint covers the event: nobody signs, or the signer is behind.')
}

async function readCheckpoint(
  store: Store,
  size: number,
): Promise<{ readonly checkpoint: Checkpoint; readonly note: string }> {
  const [record, cosigned] = await store.get([checkpointKey(size), cosignaturesKey(size)])
  const note = (record && parseNote(record.value)) ?? ''
  const checkpoint = isNote(note) ? parseText(splitNote(note).text) : undefined
  if (checkpoint?.size !== size) throw corrupt()
  // What witnesses add is only more evidence: where it is damaged, the receipt does without.
  return { checkpoint, note: addCosignatures(note, parseCosignatures(cosigned?.value), checkpoint.origin) }
}

async function prove(
  store: Store,
  { index, bytes }: StoredEntry,
  { size, root }: Checkpoint,
): Promise<readonly Uint8Array[]> {
  const proof = await proveInclusion(index, size, tileReader(store)).catch(translate)
  if (checkInclusion({ index, size, leafHash: leafHash(bytes), proof, root })) return proof
  throw corrupt()
}

function parseText(text: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(text)
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}

function translate(cause: unknown): never {
  if (cause instanceof TlogError) throw corrupt(cause)
  throw cause
}

function corrupt(cause?: unknown): AuditError {
  const message = 'Entry, tree and checkpoint do not fit together: verify the ledger.'
  return new AuditError('ERR_AUDIT_TREE_CORRUPT', message, { cause })
}
