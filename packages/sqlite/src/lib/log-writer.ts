import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { CHUNK_ENTRIES, formatSizes, parseHead } from './chunk.ts'
import { LogIndex } from './log-index.ts'
import { LogPruner } from './log-pruner.ts'
import { LogReader } from './log-reader.ts'
import { LogStart } from './log-start.ts'
import { LogTail } from './log-tail.ts'

// What is read at once of what the index does not cover: only after it was reset is it more.
const CATCH_UP_ENTRIES = 16_384

/** The entries of one commit: their heads, their sizes, and their bytes one after the other, a part of the batch's. */
export interface NewEntries {
  readonly heads: readonly string[]
  readonly sizes: readonly number[]
  readonly bodies: Uint8Array
}

/**
 * Appends entries to the log. Those of all commits of a transaction are gathered and written together by `flush`, in as
 * few rows as they fit into; after a failed transaction the whole object is thrown away with its connection.
 */
export class LogWriter {
  readonly index: LogIndex
  readonly pruner: LogPruner
  readonly #tail = new LogTail()
  readonly #log: LogReader
  readonly #start: LogStart
  readonly #insert: StatementSync
  #heads: string[] = []
  #sizes: number[] = []
  #bodies: Uint8Array[] = []

  constructor(db: DatabaseSync) {
    this.index = new LogIndex(db, this.#tail)
    this.pruner = new LogPruner(db, this.index.ids)
    this.#log = new LogReader(db)
    this.#start = new LogStart(db)
    this.#insert = db.prepare('INSERT INTO chunks (last, sizes, heads, bodies) VALUES (?, ?, ?, ?)')
    this.pruner.begins(this.#start.read())
  }

  /** The index of the first entry that was not dropped. */
  get first(): number {
    return this.#tail.first
  }

  /** The index of the entry to come. */
  get next(): number {
    return this.#tail.next
  }

  /** Reads what others have appended. Call it inside a transaction that holds the write lock. */
  catchUp(): void {
    this.index.catchUp()
    this.#begins(this.#start.read())
    while (this.#readOn()) while (this.index.isDue) this.index.step()
  }

  /** Takes the entries of one commit. Gives the index of the first, or tells that the log holds one of the ids already. */
  append({ heads, sizes, bodies }: NewEntries): number | 'repeated_entry' {
    const parsed = heads.map(parseHead)
    if (parsed.some(([id]) => this.#tail.hasId(id) || this.index.ids.has(id))) return 'repeated_entry'
    const firstIndex = this.#tail.next
    for (const head of parsed) this.#tail.push(head)
    for (const head of heads) this.#heads.push(head)
    for (const size of sizes) this.#sizes.push(size)
    this.#bodies.push(bodies)
    return firstIndex
  }

  /** Drops the entries below an index, which is at most `next`. */
  drop(below: number): void {
    this.#start.write(below)
    this.#begins(below)
  }

  /** Writes what was appended. */
  flush(): void {
    const [heads, sizes, bodies] = [this.#heads, this.#sizes, joinAdjacent(this.#bodies)]
    const first = this.#tail.next - heads.length
    let offset = 0
    for (let from = 0; from < heads.length; from += CHUNK_ENTRIES) {
      const ofChunk = sizes.slice(from, from + CHUNK_ENTRIES)
      const end = ofChunk.reduce((sum, size) => sum + size, offset)
      const lines = heads.slice(from, from + CHUNK_ENTRIES).join('\n')
      this.#insert.run(first + from + ofChunk.length - 1, formatSizes(ofChunk), lines, bodies.subarray(offset, end))
      offset = end
    }
    this.#heads = []
    this.#sizes = []
    this.#bodies = []
  }

  #begins(first: number): void {
    this.#tail.begins(first)
    this.pruner.begins(first)
  }

  // Tells whether there may be more.
  #readOn(): boolean {
    const end = this.#tail.next + CATCH_UP_ENTRIES
    for (const { chunk, from, to } of this.#log.oldestFirst(this.#tail.next)) {
      for (const line of chunk.heads.split('\n').slice(from - chunk.first, to - chunk.first)) {
        this.#tail.push(parseHead(line))
      }
      if (this.#tail.next >= end) return true
    }
    return false
  }
}

// The bytes of commits that follow one another in a batch are one piece already, unless one between was refused.
function joinAdjacent(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  const last = pieces.at(-1)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (first === undefined || last === undefined) return new Uint8Array(0)
  const isOnePiece = last.byteOffset + last.length - first.byteOffset === length
  return isOnePiece ? new Uint8Array(first.buffer, first.byteOffset, length) : Buffer.concat(pieces)
}
