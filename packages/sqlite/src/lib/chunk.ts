import type { Entry, StoredEntry } from '@sallyport/store'
import { bytesOf, numberOf, parseJson, textOf } from './rows.ts'
import type { Row } from './rows.ts'

/** How many entries a row of the log holds at most; it holds fewer when a batch brings fewer. */
export const CHUNK_ENTRIES = 32

const BYTES_PER_SIZE = 2

/** What is kept of an entry beside its bytes; a line of JSON. */
export type Head = readonly [id: string, at: number, tags: Entry['tags']]

/**
 * A row of the log: entries that stand side by side. `heads` has a line for each, `bodies` the bytes of all one after the
 * other, `sizes` how many bytes each of them has, as 16-bit little-endian numbers.
 *
 * Of several rows that claim an index (there are none unless somebody put them there) the one that ends first has it,
 * however the log is read.
 */
export interface Chunk {
  readonly first: number
  readonly last: number
  readonly sizes: Buffer
  readonly heads: string
  readonly bodies: Uint8Array
}

/** The line that keeps an entry's id, time and tags. */
export function formatHead({ id, at, tags }: Entry): string {
  return JSON.stringify([id, at, tags])
}

/** Reads such a line. A damaged one says nothing: the entry's bytes are still there, and a verifier names the difference. */
export function parseHead(line: string): Head {
  const head = parseJson(line)
  if (!Array.isArray(head)) return ['', 0, {}]
  const [id, at, tags]: unknown[] = head
  return [
    typeof id === 'string' ? id : '',
    typeof at === 'number' ? at : 0,
    typeof tags === 'object' && tags !== null ? tags : {},
  ]
}

/** Packs the sizes of entries. */
export function formatSizes(sizes: readonly number[]): Uint8Array {
  const packed = Buffer.allocUnsafe(sizes.length * BYTES_PER_SIZE)
  for (const [place, size] of sizes.entries()) packed.writeUInt16LE(size, place * BYTES_PER_SIZE)
  return packed
}

/** Reads a row with the columns `last`, `sizes`, `heads` and `bodies`. */
export function parseChunk(row: Row): Chunk {
  const last = numberOf(row, 'last')
  const packed = bytesOf(row, 'sizes')
  const sizes = Buffer.from(packed.buffer, packed.byteOffset, packed.length)
  const first = last + 1 - Math.floor(sizes.length / BYTES_PER_SIZE)
  return { first, last, sizes, heads: textOf(row, 'heads'), bodies: bytesOf(row, 'bodies') }
}

/** The bytes of the entries from one index up to, not including, another; both within the chunk. */
export function bodiesOf({ first, sizes, bodies }: Chunk, from: number, to: number): Uint8Array[] {
  const found: Uint8Array[] = []
  let offset = 0
  for (let index = first; index < to; index++) {
    const end = offset + sizes.readUInt16LE((index - first) * BYTES_PER_SIZE)
    if (index >= from) found.push(bodies.subarray(offset, end))
    offset = end
  }
  return found
}

/** The entries from one index up to, not including, another; both within the chunk. */
export function entriesOf(chunk: Chunk, from: number, to: number): StoredEntry[] {
  const lines = chunk.heads.split('\n')
  return bodiesOf(chunk, from, to).map((bytes, place) => {
    const [id, at, tags] = parseHead(lines[from + place - chunk.first] ?? '')
    return { id, index: from + place, at, bytes, tags }
  })
}
