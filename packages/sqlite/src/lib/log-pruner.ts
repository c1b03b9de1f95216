import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { parseHead } from './chunk.ts'
import type { EntryIds } from './entry-ids.ts'
import { SPAN_SIZE } from './log-index.ts'
import { RUN_SIZES } from './postings.ts'
import { numberOf, textOf } from './rows.ts'

// What a step takes: about a millisecond.
const STEP_CHUNKS = 8
const STEP_POSTINGS = 64
const STEP_SPANS = 512

/**
 * Removes what is left of dropped entries, a little at a time: rows of the log, runs of postings and spans of time that
 * hold nothing else, and ids. What is left to do can be seen in the tables, so it goes on wherever it was cut short.
 */
export class LogPruner {
  readonly #ids: EntryIds
  readonly #oldChunks: StatementSync
  readonly #removeChunks: StatementSync
  readonly #removePostings: StatementSync
  readonly #removeSpans: StatementSync
  readonly #anyPosting: StatementSync
  readonly #anySpan: StatementSync
  #first = 0
  #isDue = false

  constructor(db: DatabaseSync, ids: EntryIds) {
    this.#ids = ids
    this.#oldChunks = db.prepare('SELECT last, heads FROM chunks WHERE last < ? ORDER BY last LIMIT ?')
    this.#removeChunks = db.prepare('DELETE FROM chunks WHERE last <= ?')
    this.#removePostings = db.prepare(
      `DELETE FROM postings WHERE (level, run, tag, low) IN
         (SELECT level, run, tag, low FROM postings WHERE level = ? AND run < ? LIMIT ?)`,
    )
    this.#removeSpans = db.prepare('DELETE FROM spans WHERE n IN (SELECT n FROM spans WHERE n < ? ORDER BY n LIMIT ?)')
    this.#anyPosting = db.prepare('SELECT 1 FROM postings WHERE level = ? AND run < ? LIMIT 1')
    this.#anySpan = db.prepare('SELECT 1 FROM spans WHERE n < ? LIMIT 1')
  }

  /** Notes where the log begins. */
  begins(first: number): void {
    if (first === this.#first) return
    this.#first = first
    this.#isDue = this.#isAnythingLeft()
  }

  get isDue(): boolean {
    return this.#isDue
  }

  /** Does about a millisecond of work inside the open transaction. */
  step(): void {
    this.#isDue = this.#pruneChunks() || this.#prunePostings() || this.#pruneSpans()
  }

  #isAnythingLeft(): boolean {
    return (
      this.#oldChunks.get(this.#first, 1) !== undefined ||
      RUN_SIZES.some((size, level) => this.#anyPosting.get(level, Math.floor(this.#first / size)) !== undefined) ||
      this.#anySpan.get(Math.floor(this.#first / SPAN_SIZE)) !== undefined
    )
  }

  #pruneChunks(): boolean {
    const rows = this.#oldChunks.all(this.#first, STEP_CHUNKS)
    const last = rows.at(-1)
    if (last === undefined) return false
    this.#ids.remove(rows.flatMap((row) => textOf(row, 'heads').split('\n')).map((line) => parseHead(line)[0]))
    this.#removeChunks.run(numberOf(last, 'last'))
    return true
  }

  #prunePostings(): boolean {
    return RUN_SIZES.some((size, level) => {
      return Number(this.#removePostings.run(level, Math.floor(this.#first / size), STEP_POSTINGS).changes) > 0
    })
  }

  #pruneSpans(): boolean {
    return Number(this.#removeSpans.run(Math.floor(this.#first / SPAN_SIZE), STEP_SPANS).changes) > 0
  }
}
