import type { Store } from '@sallyport/store'
import { TlogError, treeRoot } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { findIndex } from '../retention/find-index.ts'
import { readBeginning, readPruned, type Pruning } from '../retention/pruned-note.ts'
import { TILE_WIDTH } from './export-layout.ts'
import type { SignedTree } from './export-tree.ts'

/** From which index on a ledger can be exported. */
export interface Exportable {
  readonly first: number
  /** The statement that says so; absent when nothing was pruned. */
  readonly note?: string
}

/**
 * Finds what a ledger says of its pruning, and that a checkpoint covers it.
 *
 * @param store the ledger's
 * @param signed what is exported
 * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when entries are gone and the statement does not say so, `ERR_AUDIT_UNSIGNED`
 * when they were pruned so recently that the checkpoint does not cover the event
 */
export async function readExportable(
  store: Store,
  { size, tree }: { readonly size: number; readonly tree: SignedTree },
): Promise<Exportable> {
  const { first, value } = await readBeginning(store)
  if (first === 0 && value === undefined) return { first }
  const read = readPruned(value)
  if (read?.pruning.to !== first) throw corrupt('The ledger does not begin where it says that it was pruned.')
  const { note, pruning } = read
  const index = await findIndex(store, pruning.event)
  if (index === undefined) throw corrupt('No entry says that the ledger was pruned.')
  if (index >= size) throw unsigned()
  if (!(await isOfTree(pruning, { size, tree }))) throw corrupt('What is said of the pruning is of another tree.')
  return { first, note }
}

/** Finds that entries which are not there were not pruned a moment ago. */
export async function requireNotPruned(store: Store, bundle: number): Promise<void> {
  if ((await store.first()) > bundle * TILE_WIDTH) throw unsigned()
}

async function isOfTree(
  pruning: Pruning,
  { size, tree }: { readonly size: number; readonly tree: SignedTree },
): Promise<boolean> {
  if (pruning.size > size) return false
  try {
    return Buffer.from(await treeRoot(pruning.size, tree.read)).toString('base64') === pruning.root
  } catch (error) {
    if (error instanceof TlogError) return false
    throw error
  }
}

function unsigned(): AuditError {
  return new AuditError(
    'ERR_AUDIT_UNSIGNED',
    'Entries were pruned a moment ago, and no checkpoint covers that yet: run the export again.',
  )
}

function corrupt(message: string): AuditError {
  return new AuditError('ERR_AUDIT_TREE_CORRUPT', `${message} Run sallyport verify.`)
}
