import type { Store } from '@sallyport/store'
import { checkConsistency, EMPTY_ROOT, proveConsistency } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { findNewestCheckpoint, readCheckpoint, type StatedCheckpoint } from './export-checkpoint.ts'
import { ExportFiles, type ExportFolder, type FileCounts } from './export-files.ts'
import {
  BUNDLES,
  CHECKPOINT_PATH,
  encodeBundle,
  MANIFEST_FOLDER,
  manifestPath,
  MAX_NOTE_BYTES,
  parseManifestName,
  PRUNED_PATH,
  TILE_WIDTH,
  widthOf,
} from './export-layout.ts'
import { readExportable, requireNotPruned } from './export-pruned.ts'
import { SignedTree } from './export-tree.ts'
import { readManifests } from '../signing/key-manifest.ts'
import { tileReader } from '../signing/tree-store.ts'

const OPTIONS = ['store', 'folder', 'onProgress']

/** What `exportLedger` copies, and where to. */
export interface ExportOptions {
  /** The ledger's store. Nothing is written to it; it may be in use. */
  readonly store: Store
  /** Empty, or an earlier export of the same ledger, whole or interrupted. Nobody else writes to it meanwhile. */
  readonly folder: ExportFolder
  /** Called after every 256 entries with how many of how many are done. */
  readonly onProgress?: ((progress: { readonly checked: number; readonly size: number }) => void) | undefined
}

/** What was exported. */
export interface Exported extends FileCounts {
  readonly origin: string
  /** Entries under the exported checkpoint. */
  readonly size: number
  /** The index of the first entry: those before it were pruned. 0 when all are there. */
  readonly first: number
  /** Its root, in base64. */
  readonly root: string
  /** Newer checkpoints that are damaged and were passed over: verify the ledger when there are any. */
  readonly passedOver: number
}

/**
 * Copies the signed part of a ledger into the layout of a tiled transparency log, which can be verified without the
 * database and served as static files: `checkpoint`, `tile/<level>/<index>`, `tile/entries/<index>`, `keys/<number>`.
 *
 * Only what the checkpoint's root covers is ever written, and the checkpoint last, so that all that it names is there.
 * Whoever is killed on the way runs it again. A later export adds to an earlier one; files but the checkpoint and what is said
 * of pruning never change: entries that were exported before they were pruned stay. Memory does not grow with the ledger. Whether the checkpoint's signature holds is the question of whoever has
 * the ledger's public key: `verifyExport` answers it.
 *
 * @param options the ledger and the folder
 * @returns what was exported
 * @throws AuditError `ERR_AUDIT_UNSIGNED` when nothing is signed, `ERR_AUDIT_TREE_CORRUPT` when entries, tree and
 * checkpoint do not fit together, `ERR_AUDIT_ROLLED_BACK` when the folder has a newer or another past than the ledger,
 * `ERR_AUDIT_EXPORT` when it holds other files in their place, `ERR_AUDIT_INPUT` for an unknown option; what store and
 * folder reject with
 * @see C2SP tlog-tiles
 */
export async function exportLedger(options: ExportOptions): Promise<Exported> {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw new AuditError('ERR_AUDIT_INPUT', `exportLedger has no option ${JSON.stringify(unknown)}.`)
  const { store, folder, onProgress } = options
  const found = await findNewestCheckpoint(store)
  if (found === undefined)
    throw new AuditError('ERR_AUDIT_UNSIGNED', 'The ledger has no checkpoint: nothing is signed.')
  const { checkpoint, passedOver } = found
  const { origin, size } = checkpoint
  const tree = await SignedTree.open(checkpoint, tileReader(store))
  await requireContinuation(folder, checkpoint, tree)
  const pruned = await readExportable(store, { size, tree })
  const { first } = pruned

  const files = new ExportFiles(folder)
  onProgress?.({ checked: 0, size })
  for (let bundle = 0; bundle * TILE_WIDTH < size; bundle++) {
    await exportBundle({ store, size, first, tree, files }, bundle)
    onProgress?.({ checked: Math.min(size, (bundle + 1) * TILE_WIDTH), size })
  }
  await exportEdge({ size, tree, files })
  await exportManifests({ store, folder, files })
  // What is gone is explained before the checkpoint asks for it; the other way round it would look like a loss.
  if (pruned.note !== undefined) await files.replace(PRUNED_PATH, Buffer.from(pruned.note))
  await files.replace(CHECKPOINT_PATH, Buffer.from(checkpoint.note))
  return { origin, size, first, root: Buffer.from(checkpoint.root).toString('base64'), passedOver, ...files.counts }
}

