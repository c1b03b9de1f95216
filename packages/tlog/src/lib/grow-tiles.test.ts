import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { growTiles } from './grow-tiles.ts'
import { treeRoot } from './prove.ts'
import { append, makeLeaves, memoryTree, naiveRoot, treeOf } from '../../test/memory-tree.ts'

describe('growTiles', () => {
  test('gives, entry by entry to size 600, the root that RFC 6962 defines', async () => {
    const leaves = makeLeaves(600)
    const tree = memoryTree()
    for (const [index, leaf] of leaves.entries()) {
      await append(tree, [leaf])

      const root = await treeRoot(tree.size, tree.read)
      expect(Buffer.compare(root, naiveRoot(leaves.slice(0, index + 1)))).toBe(0)
    }
  })

  test('makes the same tiles however the entries are cut into batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 6 }), async (batches) => {
        const leaves = makeLeaves(batches.reduce((sum, count) => sum + count, 0))
        const tree = memoryTree()
        for (const count of batches) await append(tree, leaves.slice(tree.size, tree.size + count))

        const atOnce = await treeOf(leaves.length)
        expect(tree.tiles).toEqual(atOnce.tiles)
      }),
      { numRuns: 60 },
    )
  })

  test('closes a full tile and starts the level above it at size 256', async () => {
    const grown = await growTiles(0, makeLeaves(256), memoryTree().read)

    expect(grown.tiles.map((tile) => tile.id)).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
  })

  test('reads only partial tiles at the right edge, all in one call', async () => {
    const tree = await treeOf(257)
    tree.asked.length = 0
    await append(tree, makeLeaves(255))

    expect(tree.asked).toEqual([
      { level: 0, index: 1, width: 1 },
      { level: 1, index: 0, width: 1 },
    ])
  })

  test('gives nothing to store when nothing is appended', async () => {
    const tree = await treeOf(300)

    await expect(growTiles(300, [], tree.read)).resolves.toEqual({ size: 300, tiles: [] })
  })

  test('takes the prefix of a tile that is already wider', async () => {
    const tree = await treeOf(300)
    const older = await treeOf(280)

    const grown = await growTiles(280, makeLeaves(300).slice(280), tree.read)
    const expected = await growTiles(280, makeLeaves(300).slice(280), older.read)
    expect(grown).toEqual(expected)
  })

  test('refuses a tree above 2^53-1 entries, a leaf that is no hash and a tile that is cut short', async () => {
    const code = (value: string): unknown => expect.objectContaining({ code: value })
    const { read } = memoryTree()

    await expect(growTiles(2 ** 53, [], read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(growTiles(2 ** 53 - 1, makeLeaves(1), read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(growTiles(-1, [], read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(growTiles(0, [new Uint8Array(31)], read)).rejects.toEqual(code('ERR_TLOG_HASH'))
    await expect(growTiles(1, makeLeaves(1), read)).rejects.toEqual(code('ERR_TLOG_TILE'))
  })
})
