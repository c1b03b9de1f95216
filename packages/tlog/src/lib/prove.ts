import { TlogError } from './errors.ts'
import { EMPTY_ROOT } from './hash.ts'
import { rangeRoots, splitPoint } from './ranges.ts'
import { requireSize } from './size.ts'
import type { Range } from './ranges.ts'
import type { TileReader } from './tile.ts'

/**
 * Computes the root of a tree from its tiles.
 *
 * @param size entries in the tree, 0 to 2^53−1
 * @param read gives the tiles of a tree of at least that size
 * @returns 32 bytes; `EMPTY_ROOT` for size 0
 * @throws TlogError `ERR_TLOG_SIZE`, `ERR_TLOG_TILE`
 * @see RFC 6962 §2.1
 */
export async function treeRoot(size: number, read: TileReader): Promise<Uint8Array> {
  requireSize(size)
  if (size === 0) return EMPTY_ROOT
  const [root] = await rangeRoots([{ from: 0, to: size }], { size, read })
  if (root === undefined) throw new Error('treeRoot: one range has one root')
  return root
}

/**
 * Proves that an entry stands at its place in a tree.
 *
 * @param index the entry's index, below `size`
 * @param size entries in the tree, 1 to 2^53−1
 * @param read gives the tiles of a tree of at least that size
 * @returns the hashes beside the way from the leaf to the root, the lowest first, at most 53; for `checkInclusion`
 * @throws TlogError `ERR_TLOG_SIZE` when there is no such entry, `ERR_TLOG_TILE`
 * @see RFC 6962 §2.1.1
 */
export async function proveInclusion(index: number, size: number, read: TileReader): Promise<readonly Uint8Array[]> {
  requireSize(size)
  requireSize(index)
  if (index >= size) throw new TlogError('ERR_TLOG_SIZE', 'The index is not below the tree size.')
  return rangeRoots(inclusionRanges(index, size), { size, read })
}

/**
 * Proves that a tree only grew: that its first `from` entries are those of the tree of that size.
 *
 * @param from entries in the older tree, at least 1: every tree continues the empty one, so there is nothing to prove
 * @param to entries in the newer tree, `from` to 2^53−1
 * @param read gives the tiles of a tree of at least size `to`
 * @returns at most 54 hashes, none when the sizes are equal; for `checkConsistency`
 * @throws TlogError `ERR_TLOG_SIZE` when `from` is 0 or above `to`, `ERR_TLOG_TILE`
 * @see RFC 6962 §2.1.2
 */
export async function proveConsistency(from: number, to: number, read: TileReader): Promise<readonly Uint8Array[]> {
  requireSize(from)
  requireSize(to)
  if (from === 0 || from > to) throw new TlogError('ERR_TLOG_SIZE', 'The older size must be 1 to the newer size.')
  return rangeRoots(consistencyRanges(from, to), { size: to, read })
}

// Walks from the root down and notes the other half each time, so the list is turned round at the end.
function inclusionRanges(index: number, size: number): readonly Range[] {
  const ranges: Range[] = []
  let part: Range = { from: 0, to: size }
  while (part.to - part.from > 1) {
    const middle = part.from + splitPoint(part.to - part.from)
    const left = { from: part.from, to: middle }
    const right = { from: middle, to: part.to }
    ranges.push(index < middle ? right : left)
    part = index < middle ? left : right
  }
  return ranges.reverse()
}

function consistencyRanges(from: number, to: number): readonly Range[] {
  const ranges: Range[] = []
  let part: Range = { from: 0, to }
  while (part.to !== from) {
    const middle = part.from + splitPoint(part.to - part.from)
    const left = { from: part.from, to: middle }
    const right = { from: middle, to: part.to }
    ranges.push(from <= middle ? right : left)
    part = from <= middle ? left : right
  }
  // The checker knows the older root; what ends at `from` must be named unless it is that whole older tree.
  if (part.from !== 0) ranges.push(part)
  return ranges.reverse()
}
