import { StoreError } from '@sallyport/store'
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { setBusyTimeout } from './connection.ts'
import { FileWatch } from './file-watch.ts'
import { Reader } from './reader.ts'
import { checkSchema } from './schema.ts'

// A file that is only read is often one that is examined: an answer from its log cannot leave out what its index hides.
const EXAMINED = { usesIndex: false }

/** A way to read: opened anew when the files tell that it no longer fits. */
export interface ReadSource {
  readonly reader: Reader
  /** Tells whether what was read may be torn, because somebody has begun to write to files that were taken as at rest. */
  isStale(): boolean
  close(): void
}

/** Opens a reading connection beside a writing one, if the file is still the same. Throws errors of SQLite as they are. */
export function openBesideWriter(path: string, files: FileWatch = new FileWatch(path)): ReadSource {
  files.opening()
  const db = new DatabaseSync(path, { readOnly: true })
  const source = sourceOf(db, { usesIndex: true })
  try {
    files.opened(db)
    return source
  } catch (error) {
    source.close()
    throw error
  }
}

/**
 * Opens a database for reading only, without creating or changing anything beside it.
 *
 * - In use (its `-shm` file is there): read like any other reader does.
 * - At rest (no `-wal`, no `-shm`): read as immutable, so that SQLite creates neither; noticed when that ends.
 * - A copy that has its `-wal` but not its `-shm`: read from a private copy in the system's temporary folder, because
 *   SQLite would have to write a `-shm` beside the original.
 *
 * @param path the database file, configured by the operator
 * @throws StoreError `ERR_STORE_UNAVAILABLE` when there is none or it is not ours; else errors of SQLite as they are
 */
export function openForReading(path: string): ReadSource {
  if (!existsSync(path)) throw new StoreError('ERR_STORE_UNAVAILABLE', 'The database file does not exist.')
  if (existsSync(`${path}-shm`)) return sourceOf(new DatabaseSync(path, { readOnly: true }), EXAMINED)
  if (hasContent(`${path}-wal`)) return openCopy(path)
  return openAtRest(path)
}

function openAtRest(path: string): ReadSource {
  const before = stateOf(path)
  const source = openImmutable(path)
  // A writer creates these before it changes the database, so what was read before they appeared is sound. One that has
  // come and gone between two looks has left another file.
  const isStale = (): boolean => existsSync(`${path}-shm`) || hasContent(`${path}-wal`) || stateOf(path) !== before
  return { ...source, isStale }
}

function stateOf(path: string): string {
  const { size, mtimeNs, ino } = statSync(path, { bigint: true })
  return `${ino} ${size} ${mtimeNs}`
}

function openImmutable(path: string): ReadSource {
  let db: DatabaseSync
  try {
    db = new DatabaseSync(`${pathToFileURL(path).href}?immutable=1`, { readOnly: true })
  } catch {
    // Node before 22.15 takes no addresses, and anything but a copy would get side files.
    return openCopy(path)
  }
  return sourceOf(db, EXAMINED)
}

function openCopy(path: string): ReadSource {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, basename(path))
    copyFileSync(path, copy)
    if (hasContent(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`)
    if (existsSync(`${path}-shm`)) {
      throw new StoreError('ERR_STORE_UNAVAILABLE', 'The database was opened by a writer while it was being copied.')
    }
    const source = sourceOf(new DatabaseSync(copy, { readOnly: true }), EXAMINED)
    return { ...source, close: () => [source.close(), remove()] }
  } catch (error) {
    remove()
    throw error
  }
}

function sourceOf(db: DatabaseSync, options: { readonly usesIndex: boolean }): ReadSource {
  try {
    setBusyTimeout(db)
    if (checkSchema(db) === 'empty') throw new StoreError('ERR_STORE_UNAVAILABLE', 'The file is an empty database.')
    const reader = new Reader(db, options)
    return { reader, isStale: () => false, close: () => reader.close() }
  } catch (error) {
    db.close()
    throw error
  }
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0
}
