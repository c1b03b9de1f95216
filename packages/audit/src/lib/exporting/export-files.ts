import { formatTilePath, type TileId } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { maxBytes, narrow, parseWidth, partialsFolder, TILE_WIDTH } from './export-layout.ts'

/** Where an export is written: a folder, or whatever has files with paths. Paths have no leading slash. */
export interface ExportFolder {
  /** Gives a file's bytes, no more than `limit` of them; `undefined` when there is none. */
  read(path: string, limit: number): Promise<Uint8Array | undefined>
  /** Puts a file in place, whole or not at all, even when it is killed meanwhile; replaces one that is there. */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** Removes a file; and its folder, if that held partial tiles only. */
  remove(path: string): Promise<void>
  /** Resolves when all that was written and removed until now is on disk. */
  flush(): Promise<void>
  /** Gives the names in a folder, those of folders with a slash at the end; none when there is no such folder. */
  list(path: string): Promise<readonly string[]>
}

/** What became of the files of an export. */
export interface FileCounts {
  readonly written: number
  /** Those that were there already, with the same bytes. */
  readonly kept: number
  /** Partial tiles and bundles for which the full ones are there now. */
  readonly removed: number
}

/** Puts files into an export, of which all but the checkpoint never change. */
export class ExportFiles {
  readonly #folder: ExportFolder
  #written = 0
  #kept = 0
  #removed = 0

  constructor(folder: ExportFolder) {
    this.#folder = folder
  }

  get counts(): FileCounts {
    return { written: this.#written, kept: this.#kept, removed: this.#removed }
  }

  /**
   * Puts a tile or bundle, and removes the narrower forms of one that is full.
   *
   * @throws AuditError `ERR_AUDIT_EXPORT` when the folder holds other bytes in its place
   */
  async putTile(id: TileId, bytes: Uint8Array): Promise<void> {
    await this.put(formatTilePath(id), bytes)
    const folder = partialsFolder(id)
    const widths = (await this.#folder.list(folder)).map(parseWidth)
    const narrower = widths.filter((width) => width !== undefined).filter((width) => width < id.width)
    // The full one must be on disk before what stands in for it goes.
    if (id.width === TILE_WIDTH && narrower.length > 0) await this.#folder.flush()
    for (const width of narrower) {
      const path = `${folder}/${width}`
      const found = await this.#folder.read(path, maxBytes({ ...id, width }) + 1)
      requireSame(path, found, narrow(bytes, { ...id, width }))
      if (id.width < TILE_WIDTH) continue
      await this.#folder.remove(path)
      this.#removed++
    }
  }

  /**
   * Puts a file that never changes.
   *
   * @throws AuditError `ERR_AUDIT_EXPORT` when the folder holds other bytes in its place
   */
  async put(path: string, bytes: Uint8Array): Promise<void> {
    const found = await this.#folder.read(path, bytes.length + 1)
    if (found === undefined) {
      await this.#folder.write(path, bytes)
      this.#written++
      return
    }
    requireSame(path, found, bytes)
    this.#kept++
  }

  /** Replaces a file, once all others are on disk. */
  async replace(path: string, bytes: Uint8Array): Promise<void> {
    await this.#folder.flush()
    const found = await this.#folder.read(path, bytes.length + 1)
    if (found !== undefined && Buffer.compare(found, bytes) === 0) {
      this.#kept++
      return
    }
    await this.#folder.write(path, bytes)
    await this.#folder.flush()
    this.#written++
  }
}

function requireSame(path: string, found: Uint8Array | undefined, bytes: Uint8Array): void {
  if (found !== undefined && Buffer.compare(found, bytes) === 0) return
  throw new AuditError(
    'ERR_AUDIT_EXPORT',
    `The file ${path} of the folder is not the one of this ledger; it was left as it is: damaged, or another ledger's.`,
  )
}
