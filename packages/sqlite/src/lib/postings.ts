/** How many log indexes one block holds at most. */
export const BLOCK_SIZE = 128

const BYTES_PER_INDEX = 4

/**
 * Extends a block of ascending log indexes, stored as 32-bit little-endian distances from its first one.
 *
 * @param first the first index of the block, which is also its place in the table
 * @param block the bytes so far, none for a new block
 * @param indexes ascending, greater than those of the block, less than 2^32 above the first
 */
export function extendBlock(first: number, block: Uint8Array, indexes: readonly number[]): Uint8Array {
  const extended = new Uint8Array(block.length + indexes.length * BYTES_PER_INDEX)
  extended.set(block)
  const view = new DataView(extended.buffer)
  let offset = block.length
  for (const index of indexes) {
    view.setUint32(offset, index - first, true)
    offset += BYTES_PER_INDEX
  }
  return extended
}

/** How many indexes a block holds. */
export function countOf(block: Uint8Array): number {
  return block.length / BYTES_PER_INDEX
}

/** The greatest index of the block that starts at `first`. */
export function lastIndexOf(first: number, block: Uint8Array): number {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  return block.length === 0 ? -1 : first + view.getUint32(block.length - BYTES_PER_INDEX, true)
}

/** Reads the indexes of the block that starts at `first`. */
export function parseBlock(first: number, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const indexes: number[] = []
  for (let offset = 0; offset < bytes.length; offset += BYTES_PER_INDEX)
    indexes.push(first + view.getUint32(offset, true))
  return indexes
}

/** The greatest of ascending indexes below a bound, or undefined. */
export function greatestBelow(indexes: readonly number[], below: number): number | undefined {
  let low = 0
  let high = indexes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((indexes[middle] ?? below) < below) low = middle + 1
    else high = middle
  }
  return indexes[low - 1]
}
