import { formatTilePath, parseTilePath, TlogError, type TileId } from '@sallyport/tlog'
import {
  CHECKPOINT_PATH,
  MANIFEST_FOLDER,
  maxBytes,
  narrow,
  parseManifestName,
  PRUNED_PATH,
  widthOf,
} from './export-layout.ts'
import type { ExportSource } from './verify-export-files.ts'
import type { ExportProblemList } from './verify-export-problems.ts'

const MAX_NAMED = 100
const TILE_FOLDER = 'tile'
const BELOW_TILES = /^(?:tile|tile\/(?:entries|0|[1-9]\d?)(?:\/x\d{3}){0,5}(?:\/\d{3}\.p)?)$/
// What the writer of an export holds on to while it writes; it has no content.
const LOCK = '.export-lock'

/** Files that belong to no export. */
export interface ForeignFiles {
  /** The first hundred, folders with a slash at the end. */
  readonly names: readonly string[]
  readonly count: number
}

/** What a listing is compared with. */
export interface Listed {
  readonly source: ExportSource
  readonly list: NonNullable<ExportSource['list']>
  readonly problems: ExportProblemList
  /** Entries under the checkpoint; `undefined` when there is none to compare with. */
  readonly size: number | undefined
}

/** Finds what is in the folder of an export beyond what its checkpoint demands, folder by folder. */
export async function judgeListing(listed: Listed): Promise<ForeignFiles & { readonly tiles: number }> {
  const names: string[] = []
  let count = 0
  let tiles = 0
  for await (const path of walk(listed.list, '')) {
    const id = parsePath(path)
    if (id !== undefined) {
      tiles++
      await judgeTile(listed, id)
    } else if (!isKnown(path)) {
      count++
      if (names.length < MAX_NAMED) names.push(path)
    }
  }
  return { names, count, tiles }
}

async function judgeTile({ source, problems, size }: Listed, id: TileId): Promise<void> {
  if (size === undefined) return
  const width = widthOf(size, id)
  if (id.width > width) problems.add('file_ahead', formatTilePath(id))
  if (id.width >= width) return
  const [early, later] = await Promise.all([id, { ...id, width }].map((one) => readTile(source, one)))
  // Without the later file there is nothing to compare with, and its loss is a problem of its own.
  if (early === undefined || later === undefined) return
  if (Buffer.compare(early, narrow(later, id)) !== 0) problems.add('partial_differs', formatTilePath(id))
}

async function readTile(source: ExportSource, id: TileId): Promise<Uint8Array | undefined> {
  return await source.read(formatTilePath(id), maxBytes(id) + 1)
}

/** Gives the paths of all files in the folders of the layout; of all other folders their names alone. */
async function* walk(list: Listed['list'], folder: string): AsyncGenerator<string, void, void> {
  for (const name of await list(folder)) {
    const path = folder === '' ? name : `${folder}/${name}`
    const below = path.slice(0, -1)
    if (path.endsWith('/') && isOfLayout(below)) yield* walk(list, below)
    else yield path
  }
}

function isOfLayout(folder: string): boolean {
  return folder === TILE_FOLDER || folder === MANIFEST_FOLDER || BELOW_TILES.test(folder)
}

function isKnown(path: string): boolean {
  if (path === CHECKPOINT_PATH || path === PRUNED_PATH || path === LOCK) return true
  const [folder, name = '', ...more] = path.split('/')
  return folder === MANIFEST_FOLDER && more.length === 0 && parseManifestName(name) !== undefined
}

function parsePath(path: string): TileId | undefined {
  try {
    return parseTilePath(path)
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}
