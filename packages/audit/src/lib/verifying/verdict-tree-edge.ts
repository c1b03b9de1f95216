import type { Store } from '@sallyport/store'
import { parseTile, TILE_PREFIX, tileKey } from '../signing/tree-store.ts'

const TILE_WIDTH = 256
const HASH_BYTES = 32

/** Tells whether a stored tree goes on beyond so many entries, on any level: with more hashes in a tile, or more tiles. */
export async function hasTreeBeyond(store: Store, size: number): Promise<boolean> {
  for (let level = 0; ; level++) {
    const count = Math.floor(size / TILE_WIDTH ** level)
    const levelKey = tileKey({ level, index: 0 }).slice(0, -1)
    // All tiles of this level and of those above it come after this key.
    if (count === 0) return (await store.list(TILE_PREFIX, { after: levelKey, limit: 1 })).length > 0
    const index = Math.floor((count - 1) / TILE_WIDTH)
    const edge = tileKey({ level, index })
    const [record] = await store.get([edge])
    const width = (record === undefined ? 0 : (parseTile(record.value)?.length ?? 0)) / HASH_BYTES
    if (width > count - index * TILE_WIDTH) return true
    if ((await store.list(levelKey, { after: edge, limit: 1 })).length > 0) return true
  }
}
