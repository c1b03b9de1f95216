import type { StoredEntry } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { bodiesOf, entriesOf, parseChunk } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import { LogStart } from './log-start.ts'
import { optionalNumberOf } from './rows.ts'

const COLUMNS = 'last, sizes, heads, bodies'

/** A part of a chunk: the entries from an index up to, not including, another. */
export interface Part {
  readonly chunk: Chunk
  readonly from: number
  readonly to: number
}

/** Reads the log in every direction. What takes the beginning of the log into account belongs inside a transaction. */
export class LogReader {
  readonly #start: LogStart
  readonly #ascending: StatementSync
  readonly #descending: StatementSync
  readonly #at: StatementSync
  readonly #size: StatementSync

  constructor(db: DatabaseSync) {
    this.#start = new LogStart(db)
    this.#ascending = db.prepare(`SELECT ${COLUMNS} FROM chunks WHERE last >= ? ORDER BY last`)
    // Without numbers: Node 22.13 takes numbered parameters for named ones.
    this.#descending = db.prepare(
      `SELECT ${COLUMNS} FROM chunks WHERE last >= ? AND last <= ifnull((SELECT min(last) FROM chunks WHERE last >= ?), ?)
       ORDER BY last DESC`,
    )
    this.#at = db.prepare(`SELECT ${COLUMNS} FROM chunks WHERE last >= ? ORDER BY last LIMIT 1`)
    this.#size = db.prepare('SELECT max(last) AS last FROM chunks')
  }

  first(): number {
    return this.#start.read()
  }

  size(): number {
    const row = this.#size.get()
    const last = row === undefined ? undefined : optionalNumberOf(row, 'last')
    // Of a log that was dropped to its end no row may be left.
    return Math.max(this.first(), last === undefined ? 0 : last + 1)
  }

  read(from: number, limit: number): StoredEntry[] {
    const found: StoredEntry[] = []
    for (const part of this.oldestFirst(Math.max(from, this.first()))) {
      const to = Math.min(part.to, part.from + limit - found.length)
      found.push(...entriesOf(part.chunk, part.from, to))
      if (found.length === limit) break
    }
    return found
  }

  readBytes(from: number, limit: number): Uint8Array[] {
    const found: Uint8Array[] = []
    if (from < this.first()) return found
    for (const part of this.oldestFirst(from)) {
      if (part.from !== from + found.length) break
      const to = Math.min(part.to, part.from + limit - found.length)
      for (const bytes of bodiesOf(part.chunk, part.from, to)) found.push(bytes)
      if (found.length === limit) break
    }
    return found
  }

  /** The chunk that holds an index, or the next one if there is a gap. */
  chunkAt(index: number): Chunk | undefined {
    const row = this.#at.get(index)
    return row === undefined ? undefined : parseChunk(row)
  }

  /** All entries from an index on, chunk by chunk, and dropped ones as long as they are there. */
  *oldestFirst(from: number): Generator<Part> {
    let next = from
    for (const row of this.#ascending.iterate(from)) {
      const chunk = parseChunk(row)
      yield { chunk, from: Math.max(next, chunk.first), to: chunk.last + 1 }
      next = chunk.last + 1
    }
  }

  /** The entries from an index up to, not including, another, the newest chunk first. */
  *newestFirst(from: number, to: number): Generator<Part> {
    let held: Chunk | undefined
    const partOf = (chunk: Chunk, floor: number): Part => {
      return { chunk, from: Math.max(floor, chunk.first), to: Math.min(to, chunk.last + 1) }
    }
    for (const row of this.#descending.iterate(from, to - 1, to - 1)) {
      const chunk = parseChunk(row)
      if (held !== undefined) yield partOf(held, chunk.last + 1)
      held = chunk
    }
    if (held !== undefined) yield partOf(held, from)
  }
}
