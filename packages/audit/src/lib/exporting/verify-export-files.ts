import { MAX_MANIFESTS } from '../signing/key-manifest.ts'
import { formatTilePath, type TileId } from '@sallyport/tlog'
import { splitNote } from '../receipts/note-parts.ts'
import { parsePruned, type Pruning } from '../retention/pruned-note.ts'
import { readCheckpoint, type StatedCheckpoint } from './export-checkpoint.ts'
import {
  BUNDLES,
  CHECKPOINT_PATH,
  decodeBundle,
  MANIFEST_FOLDER,
  manifestPath,
  MAX_NOTE_BYTES,
  maxBytes,
  narrow,
  parseManifestName,
  PRUNED_PATH,
  TILE_WIDTH,
  widthOf,
} from './export-layout.ts'
import type { ExportProblemKind, ExportProblemList } from './verify-export-problems.ts'

/** Where the files of an export are: a folder, a web server, an archive. Paths have no leading slash. */
export interface ExportSource {
  /** Gives a file's bytes, no more than `limit` of them; `undefined` when there is none. */
  readonly read: (path: string, limit: number) => Promise<Uint8Array | undefined>
  /** Gives the names in a folder, those of folders with a slash at the end; none when there is no such folder. */
  readonly list?: ((path: string) => Promise<readonly string[]>) | undefined
}

/** The files of an export, each found to have the length that its checkpoint demands. */
export class ExportReader {
  /** What the checkpoint says; `undefined` when there is none that can be read. Nothing of it is proved. */
  readonly checkpoint: StatedCheckpoint | undefined
  /** The file of the checkpoint as it is; `undefined` when there is none. */
  readonly note: string | undefined
  /** The file that says what was pruned as it is; `undefined` when there is none. */
  readonly pruned: string | undefined
  /** What it says; `undefined` when it is no statement. Nothing of it is proved. */
  readonly pruning: Pruning | undefined
  readonly #source: ExportSource
  readonly #problems: ExportProblemList
  /** The file of each level that was reported last, so that one which is read again is not reported again. */
  readonly #reported = new Map<number, string>()

  private constructor(
    source: ExportSource,
    problems: ExportProblemList,
    { note, pruned }: { readonly note: string | undefined; readonly pruned: string | undefined },
  ) {
    this.#source = source
    this.#problems = problems
    this.note = note
    this.pruned = pruned
    this.pruning = pruned === undefined ? undefined : parsePruned(splitNote(pruned).text)
    this.checkpoint = note === undefined ? undefined : readCheckpoint(note)
  }

  /** Reads the checkpoint of an export, and what it says of what is not there. */
  static async open(source: ExportSource, problems: ExportProblemList): Promise<ExportReader> {
    const read = async (path: string): Promise<string | undefined> => {
      const bytes = await source.read(path, MAX_NOTE_BYTES + 1)
      return bytes && Buffer.from(bytes).toString('utf8')
    }
    const note = await read(CHECKPOINT_PATH)
    return new ExportReader(source, problems, { note, pruned: await read(PRUNED_PATH) })
  }

  /** The same files, without the one that says what was pruned. */
  withoutPruned(problems: ExportProblemList): ExportReader {
    return new ExportReader(this.#source, problems, { note: this.note, pruned: undefined })
  }

  /** From which index on the entries have to be there, as far as it is said. Nothing of it is proved. */
  get first(): number {
    return this.pruning?.to ?? 0
  }

  /** Entries under the checkpoint. */
  get size(): number {
    return this.checkpoint?.size ?? 0
  }

  /** Gives the hashes of a tile; `undefined` when there is none or its file has not the right length. */
  async tile(level: number, index: number): Promise<Uint8Array | undefined> {
    const width = widthOf(this.size, { level, index })
    const id = { level, index, width }
    const file = width === 0 ? undefined : await this.#readWide(id)
    if (file === undefined) return undefined
    if (file.bytes.length === maxBytes(file.id)) return narrow(file.bytes, id)
    this.#report('file_length', file.id)
    return undefined
  }

  /** Gives the entries of a bundle, as far as its file holds whole ones. One that was pruned need not be there. */
  async bundle(index: number): Promise<readonly Uint8Array[]> {
    const width = widthOf(this.size, { level: BUNDLES, index })
    const file = await this.#readWide({ level: BUNDLES, index, width }, (index + 1) * TILE_WIDTH <= this.first)
    if (file === undefined) return []
    const { entries, end } = decodeBundle(file.bytes, file.id.width)
    if (entries.length < file.id.width || end < file.bytes.length) this.#report('file_length', file.id)
    return entries.slice(0, width)
  }

  /** Gives the notes of the key manifests by their numbers. */
  async manifests(): Promise<readonly { readonly number: number; readonly note: string }[]> {
    const found: { readonly number: number; readonly note: string }[] = []
    for (const number of await this.#manifestNumbers()) {
      const bytes = await this.#source.read(manifestPath(number), MAX_NOTE_BYTES + 1)
      if (bytes === undefined) break
      found.push({ number, note: Buffer.from(bytes).toString('utf8') })
    }
    return found
  }

  async #manifestNumbers(): Promise<readonly number[]> {
    const { list } = this.#source
    if (list === undefined) return Array.from({ length: MAX_MANIFESTS }, (_, at) => at + 1)
    const numbers = (await list(MANIFEST_FOLDER)).map(parseManifestName).filter((number) => number !== undefined)
    return numbers.toSorted((one, other) => one - other).slice(0, MAX_MANIFESTS)
  }

  // What a partial file held is also in the full one, for which it may have been removed.
  async #readWide(
    id: TileId,
    isPruned = false,
  ): Promise<{ readonly id: TileId; readonly bytes: Uint8Array } | undefined> {
    const widths = id.width === TILE_WIDTH ? [TILE_WIDTH] : [id.width, TILE_WIDTH]
    for (const width of widths) {
      const bytes = await this.#source.read(formatTilePath({ ...id, width }), maxBytes({ ...id, width }) + 1)
      if (bytes !== undefined) return { id: { ...id, width }, bytes }
    }
    if (!isPruned) this.#report('file_missing', id)
    return undefined
  }

  #report(kind: ExportProblemKind, id: TileId): void {
    const path = formatTilePath(id)
    if (this.#reported.get(id.level) !== path) this.#problems.add(kind, path)
    this.#reported.set(id.level, path)
  }
}
