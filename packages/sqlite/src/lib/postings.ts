import { TAGS } from '@sallyport/store'
import { endianness } from 'node:os'

/**
 * How many entries a run of postings covers, by level. Runs are aligned: run n of a level covers the entries from n times
 * the size on. 32 runs of a level become one of the next.
 */
export const RUN_SIZES = [256, 8_192, 262_144] as const

// More than the largest run has entries, and less than what leaves room for a hash in the 53 bits of an exact number.
const SCALE = 2 ** 18
// With these a row fits into a page and a half.
const ROW_POSTINGS = 640
const BYTES_PER_POSTING = 8
const IS_BIG_ENDIAN = endianness() === 'BE'
const TAG_NUMBERS: ReadonlyMap<string, number> = new Map(TAGS.map((name, place) => [name, place]))

/** The number under which a tag stands in the index, or -1 for what is no tag. */
export function tagNumber(name: string): number {
  return TAG_NUMBERS.get(name) ?? -1
}

/** The 32 bits by which a tag's value is looked up (FNV-1a); who uses them compares the value itself afterwards. */
export function hashOf(value: string): number {
  let hash = 0x81_1c_9d_c5
  for (let place = 0; place < value.length; place++) {
    hash = Math.imul(hash ^ value.charCodeAt(place), 0x01_00_01_93)
  }
  return hash >>> 0
}

/** A posting: the hash of a value and where in its run an entry stands that bears it, as one number that sorts by both. */
export function postingOf(hash: number, offset: number): number {
  return hash * SCALE + offset
}

/** The offset in a posting, if the posting is of the hash. */
export function offsetOf(posting: number, hash: number): number | undefined {
  const offset = posting - hash * SCALE
  return offset >= 0 && offset < SCALE ? offset : undefined
}

/** Cuts sorted postings into pieces of a row each. */
export function* cutRows(postings: Float64Array): Generator<Float64Array> {
  for (let from = 0; from < postings.length; from += ROW_POSTINGS) yield postings.subarray(from, from + ROW_POSTINGS)
}

/** The bytes of a row: little-endian doubles. */
export function formatPostings(postings: Float64Array): Uint8Array {
  const bytes = Buffer.from(postings.buffer, postings.byteOffset, postings.byteLength)
  return IS_BIG_ENDIAN ? Buffer.from(bytes).swap64() : bytes
}

/** Reads the bytes of a row. */
export function parsePostings(body: Uint8Array): Float64Array {
  // A copy, because only one that starts at a multiple of eight can be read as numbers.
  const bytes = Uint8Array.from(body)
  if (IS_BIG_ENDIAN) Buffer.from(bytes.buffer).swap64()
  return new Float64Array(bytes.buffer, 0, Math.floor(bytes.length / BYTES_PER_POSTING))
}

/** How many of sorted postings are less than a bound. */
export function countBelow(postings: Float64Array, bound: number): number {
  let low = 0
  let high = postings.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((postings[middle] ?? bound) < bound) low = middle + 1
    else high = middle
  }
  return low
}
