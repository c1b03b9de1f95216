import { TlogError } from './errors.ts'
import { HASH_BYTES, nodeHash } from './hash.ts'
import { tileName, tileOf } from './tile.ts'
import type { Subtree, TileId, TileReader } from './tile.ts'

/** The entries from `from` up to and without `to`; a part of the tree as RFC 6962 splits it. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** The part of a tree whose roots are asked: its size and how to read it. */
export interface TileSource {
  readonly size: number
  readonly read: TileReader
}

/** Gives the roots of ranges, in their order, reading every tile they need once and all in one call. */
export async function rangeRoots(ranges: readonly Range[], source: TileSource): Promise<readonly Uint8Array[]> {
  const parts = ranges.map(completeSubtrees)
  const tiles = await readTiles(parts.flat(), source)
  return parts.map((subtrees) => {
    const roots = subtrees.map((subtree) => subtreeRoot(subtree, source.size, tiles))
    return roots.reduceRight((right, left) => nodeHash(left, right))
  })
}

/** Gives the largest power of two below `n`, where RFC 6962 §2.1 splits a tree of `n` > 1 entries. */
export function splitPoint(n: number): number {
  let split = 1
  while (split * 2 < n) split *= 2
  return split
}

/** Folds the hashes of neighbours, a power of two of them, into the root above them. */
export function foldRow(hashes: Uint8Array): Uint8Array {
  let row: Uint8Array[] = []
  for (let at = 0; at < hashes.length; at += HASH_BYTES) row.push(hashes.subarray(at, at + HASH_BYTES))
  while (row.length > 1) {
    const above: Uint8Array[] = []
    for (let at = 0; at + 1 < row.length; at += 2) above.push(nodeHash(hashAt(row, at), hashAt(row, at + 1)))
    row = above
  }
  return hashAt(row, 0)
}

// A range starts at a multiple of a power of two not below its length, so the binary digits of the length are its parts.
function completeSubtrees(range: Range): readonly Subtree[] {
  const subtrees: Subtree[] = []
  let from = range.from
  while (from < range.to) {
    const height = heightWithin(range.to - from)
    subtrees.push({ height, index: from / 2 ** height })
    from += 2 ** height
  }
  return subtrees
}

// The height of the largest complete subtree that fits into `length` entries.
function heightWithin(length: number): number {
  let height = 0
  while (2 ** (height + 1) <= length) height++
  return height
}

async function readTiles(subtrees: readonly Subtree[], source: TileSource): Promise<ReadonlyMap<string, Uint8Array>> {
  const wanted = new Map<string, TileId>()
  for (const subtree of subtrees) {
    const { id } = tileOf(subtree, source.size)
    wanted.set(tileName(id), id)
  }
  const ids = [...wanted.values()]
  const bytes = await readWhole(ids, source.read)
  return new Map(ids.map((id, at) => [tileName(id), hashAt(bytes, at)]))
}

/** Reads tiles and cuts each to the width asked; throws `ERR_TLOG_TILE` when one is missing or too short. */
export async function readWhole(ids: readonly TileId[], read: TileReader): Promise<readonly Uint8Array[]> {
  if (ids.length === 0) return []
  const tiles = await read(ids)
  return ids.map((id, at) => {
    const bytes = tiles[at]
    const wanted = id.width * HASH_BYTES
    if (bytes === undefined || bytes.length < wanted || bytes.length % HASH_BYTES !== 0) {
      throw new TlogError('ERR_TLOG_TILE', 'The reader gave fewer hashes than the tile has.')
    }
    return bytes.subarray(0, wanted)
  })
}

function subtreeRoot(subtree: Subtree, size: number, tiles: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const { id, offset } = tileOf(subtree, size)
  const tile = tiles.get(tileName(id))
  if (tile === undefined) throw new Error('subtreeRoot: a tile was not read')
  const start = offset * HASH_BYTES
  return foldRow(tile.subarray(start, start + 2 ** (subtree.height % 8) * HASH_BYTES))
}

function hashAt(hashes: readonly Uint8Array[], at: number): Uint8Array {
  const found = hashes[at]
  if (found === undefined) throw new Error('hashAt: no such hash')
  return found
}
