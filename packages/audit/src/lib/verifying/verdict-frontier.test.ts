import { EMPTY_ROOT, growTiles, leafHash, treeRoot, type TileReader } from '@sallyport/tlog'
import { describe, expect, test } from 'vitest'
import { createFrontier } from './verdict-frontier.ts'

const LEAVES = Array.from({ length: 66_000 }, (_, index) => leafHash(Buffer.from(String(index))))

describe('createFrontier', () => {
  test('has the root of nothing before the first leaf', () => {
    expect(createFrontier(() => undefined).root()).toBe(EMPTY_ROOT)
  })

  test('gives the root and every tile hash of the tree that tiles make', async () => {
    const { tiles } = await growTiles(0, LEAVES, async () => [])
    const stored = new Map(tiles.map((tile) => [`${tile.id.level}/${tile.id.index}`, tile.bytes]))
    const read: TileReader = async (ids) => ids.map((id) => stored.get(`${id.level}/${id.index}`) ?? new Uint8Array())
    const wrong: string[] = []
    const frontier = createFrontier((level, index, hash) => {
      const tile = stored.get(`${level}/${Math.floor(index / 256)}`) ?? new Uint8Array()
      const at = (index % 256) * 32
      if (Buffer.compare(tile.subarray(at, at + 32), hash) !== 0) wrong.push(`${level}/${index}`)
    })
    for (const [index, leaf] of LEAVES.entries()) {
      frontier.push(leaf)
      if (index % 997 !== 0) continue
      expect(Buffer.compare(frontier.root(), await treeRoot(index + 1, read))).toBe(0)
    }

    expect(wrong).toEqual([])
  })

  test('tells every tile hash once: of 66,000 leaves, 257 of level 1 and one of level 2', () => {
    const told = [0, 0, 0, 0]
    const frontier = createFrontier((level) => {
      told[level] = (told[level] ?? 0) + 1
    })
    for (const leaf of LEAVES) frontier.push(leaf)

    expect(told).toEqual([66_000, 257, 1, 0])
  })
})
