import { HASH_BYTES, requireHash } from './hash.ts'
import { foldRow, readWhole } from './ranges.ts'
import { requireSize } from './size.ts'
import { hashesInLevel, TILE_WIDTH } from './tile.ts'
import type { TileId, TileReader } from './tile.ts'

/** A tile with its hashes, `id.width` times 32 bytes. */
export interface Tile {
  readonly id: TileId
  readonly bytes: Uint8Array
}

/** The tree after it grew: its new size and every tile that is new or became wider. */
export interface GrownTiles {
  readonly size: number
  readonly tiles: readonly Tile[]
}

/**
 * Appends leaves to a tree.
 *
 * Reads only the partial tiles at the right edge, in one call, and gives the tiles to store: each replaces the
 * narrower one of the same level and index. A tile that is already full is never given again. Nothing is stored here.
 *
 * @param size entries in the tree so far
 * @param leafHashes the leaves to append in order, 32 bytes each; together at most 2^53−1
 * @param read gives the partial tiles of the tree so far
 * @returns the new size and the tiles, lower levels first, from left to right
 * @throws TlogError `ERR_TLOG_SIZE`, `ERR_TLOG_HASH`, `ERR_TLOG_TILE`
 * @see C2SP tlog-tiles, "Merkle Tree"
 */
export async function growTiles(
  size: number,
  leafHashes: readonly Uint8Array[],
  read: TileReader,
): Promise<GrownTiles> {
  requireSize(size)
  const newSize = size + leafHashes.length
  requireSize(newSize)
  leafHashes.forEach(requireHash)
  const edge = await readEdge(size, newSize, read)
  const tiles: Tile[] = []
  let added = leafHashes
  for (let level = 0; added.length > 0; level++) {
    const grown = growLevel({ level, before: hashesInLevel(size, level) }, edge[level], added)
    tiles.push(...grown)
    added = grown.filter((tile) => tile.id.width === TILE_WIDTH).map((tile) => foldRow(tile.bytes))
  }
  return { size: newSize, tiles }
}

// Which levels will change follows from the two sizes alone, so all their partial tiles are read at once.
async function readEdge(size: number, newSize: number, read: TileReader): Promise<readonly (Uint8Array | undefined)[]> {
  const wanted: TileId[] = []
  for (let level = 0; hashesInLevel(newSize, level) > hashesInLevel(size, level); level++) {
    const before = hashesInLevel(size, level)
    const width = before % TILE_WIDTH
    if (width > 0) wanted.push({ level, index: Math.floor(before / TILE_WIDTH), width })
  }
  const bytes = await readWhole(wanted, read)
  const edge: (Uint8Array | undefined)[] = []
  wanted.forEach((id, at) => {
    edge[id.level] = bytes[at]
  })
  return edge
}

function growLevel(
  place: { readonly level: number; readonly before: number },
  partial: Uint8Array | undefined,
  added: readonly Uint8Array[],
): readonly Tile[] {
  const firstIndex = Math.floor(place.before / TILE_WIDTH)
  const row = Buffer.concat(partial === undefined ? added : [partial, ...added])
  const tileBytes = TILE_WIDTH * HASH_BYTES
  const tiles: Tile[] = []
  for (let at = 0; at < row.length; at += tileBytes) {
    const bytes = row.subarray(at, at + tileBytes)
    const id = { level: place.level, index: firstIndex + tiles.length, width: bytes.length / HASH_BYTES }
    tiles.push({ id, bytes })
  }
  return tiles
}