interface Work {
  readonly size: number
  readonly tree: SignedTree
  readonly files: ExportFiles
}

/** Exports 256 entries, and each tile that is full with them. */
async function exportBundle(
  { store, size, first, tree, files }: Work & { readonly store: Store; readonly first: number },
  index: number,
): Promise<void> {
  const width = widthOf(size, { level: 0, index })
  // Of what was pruned an earlier export may have the bundle; the hashes are there in any case.
  if ((index + 1) * TILE_WIDTH > first) {
    const entries = await store.readBytes(index * TILE_WIDTH, width)
    if (entries.length < width) await requireNotPruned(store, index)
    await tree.requireSigned(index, entries)
    await files.putTile({ level: BUNDLES, index, width }, encodeBundle(entries))
  }
  await files.putTile({ level: 0, index, width }, await tree.tile(0, index))
  if (width < TILE_WIDTH) return
  for (let level = 1, done = (index + 1) / TILE_WIDTH; Number.isInteger(done); level++, done /= TILE_WIDTH) {
    await files.putTile({ level, index: done - 1, width: TILE_WIDTH }, await tree.tile(level, done - 1))
  }
}

/** Exports the tiles above the leaves that are not full. */
async function exportEdge({ size, tree, files }: Work): Promise<void> {
  for (let level = 1; size >= TILE_WIDTH ** level; level++) {
    const index = Math.floor(size / TILE_WIDTH ** (level + 1))
    const width = widthOf(size, { level, index })
    if (width > 0) await files.putTile({ level, index, width }, await tree.tile(level, index))
  }
}

async function exportManifests(parts: {
  readonly store: Store
  readonly folder: ExportFolder
  readonly files: ExportFiles
}): Promise<void> {
  const manifests = (await readManifests(parts.store)).filter(
    ({ number }) => parseManifestName(fileOf(number)) === number,
  )
  const names = await parts.folder.list(MANIFEST_FOLDER)
  const gone = names.find((name) => {
    const number = parseManifestName(name)
    return number !== undefined && !manifests.some((manifest) => manifest.number === number)
  })
  if (gone !== undefined) throw rolledBack(`The folder has the key manifest ${gone}, which the ledger has not`)
  for (const { number, note } of manifests) await parts.files.put(manifestPath(number), Buffer.from(note))
}

function fileOf(number: number): string {
  return manifestPath(number).slice(MANIFEST_FOLDER.length + 1)
}

/** Proves that the checkpoint that is there is of this ledger's past. */
async function requireContinuation(folder: ExportFolder, next: StatedCheckpoint, tree: SignedTree): Promise<void> {
  const bytes = await folder.read(CHECKPOINT_PATH, MAX_NOTE_BYTES + 1)
  if (bytes === undefined) return
  const past = readCheckpoint(Buffer.from(bytes).toString('utf8'))
  if (past === undefined) throw conflict('The file checkpoint of the folder is no checkpoint')
  if (past.origin !== next.origin) throw conflict('The folder holds the export of a ledger of another name')
  if (past.size > next.size) {
    throw rolledBack(`The folder has a checkpoint of ${past.size} entries, the ledger one of ${next.size}`)
  }
  if (!(await isPast(past, next, tree))) {
    throw rolledBack(`The folder has a checkpoint of ${past.size} entries that the ledger does not continue`)
  }
}

async function isPast(past: StatedCheckpoint, next: StatedCheckpoint, tree: SignedTree): Promise<boolean> {
  if (past.size === 0) return Buffer.compare(past.root, EMPTY_ROOT) === 0
  const proof = await proveConsistency(past.size, next.size, tree.read)
  return checkConsistency({ from: past.size, to: next.size, fromRoot: past.root, toRoot: next.root, proof })
}

function conflict(message: string): AuditError {
  return new AuditError('ERR_AUDIT_EXPORT', `${message}; it was left as it is. Export into another folder.`)
}

function rolledBack(message: string): AuditError {
  return new AuditError(
    'ERR_AUDIT_ROLLED_BACK',
    `${message}: the ledger was put back to an older copy, or went on differently. The folder was left as it is: keep it.`,
  )
}
