import type { Keyring } from '@sallyport/keyring'
import { TlogError, treeRoot } from '@sallyport/tlog'
import { formatVerifierKey, openNote, parseCheckpoint, parseVerifierKey, type Checkpoint } from '@sallyport/tlog/note'
import type { Store } from '@sallyport/store'
import { AuditError } from './errors.ts'
import { readHead, tileReader } from './tree-store.ts'

/** A place for the newest checkpoint outside the store, such as a file on another disk. */
export interface CheckpointPlace {
  /** Gives the note that was written last; `undefined` when there is none yet. */
  read(): Promise<string | undefined>
  /** Keeps a note, which is on disk when it resolves. */
  write(note: string): Promise<void>
}

interface Parts {
  readonly store: Store
  readonly keyring: Keyring
  readonly origin: string
  readonly place?: CheckpointPlace | undefined
}

/**
 * Refuses to go on when the checkpoint in the second place says more than the store, or something else.
 *
 * @throws AuditError `ERR_AUDIT_ROLLED_BACK`; `ERR_AUDIT_CHECKPOINT_FILE` when the second place holds something else
 * than a checkpoint of this ledger; TlogError when a tile of the store is missing
 */
export async function requireNoRollback(parts: Parts): Promise<void> {
  const note = await parts.place?.read()
  if (note === undefined) return
  const kept = await openKept(parts, note)
  // Read after the note: what another signer adds meanwhile can then only be more than the note says.
  const { head } = await readHead(parts.store)
  if (kept.size > head.size) throw rolledBack('The store is older than the checkpoint in the second place.')
  const root = await treeRoot(kept.size, tileReader(parts.store))
  if (Buffer.compare(root, kept.root) !== 0) throw rolledBack('The store has another past than the second place.')
}

async function openKept({ keyring, origin }: Parts, note: string): Promise<Checkpoint> {
  const verifiers = (await keyring.publicKeys()).map((key) => parseVerifierKey(formatVerifierKey(origin, key)))
  try {
    const kept = parseCheckpoint(openNote(note, verifiers).text)
    if (kept.origin === origin) return kept
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw foreign(cause)
  }
  throw foreign()
}

function foreign(cause?: unknown): AuditError {
  const message = 'The second place holds no checkpoint of this ledger: it was altered, or a signing key was removed.'
  return new AuditError('ERR_AUDIT_CHECKPOINT_FILE', message, { cause })
}

function rolledBack(message: string): AuditError {
  return new AuditError('ERR_AUDIT_ROLLED_BACK', message)
}
