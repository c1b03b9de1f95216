import type { Keyring } from '@sallyport/keyring'
import { treeRoot, type TileReader } from '@sallyport/tlog'
import { formatVerifierKey, openNote, parseCheckpoint, parseVerifierKey } from '@sallyport/tlog/note'
import { AuditError } from './errors.ts'

/** A place for the newest checkpoint outside the store, such as a file on another disk. */
export interface CheckpointPlace {
  /** Gives the note that was written last; `undefined` when there is none yet. */
  read(): Promise<string | undefined>
  /** Keeps a note, which is on disk when it resolves. */
  write(note: string): Promise<void>
}

interface Parts {
  readonly keyring: Keyring
  readonly origin: string
  readonly place?: CheckpointPlace | undefined
}

/**
 * Refuses to go on when the checkpoint in the second place says more than the store, or something else.
 *
 * @throws AuditError `ERR_AUDIT_ROLLED_BACK`; TlogError when the note in the second place was altered
 */
export async function requireNoRollback(parts: Parts, signedSize: number, stored: TileReader): Promise<void> {
  const note = await parts.place?.read()
  if (note === undefined) return
  const keys = await parts.keyring.publicKeys()
  const verifiers = keys.map((key) => parseVerifierKey(formatVerifierKey(parts.origin, key)))
  const kept = parseCheckpoint(openNote(note, verifiers).text)
  if (kept.origin !== parts.origin) throw rolledBack('The second place holds the checkpoint of another ledger.')
  if (kept.size > signedSize) throw rolledBack('The store is older than the checkpoint in the second place.')
  const root = await treeRoot(kept.size, stored)
  if (Buffer.compare(root, kept.root) !== 0) throw rolledBack('The store has another past than the second place.')
}

function rolledBack(message: string): AuditError {
  return new AuditError('ERR_AUDIT_ROLLED_BACK', message)
}
