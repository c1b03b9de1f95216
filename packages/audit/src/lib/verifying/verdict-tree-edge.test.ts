import { createMemoryStore, type Key, type Store } from '@sallyport/store'
import { growTiles, leafHash } from '@sallyport/tlog'
import { describe, expect, test } from 'vitest'
import { putTile, tileKey } from '../signing/tree-store.ts'
import { hasTreeBeyond } from './verdict-tree-edge.ts'

const SIZES = [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537]

describe('hasTreeBeyond', () => {
  test('finds every tree to end where it does, and to go on beyond every smaller size', async () => {
    for (const size of SIZES) {
      const store = await treeOf(size)

      expect(await hasTreeBeyond(store, size)).toBe(false)
      for (const smaller of SIZES.filter((one) => one < size)) expect(await hasTreeBeyond(store, smaller)).toBe(true)
    }
  })

  test('finds a tile that is not of the tree on any level, however far away', async () => {
    const strays: readonly Key[] = [
      tileKey({ level: 0, index: 2 }),
      tileKey({ level: 0, index: 999_999 }),
      tileKey({ level: 1, index: 1 }),
      tileKey({ level: 2, index: 0 }),
      tileKey({ level: 6, index: 7 }),
      ['ledger', 'tile', '00', 'z'],
    ]
    for (const key of strays) {
      const store = await treeOf(300)
      await store.commit({ id: 'stray', writes: [{ op: 'put', key, value: null, expect: null }], entries: [] })

      expect(await hasTreeBeyond(store, 300)).toBe(true)
    }
  })

  test('takes tiles that are missing or damaged for no more than they are', async () => {
    const store = await treeOf(300)
    const [found] = await store.get([tileKey({ level: 0, index: 1 })])
    const damage = {
      op: 'put',
      key: tileKey({ level: 0, index: 1 }),
      value: '?',
      expect: found?.version ?? null,
    } as const
    await store.commit({ id: 'damage', writes: [damage], entries: [] })

    expect(await hasTreeBeyond(store, 300)).toBe(false)
    expect(await hasTreeBeyond(createMemoryStore(), 300)).toBe(false)
  })
})

async function treeOf(size: number): Promise<Store> {
  const leaves = Array.from({ length: size }, (_, index) => leafHash(Buffer.from(String(index))))
  const { tiles } = await growTiles(0, leaves, async () => [])
  const store = createMemoryStore()
  for (let from = 0; from < tiles.length; from += 100) {
    const writes = tiles.slice(from, from + 100).map((tile) => putTile(tile, null))
    await store.commit({ id: `tiles-${from}`, writes, entries: [] })
  }
  return store
}
