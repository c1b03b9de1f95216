import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { countBelow, hashOf, offsetOf, parsePostings, postingOf, RUN_SIZES, tagNumber } from './postings.ts'
import { bytesOf, numberOf } from './rows.ts'

const NOTHING: Float64Array = new Float64Array(0)

/** A set of log indexes that is walked from the newest down. */
export interface Cursor {
  /** The greatest index of the set below a bound, or undefined. Bounds must not grow from call to call. */
  seek(below: number): number | undefined
}

/** The part of the log that the runs of one level cover. */
export interface Segment {
  readonly level: number
  readonly size: number
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** Reads the postings of tags, run by run from the newest. */
export class PostingReader {
  readonly #progress: StatementSync
  readonly #select: StatementSync
  #segments: readonly Segment[] = []

  constructor(db: DatabaseSync) {
    this.#progress = db.prepare('SELECT indexed FROM progress ORDER BY level')
    this.#select = db.prepare(
      'SELECT body FROM postings WHERE level = ? AND run = ? AND tag = ? AND low < ? ORDER BY low DESC LIMIT 1',
    )
  }

  /**
   * Looks anew what the index covers of the log from an index on, the newest part first. Call it inside the read
   * transaction of a search.
   */
  segments(first: number): readonly Segment[] {
    const ends = this.#progress.all().map((row) => numberOf(row, 'indexed'))
    this.#segments = RUN_SIZES.map((size, level) => {
      return { level, size, from: Math.max(first, ends[level + 1] ?? 0), to: ends[level] ?? 0 }
    })
    return this.#segments
  }

  /** The entries that bear a tag with any of several values, and perhaps some whose value has the same hash. */
  cursorOf(name: string, values: readonly string[]): Cursor {
    const cursors = values.map((value) => new ValueCursor(this, tagNumber(name), hashOf(value)))
    return {
      seek: (below) =>
        cursors.reduce<number | undefined>((greatest, cursor) => {
          const next = cursor.seek(below)
          return next === undefined || (greatest !== undefined && next < greatest) ? greatest : next
        }, undefined),
    }
  }

  /** The level and start of the run that covers an index. */
  runOf(index: number): { readonly level: number; readonly size: number; readonly start: number } | undefined {
    const segment = this.#segments.find(({ from, to }) => index >= from && index < to)
    return segment && { ...segment, start: index - (index % segment.size) }
  }

  /** The last row of a tag in a run that starts with a posting below a bound; empty if there is none. */
  rowBelow(level: number, run: number, { tag, bound }: { readonly tag: number; readonly bound: number }): Float64Array {
    const row = this.#select.get(level, run, tag, bound)
    return row === undefined ? NOTHING : parsePostings(bytesOf(row, 'body'))
  }
}

/** Walks the postings of one tag and hash, a row at a time. */
class ValueCursor implements Cursor {
  readonly #reader: PostingReader
  readonly #tag: number
  readonly #hash: number
  #run: ReturnType<PostingReader['runOf']>
  #row = NOTHING

  constructor(reader: PostingReader, tag: number, hash: number) {
    this.#reader = reader
    this.#tag = tag
    this.#hash = hash
  }

  seek(below: number): number | undefined {
    for (let bound = below; bound > 0; bound = this.#run.start) {
      if (this.#run === undefined || bound <= this.#run.start) {
        this.#run = this.#reader.runOf(bound - 1)
        this.#row = NOTHING
      }
      if (this.#run === undefined) return undefined
      const offset = this.#seekInRun(this.#run, bound)
      if (offset !== undefined) return this.#run.start + offset
    }
    return undefined
  }

  #seekInRun(
    { level, size, start }: NonNullable<ReturnType<PostingReader['runOf']>>,
    below: number,
  ): number | undefined {
    const bound = postingOf(this.#hash, Math.min(below - start, size))
    let count = countBelow(this.#row, bound)
    if (count === 0) {
      this.#row = this.#reader.rowBelow(level, start / size, { tag: this.#tag, bound })
      count = countBelow(this.#row, bound)
    }
    const posting = this.#row[count - 1]
    // One of a smaller hash: what follows it downwards is of smaller ones still.
    return posting === undefined ? undefined : offsetOf(posting, this.#hash)
  }
}

/** The greatest index below a bound that is in every set: each set in turn lowers the candidate until all agree on it. */
export function intersect(cursors: readonly Cursor[], below: number): number | undefined {
  let candidate = below - 1
  let agreed = 0
  while (agreed < cursors.length) {
    for (const cursor of cursors) {
      const next = cursor.seek(candidate + 1)
      if (next === undefined) return undefined
      agreed = next === candidate ? agreed + 1 : 1
      candidate = next
      if (agreed === cursors.length) break
    }
  }
  return candidate
}
