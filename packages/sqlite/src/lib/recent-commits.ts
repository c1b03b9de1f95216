import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'
import type { WireOutcome } from './wire.ts'

// What the contract promises; between once and twice as many are remembered.
const KEPT = 10_000

/**
 * What became of the last commits, so that a repeated one answers as the first time, also after a restart and in another
 * process on the same file.
 *
 * One row a batch keeps it on disk and two maps in memory answer, the newer of which takes what comes until it is full
 * and the older is forgotten. `catchUp` reads what others have written since, `stage` collects the outcomes of the open
 * transaction, `store` writes them with it. After a failed transaction the whole object is thrown away with its
 * connection.
 */
export class RecentCommits {
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #prune: StatementSync
  #newer = new Map<string, WireOutcome>()
  #older: ReadonlyMap<string, WireOutcome> = new Map()
  /** The last row before those of the newer map. */
  #turn = 0
  #staged: [string, WireOutcome][] = []
  #seen = 0

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT n, body FROM outcomes WHERE n > ? ORDER BY n')
    this.#insert = db.prepare('INSERT INTO outcomes (n, body) VALUES (?, ?)')
    this.#prune = db.prepare('DELETE FROM outcomes WHERE n <= ?')
  }

  /** Reads the outcomes that other connections have stored. Call it once the write lock is held. */
  catchUp(): void {
    for (const row of this.#select.all(this.#seen)) {
      this.#seen = numberOf(row, 'n')
      for (const [id, outcome] of parseBody(row)) this.#newer.set(id, outcome)
      this.#forget()
    }
  }

  /** The outcome of a commit, if it is one of the last or of the open transaction. */
  find(id: string): WireOutcome | undefined {
    return this.#newer.get(id) ?? this.#older.get(id)
  }

  /** Takes the outcome of a commit of the open transaction. */
  stage(id: string, outcome: WireOutcome): void {
    this.#staged.push([id, outcome])
    this.#newer.set(id, outcome)
  }

  /** Writes what was staged, and deletes what is older than promised. Tells whether there was anything. */
  store(): { readonly isStored: boolean } {
    if (this.#staged.length === 0) return { isStored: false }
    this.#seen += 1
    this.#insert.run(this.#seen, JSON.stringify(this.#staged))
    this.#staged = []
    const old = this.#forget()
    if (old !== undefined) this.#prune.run(old)
    return { isStored: true }
  }

  // Gives the last row that is not needed any more, when there is another one than before.
  #forget(): number | undefined {
    if (this.#newer.size < KEPT) return undefined
    const old = this.#turn
    this.#turn = this.#seen
    this.#older = this.#newer
    this.#newer = new Map()
    return old
  }
}

function parseBody(row: Row): readonly [string, WireOutcome][] {
  const body: readonly [string, WireOutcome][] = JSON.parse(textOf(row, 'body'))
  return body
}
