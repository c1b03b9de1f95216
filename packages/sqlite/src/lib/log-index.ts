import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { EntryIds } from './entry-ids.ts'
import type { Block, LogTail } from './log-tail.ts'
import { cutRows, formatPostings, RUN_SIZES } from './postings.ts'
import { numberOf } from './rows.ts'
import { RunMerger } from './run-merger.ts'

/** How many entries one span covers. */
export const SPAN_SIZE = 1_024

// What a step takes: about a millisecond.
const STEP_BLOCKS = 4
const [BLOCK_ENTRIES] = RUN_SIZES

/**
 * The writing half of the index, a projection of the log: postings of tags, spans of time and the ids of entries. It
 * lags behind by up to a block and by what callers leave no time for; who reads scans what it does not cover yet.
 */
export class LogIndex {
  readonly ids: EntryIds
  readonly #tail: LogTail
  readonly #merger: RunMerger
  readonly #progress: StatementSync
  readonly #putRow: StatementSync
  readonly #putSpan: StatementSync
  readonly #advance: StatementSync

  constructor(db: DatabaseSync, tail: LogTail) {
    this.ids = new EntryIds(db)
    this.#tail = tail
    this.#merger = new RunMerger(db)
    this.#progress = db.prepare('SELECT indexed FROM progress WHERE level = 0')
    this.#putRow = db.prepare('INSERT OR REPLACE INTO postings (level, run, tag, low, body) VALUES (0, ?, ?, ?, ?)')
    this.#putSpan = db.prepare(
      `INSERT INTO spans (n, earliest, latest) VALUES (?, ?, max(?, (SELECT ifnull(max(latest), 0) FROM spans)))
       ON CONFLICT (n) DO UPDATE SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)`,
    )
    this.#advance = db.prepare('UPDATE progress SET indexed = ? WHERE level = 0')
  }

  /** Learns what other processes have indexed, and forgets it in the tail. */
  catchUp(): void {
    const row = this.#progress.get()
    this.#tail.forgetBelow(row === undefined ? 0 : numberOf(row, 'indexed'))
    this.ids.catchUp()
    this.#merger.catchUp()
  }

  /** Tells whether there is something to do. */
  get isDue(): boolean {
    return this.#tail.fullBlocks(1).length > 0 || this.#merger.isDue
  }

  /** Does about a millisecond of work inside the open transaction. */
  step(): void {
    const blocks = this.#tail.fullBlocks(STEP_BLOCKS)
    const last = blocks.at(-1)
    if (last === undefined) return this.#merger.step(this.#tail.first)
    for (const block of blocks) if (block.start + BLOCK_ENTRIES > this.#tail.first) this.#write(block)
    this.ids.add(blocks.flatMap(({ start, ids }) => ids.slice(Math.max(0, this.#tail.first - start))))
    const indexed = last.start + BLOCK_ENTRIES
    this.#advance.run(indexed)
    this.#tail.forgetBelow(indexed)
    this.#merger.indexed(indexed)
  }

  #write({ start, postings, earliest, latest }: Block): void {
    for (const [tag, unsorted] of postings.entries()) {
      for (const row of cutRows(Float64Array.from(unsorted).sort())) {
        this.#putRow.run(start / BLOCK_ENTRIES, tag, row[0] ?? 0, formatPostings(row))
      }
    }
    this.#putSpan.run(Math.floor(start / SPAN_SIZE), earliest, latest)
  }
}
