import { TAGS } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { countBelow, cutRows, formatPostings, parsePostings, postingOf, RUN_SIZES } from './postings.ts'
import { bytesOf, numberOf, optionalNumberOf } from './rows.ts'

// How many entries' postings of one tag a step takes: with them it takes about a millisecond.
const STEP_ENTRIES = 8_192
const HASHES = 2 ** 32

/** A run in the making: one tag and one part of all hashes a step. */
interface Merge {
  readonly level: number
  readonly run: number
  step: number
}

/**
 * Makes one run of postings of 32 smaller ones, so that looking for what is rare takes few rows however long the log is.
 *
 * What it makes depends on the log alone: a merge that was cut short is done again and writes the same rows. The smaller
 * runs are deleted once `progress` says that the larger one is complete.
 */
export class RunMerger {
  readonly #progress: StatementSync
  readonly #select: StatementSync
  readonly #put: StatementSync
  readonly #advance: StatementSync
  readonly #oldest: StatementSync
  readonly #remove: StatementSync
  #covered: number[] = []
  #merge: Merge | undefined
  #old: { readonly level: number; readonly run: number } | undefined

  constructor(db: DatabaseSync) {
    this.#progress = db.prepare('SELECT indexed FROM progress ORDER BY level')
    // Without numbers: Node 22.13 takes numbered parameters for named ones.
    this.#select = db.prepare(
      `SELECT body FROM postings WHERE level = ? AND run = ? AND tag = ? AND low < ? AND low >= ifnull(
         (SELECT max(low) FROM postings WHERE level = ? AND run = ? AND tag = ? AND low <= ?), ?) ORDER BY low`,
    )
    this.#put = db.prepare('INSERT OR REPLACE INTO postings (level, run, tag, low, body) VALUES (?, ?, ?, ?, ?)')
    this.#advance = db.prepare('UPDATE progress SET indexed = ? WHERE level = ?')
    this.#oldest = db.prepare('SELECT min(run) AS run FROM postings WHERE level = ?')
    this.#remove = db.prepare('DELETE FROM postings WHERE level = ? AND run = ?')
    this.catchUp()
  }

  /** Learns what other processes have done. */
  catchUp(): void {
    this.#covered = this.#progress.all().map((row) => numberOf(row, 'indexed'))
    this.#merge = this.#next(this.#merge)
    this.#old = this.#findOld()
  }

  /** Notes that the smallest runs cover more entries now. */
  indexed(count: number): void {
    this.#covered[0] = count
    this.#merge = this.#next(this.#merge)
  }

  get isDue(): boolean {
    return this.#merge !== undefined || this.#old !== undefined
  }

  /** Does about a millisecond of work inside the open transaction. Nothing is made of runs that end before the log begins. */
  step(first: number): void {
    if (this.#old !== undefined) {
      this.#remove.run(this.#old.level, this.#old.run)
      this.#old = this.#findOld()
    } else if (this.#merge !== undefined) this.#advanceMerge(this.#merge, first)
  }

  // The lowest level first: it makes what the higher ones need.
  #next(current: Merge | undefined): Merge | undefined {
    for (let level = 1; level < RUN_SIZES.length; level++) {
      const size = RUN_SIZES[level] ?? Infinity
      const covered = this.#covered[level] ?? 0
      const run = covered / size
      if (current?.level === level && current.run === run) return current
      if ((this.#covered[level - 1] ?? 0) >= covered + size) return { level, run, step: 0 }
    }
    return undefined
  }

  #advanceMerge(merge: Merge, first: number): void {
    const size = RUN_SIZES[merge.level] ?? 0
    const parts = size / STEP_ENTRIES
    if ((merge.run + 1) * size > first) {
      this.#mergePart(merge, { tag: Math.floor(merge.step / parts), part: merge.step % parts, parts })
      merge.step += 1
      if (merge.step < TAGS.length * parts) return
    }
    this.#covered[merge.level] = (merge.run + 1) * size
    this.#advance.run((merge.run + 1) * size, merge.level)
    this.#merge = this.#next(undefined)
    this.#old = this.#findOld()
  }

  #mergePart({ level, run }: Merge, { tag, part, parts }: { tag: number; part: number; parts: number }): void {
    const [low, high] = [postingOf((HASHES / parts) * part, 0), postingOf((HASHES / parts) * (part + 1), 0)]
    const smaller = RUN_SIZES[level - 1] ?? 1
    const count = (RUN_SIZES[level] ?? 0) / smaller
    const found: number[] = []
    for (let place = 0; place < count; place++) {
      const source = [level - 1, run * count + place, tag] as const
      for (const row of this.#select.all(...source, high, ...source, low, low)) {
        const postings = parsePostings(bytesOf(row, 'body'))
        const end = countBelow(postings, high)
        for (let at = countBelow(postings, low); at < end; at++) found.push((postings[at] ?? 0) + place * smaller)
      }
    }
    for (const row of cutRows(Float64Array.from(found).sort())) {
      this.#put.run(level, run, tag, row[0] ?? 0, formatPostings(row))
    }
  }

  // A run whose postings are all in a larger one.
  #findOld(): { readonly level: number; readonly run: number } | undefined {
    for (let level = 0; level + 1 < RUN_SIZES.length; level++) {
      const row = this.#oldest.get(level)
      const run = row === undefined ? undefined : optionalNumberOf(row, 'run')
      if (run !== undefined && run * (RUN_SIZES[level] ?? 0) < (this.#covered[level + 1] ?? 0)) return { level, run }
    }
    return undefined
  }
}
