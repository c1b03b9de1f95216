import { EMPTY_ROOT, nodeHash } from '@sallyport/tlog'

const TILE_HEIGHT = 8

/** A tree that grows leaf by leaf in the memory of its right edge: at most 53 hashes. */
export interface Frontier {
  readonly push: (leaf: Uint8Array) => void
  /** Gives the root over all leaves so far. */
  readonly root: () => Uint8Array
}

/** Takes every hash that stands in a tile: the tile level, its index in the level from the left, the hash. */
export type TileHashSink = (level: number, index: number, hash: Uint8Array) => void

/**
 * Makes a tree to be computed from entries alone.
 *
 * @param sink is told every hash that belongs into a tile, as soon as it is known
 * @see RFC 6962 §2.1
 */
export function createFrontier(sink: TileHashSink): Frontier {
  // Complete subtrees, the largest first; no two of one height remain.
  const edge: { readonly height: number; readonly hash: Uint8Array }[] = []
  let size = 0

  const settle = (height: number, hash: Uint8Array): void => {
    if (height % TILE_HEIGHT === 0) sink(height / TILE_HEIGHT, Math.floor(size / 2 ** height), hash)
    const left = edge.at(-1)
    if (left?.height !== height) {
      edge.push({ height, hash })
      return
    }
    edge.pop()
    settle(height + 1, nodeHash(left.hash, hash))
  }

  return {
    push: (leaf) => {
      settle(0, leaf)
      size++
    },
    root: () =>
      size === 0 ? EMPTY_ROOT : edge.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right)),
  }
}
