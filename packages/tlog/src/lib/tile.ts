/** Hashes in a full tile. */
export const TILE_WIDTH = 256

/**
 * Names a tile of the tree, or what there is of it.
 *
 * Hash `i` of tile `index` at `level` is the root over the entries from (256 · index + i) · 256^level to the next one.
 *
 * @see C2SP tlog-tiles, "Merkle Tree"
 */
export interface TileId {
  /** 0 (leaf hashes) to 63. */
  readonly level: number
  /** Counts the tiles of a level from the left, from 0. */
  readonly index: number
  /** How many hashes, 1 to 256; fewer than 256 only at the right edge. */
  readonly width: number
}

/**
 * Reads tiles: for each asked one, in the order asked, its hashes one after the other, 32 bytes each.
 *
 * A reader may give a wider tile than asked, because a tile only ever grows to the right; the first `width` hashes
 * count. It rejects when it has no such tile. What it gives is checked for length, not believed: a wrong hash makes a
 * wrong root.
 */
export type TileReader = (tiles: readonly TileId[]) => Promise<readonly Uint8Array[]>

/** A subtree that is complete: `height` 0 is a leaf, `index` counts those of one height from the left. */
export interface Subtree {
  readonly height: number
  readonly index: number
}

/** Gives the tile of a tree of `size` in which the hashes below a complete subtree stand, and where in it. */
export function tileOf(subtree: Subtree, size: number): { readonly id: TileId; readonly offset: number } {
  const level = Math.floor(subtree.height / 8)
  const first = subtree.index * 2 ** (subtree.height % 8)
  const index = Math.floor(first / TILE_WIDTH)
  const inLevel = hashesInLevel(size, level)
  return {
    id: { level, index, width: Math.min(TILE_WIDTH, inLevel - index * TILE_WIDTH) },
    offset: first % TILE_WIDTH,
  }
}

/** Counts the hashes at a tile level of a tree: its complete subtrees of 256^level entries. */
export function hashesInLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** Names a tile whatever its width, for use in a map. */
export function tileName(id: TileId): string {
  return `${id.level}/${id.index}`
}
