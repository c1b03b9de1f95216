import type { Committed } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'

const KEPT = 16_384
// Rows are deleted in bulk: this many commits more than promised may be remembered.
const SLACK = 4_096

interface Batch {
  readonly n: number
  readonly ids: readonly string[]
}

/**
 * What became of the last commits, so that a repeated one answers as the first time, also after a restart and in another
 * process on the same file.
 *
 * One row a batch keeps it on disk and a map in memory answers: `catchUp` reads what others have written since, `stage`
 * collects the outcomes of the open transaction, `store` writes them with it. After a failed transaction the whole
 * object is thrown away with its connection.
 */
export class RecentCommits {
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #prune: StatementSync
  readonly #outcomes = new Map<string, Committed>()
  #batches: Batch[] = []
  #staged: [string, Committed][] = []
  #seen: number

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT n, body FROM outcomes WHERE n > ? ORDER BY n')
    this.#insert = db.prepare('INSERT INTO outcomes (n, body) VALUES (?, ?)')
    this.#prune = db.prepare('DELETE FROM outcomes WHERE n <= ?')
    this.#seen = 0
  }

  /** Reads the outcomes that other connections have stored. Call it once the write lock is held. */
  catchUp(): void {
    for (const row of this.#select.all(this.#seen)) this.#add(numberOf(row, 'n'), parseBody(row))
  }

  /** The outcome of a commit, if it is one of the last or of the open transaction. */
  find(id: string): Committed | undefined {
    return this.#outcomes.get(id)
  }

  /** Takes the outcome of a commit of the open transaction. */
  stage(id: string, outcome: Committed): void {
    this.#staged.push([id, outcome])
    this.#outcomes.set(id, outcome)
  }

  /** Writes what was staged, and deletes what is older than promised. */
  store(): void {
    if (this.#staged.length === 0) return
    const n = this.#seen + 1
    this.#insert.run(n, JSON.stringify(this.#staged))
    this.#add(n, this.#staged)
    this.#staged = []
    if (this.#outcomes.size > KEPT + SLACK) this.#forget()
  }

  #add(n: number, outcomes: readonly [string, Committed][]): void {
    for (const [id, outcome] of outcomes) this.#outcomes.set(id, outcome)
    this.#batches.push({ n, ids: outcomes.map(([id]) => id) })
    this.#seen = n
  }

  #forget(): void {
    let count = 0
    let last = 0
    for (const batch of this.#batches) {
      if (this.#outcomes.size - batch.ids.length < KEPT) break
      for (const id of batch.ids) this.#outcomes.delete(id)
      last = batch.n
      count += 1
    }
    this.#batches = this.#batches.slice(count)
    this.#prune.run(last)
  }
}

function parseBody(row: Row): readonly [string, Committed][] {
  const body: readonly [string, Committed][] = JSON.parse(textOf(row, 'body'))
  return body
}
