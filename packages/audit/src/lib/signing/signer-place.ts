import { treeRoot } from '@sallyport/tlog'
import type { Checkpoint } from '@sallyport/tlog/note'
import type { Store } from '@sallyport/store'
import { AuditError } from '../errors.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import { checkpointKey, parseNote, readHead, tileReader, type Head } from './tree-store.ts'

/** A place for the newest checkpoint outside the store, such as a file on another disk. */
export interface CheckpointPlace {
  /** Gives the note that was written last; `undefined` when there is none yet. */
  read(): Promise<string | undefined>
  /** Keeps a note, which is on disk when it resolves. */
  write(note: string): Promise<void>
}

// Writers that others overtake between writing and looking again.
const MAX_WRITES = 100

interface Parts {
  readonly store: Store
  readonly keys: LedgerKeys
  readonly place?: CheckpointPlace | undefined
}

/**
 * Refuses to go on when the checkpoint in the second place says more than the store, or something else.
 *
 * An empty note begins the second place for a ledger that had none. A missing one does not: whoever can change the
 * store can often remove a file beside it, too.
 *
 * @throws AuditError `ERR_AUDIT_ROLLED_BACK`; `ERR_AUDIT_CHECKPOINT_FILE` when the second place is missing, or holds
 * something else than a checkpoint of this ledger; TlogError when a tile of the store is missing
 */
export async function requireNoRollback(parts: Parts): Promise<void> {
  if (parts.place === undefined) return
  const note = await parts.place.read()
  if (note === '') return
  if (note === undefined) return await requireNothingSigned(parts.store)
  await requirePast(parts.store, (await parts.keys.open(note)) ?? foreign())
}

/**
 * Brings the newest checkpoint to the second place, unless that holds one as new: it never goes back.
 *
 * Any number of processes may do so at once. Whoever has written looks again, and writes again what has meanwhile been
 * signed: whoever writes last leaves nothing older than what any of them was told to be kept.
 *
 * @throws AuditError `ERR_AUDIT_CHECKPOINT_FILE` when the second place holds something else than a checkpoint of this
 * ledger, or does not keep what is written; `ERR_AUDIT_TREE_CORRUPT` when head and checkpoint do not agree
 */
export async function keepNewest(parts: Parts): Promise<void> {
  const { store, keys, place } = parts
  if (place === undefined) return
  for (let writes = 0; writes < MAX_WRITES; writes++) {
    // The head first: what is signed later is brought by whoever signs it.
    const { head } = await readHead(store)
    const note = await place.read()
    const kept = note === undefined || note === '' ? undefined : ((await keys.open(note)) ?? foreign())
    if (kept !== undefined && kept.size >= head.size) return
    await place.write(await requireSignedHead(parts, head))
  }
  throw new AuditError('ERR_AUDIT_CHECKPOINT_FILE', 'The second place does not keep what is written to it.')
}

/**
 * Refuses to go on when the stored tree does not lead through a checkpoint.
 *
 * @throws AuditError `ERR_AUDIT_ROLLED_BACK`; TlogError when a tile of the store is missing
 */
export async function requirePast(store: Store, kept: Pick<Checkpoint, 'size' | 'root'>): Promise<void> {
  // Read after the checkpoint: what another signer adds meanwhile can then only be more than it says.
  const { head } = await readHead(store)
  if (kept.size > head.size) throw rolledBack('The ledger is older than a checkpoint that was signed')
  const root = await treeRoot(kept.size, tileReader(store))
  if (Buffer.compare(root, kept.root) !== 0) throw rolledBack('The ledger has another past than what was signed')
}

/**
 * Opens the checkpoint that the head record names, and gives its note.
 *
 * The head by itself is no authority: whoever can write to the store can write a head. What our own key signed is.
 *
 * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when head and checkpoint do not agree
 */
export async function requireSignedHead(parts: Parts, head: Head): Promise<string> {
  const [record] = await parts.store.get([checkpointKey(head.size)])
  const note = record && parseNote(record.value)
  const signed = note === undefined ? undefined : await parts.keys.open(note)
  if (note !== undefined && signed?.size === head.size && toBase64(signed.root) === head.root) return note
  throw new AuditError(
    'ERR_AUDIT_TREE_CORRUPT',
    'The head of the ledger is not what a checkpoint signed by its keys says: it was altered.',
  )
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

async function requireNothingSigned(store: Store): Promise<void> {
  if ((await store.size()) === 0) return
  const message =
    'The second place holds no checkpoint, but the ledger has entries: put it back, or create it empty to begin one.'
  throw new AuditError('ERR_AUDIT_CHECKPOINT_FILE', message)
}

function foreign(): never {
  const message = 'The second place holds no checkpoint of this ledger: it was altered, or a signing key was removed.'
  throw new AuditError('ERR_AUDIT_CHECKPOINT_FILE', message)
}

function rolledBack(what: string): AuditError {
  const fix = 'put the newer database back, or accept the loss by sallyport accept-rollback, which records it.'
  return new AuditError('ERR_AUDIT_ROLLED_BACK', `${what}: ${fix}`)
}
