/** How many log indexes one block holds at most. */
export const BLOCK_SIZE = 256

const BYTES_PER_INDEX = 4

/**
 * Formats a block of ascending log indexes as 32-bit little-endian distances from the first one.
 *
 * @param indexes 1 to `BLOCK_SIZE` ascending indexes that lie within 2^32 of each other
 */
export function formatBlock(indexes: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(indexes.length * BYTES_PER_INDEX)
  const view = new DataView(bytes.buffer)
  const first = indexes[0] ?? 0
  for (const [place, index] of indexes.entries()) view.setUint32(place * BYTES_PER_INDEX, index - first, true)
  return bytes
}

/** Reads what `formatBlock` wrote for the block that starts at `first`. */
export function parseBlock(first: number, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const indexes: number[] = []
  for (let offset = 0; offset < bytes.length; offset += BYTES_PER_INDEX) indexes.push(first + view.getUint32(offset, true))
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
