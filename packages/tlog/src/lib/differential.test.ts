import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { proveConsistency, proveInclusion, treeRoot } from './prove.ts'
import { makeLeaves, treeOf } from '../../test/memory-tree.ts'
import { NaiveTree } from '../../test/naive-tree.ts'

const SIZES = 4_096
const LARGE = 70_000

describe('roots and proofs over tiles', () => {
  test('are those of a naive tree for every size to 4,096: the root, the first, last and a middle entry, a growth', async () => {
    const { read } = await treeOf(SIZES)
    const naive = new NaiveTree(makeLeaves(SIZES))
    for (let size = 1; size <= SIZES; size++) {
      const from = 1 + ((size * 7_919) % size)

      expect(hex([await treeRoot(size, read)])).toEqual(hex([naive.root(0, size)]))
      expect(hex(await proveConsistency(from, size, read))).toEqual(hex(naive.consistency(from, size)))
      for (const index of [0, (size * 6_151) % size, size - 1]) {
        expect(hex(await proveInclusion(index, size, read))).toEqual(hex(naive.path(index, 0, size)))
      }
    }
  })

  test('are those of a naive tree for thousands of pairs in a large one (property)', async () => {
    const { read } = await treeOf(LARGE)
    const naive = new NaiveTree(makeLeaves(LARGE))
    const size = fc.integer({ min: 1, max: LARGE })
    await fc.assert(
      fc.asyncProperty(size, size, async (one, other) => {
        const [from, to] = one < other ? [one, other] : [other, one]

        expect(hex(await proveConsistency(from, to, read))).toEqual(hex(naive.consistency(from, to)))
        expect(hex(await proveInclusion(from - 1, to, read))).toEqual(hex(naive.path(from - 1, 0, to)))
      }),
      { numRuns: 2_000 },
    )
  })
})

function hex(hashes: readonly Uint8Array[]): readonly string[] {
  return hashes.map((hash) => Buffer.from(hash).toString('hex'))
}
