import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkConsistency, checkInclusion } from './check.ts'
import { EMPTY_ROOT } from './hash.ts'
import { proveConsistency, proveInclusion, treeRoot } from './prove.ts'
import { makeLeaves, memoryTree, naiveRoot, treeOf } from '../../test/memory-tree.ts'

const LEAVES = makeLeaves(64)
const ROOTS = Array.from({ length: 65 }, (_, size) => naiveRoot(LEAVES.slice(0, size)))
const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('treeRoot', () => {
  test('v5.0.0-11.4.3 is the root of RFC 6962 for every size from 0 to 64', async () => {
    const { read } = await treeOf(64)
    for (const [size, expected] of ROOTS.entries()) {
      expect(Buffer.compare(await treeRoot(size, read), expected)).toBe(0)
    }
  })

  test('is the hash of nothing for an empty tree and reads no tile for it', async () => {
    const tree = memoryTree()

    await expect(treeRoot(0, tree.read)).resolves.toBe(EMPTY_ROOT)
    expect(tree.asked).toEqual([])
  })

  test('reads no more than the right edge of a large tree, in one call', async () => {
    const tree = await treeOf(70_000)
    tree.asked.length = 0
    await treeRoot(70_000, tree.read)

    expect(tree.asked).toEqual([
      { level: 2, index: 0, width: 1 },
      { level: 1, index: 1, width: 17 },
      { level: 0, index: 273, width: 112 },
    ])
  })

  test('refuses a size above 2^53-1', async () => {
    await expect(treeRoot(2 ** 53, memoryTree().read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
  })
})

describe('proveInclusion', () => {
  test('proves every index of every size from 1 to 64, and every single changed hash refuses', async () => {
    const { read } = await treeOf(64)
    for (let size = 1; size <= 64; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await proveInclusion(index, size, read)
        const claim = { index, size, leafHash: at(LEAVES, index), proof, root: at(ROOTS, size) }

        expect(checkInclusion(claim)).toBe(true)
        expect(mutations(proof).some((changed) => checkInclusion({ ...claim, proof: changed }))).toBe(false)
      }
    }
  })

  test('proves nothing about another index, another leaf or another root', async () => {
    const { read } = await treeOf(64)
    for (let size = 2; size <= 64; size++) {
      const proof = await proveInclusion(1, size, read)
      const claim = { index: 1, size, leafHash: at(LEAVES, 1), proof, root: at(ROOTS, size) }

      expect(checkInclusion({ ...claim, index: 0 })).toBe(false)
      expect(checkInclusion({ ...claim, leafHash: at(LEAVES, 0) })).toBe(false)
      expect(checkInclusion({ ...claim, root: at(ROOTS, size - 1) })).toBe(false)
    }
  })

  test('proves entries of large trees', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), fc.nat(), async (size, seed) => {
        const index = seed % size
        const leaves = makeLeaves(size)
        const { read } = await treeOf(size)

        const proof = await proveInclusion(index, size, read)
        const root = naiveRoot(leaves)
        expect(checkInclusion({ index, size, leafHash: at(leaves, index), proof, root })).toBe(true)
      }),
      { numRuns: 40 },
    )
  })

  test('reads from a wider tree than it proves', async () => {
    const { read } = await treeOf(2_000)
    const proof = await proveInclusion(3, 300, read)
    const root = naiveRoot(makeLeaves(300))

    expect(checkInclusion({ index: 3, size: 300, leafHash: at(LEAVES, 3), proof, root })).toBe(true)
  })

  test('refuses an index that is not in the tree', async () => {
    const { read } = await treeOf(4)

    await expect(proveInclusion(4, 4, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(proveInclusion(-1, 4, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(proveInclusion(0, 2 ** 53, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
  })
})

describe('proveConsistency', () => {
  test('proves every pair of sizes to 64, and every single changed hash refuses', async () => {
    const { read } = await treeOf(64)
    for (let to = 1; to <= 64; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = await proveConsistency(from, to, read)
        const claim = { from, to, fromRoot: at(ROOTS, from), toRoot: at(ROOTS, to), proof }

        expect(checkConsistency(claim)).toBe(true)
        expect(mutations(proof).some((changed) => checkConsistency({ ...claim, proof: changed }))).toBe(false)
      }
    }
  })

  test('proves nothing about a tree with another past or another present', async () => {
    const { read } = await treeOf(64)
    for (let from = 1; from < 64; from++) {
      const proof = await proveConsistency(from, 64, read)
      const claim = { from, to: 64, fromRoot: at(ROOTS, from), toRoot: at(ROOTS, 64), proof }

      expect(checkConsistency({ ...claim, fromRoot: at(ROOTS, from - 1) })).toBe(false)
      expect(checkConsistency({ ...claim, toRoot: at(ROOTS, 63) })).toBe(false)
    }
  })

  test('proves the growth of large trees', async () => {
    const { read } = await treeOf(70_000)
    const roots = new Map<number, Uint8Array>()
    const root = async (size: number): Promise<Uint8Array> => roots.get(size) ?? treeRoot(size, read)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 70_000 }), async (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a]

        const proof = await proveConsistency(from, to, read)
        const claim = { from, to, fromRoot: await root(from), toRoot: await root(to), proof }
        expect(checkConsistency(claim)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  test('refuses size 0, a shrinking tree and a size above 2^53-1', async () => {
    const { read } = await treeOf(4)

    await expect(proveConsistency(0, 4, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(proveConsistency(4, 3, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
    await expect(proveConsistency(1, 2 ** 53, read)).rejects.toEqual(code('ERR_TLOG_SIZE'))
  })
})

/** Every proof with one bit of one hash changed, one hash left out, doubled or cut, and one more at either end. */
function mutations(proof: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const extra = at(LEAVES, 63)
  const changed = proof.flatMap((hash, index) => [
    proof.with(index, flipBit(hash)),
    proof.with(index, hash.subarray(1)),
    proof.toSpliced(index, 1),
    proof.toSpliced(index, 0, hash),
  ])
  return [...changed, [...proof, extra], [extra, ...proof]]
}

function flipBit(hash: Uint8Array): Uint8Array {
  return hash.map((byte, index) => (index === 17 ? byte ^ 1 : byte))
}

function at(hashes: readonly Uint8Array[], index: number): Uint8Array {
  const found = hashes[index]
  if (found === undefined) throw new Error('no such hash')
  return found
}
