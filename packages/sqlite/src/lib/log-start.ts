import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf } from './rows.ts'

/** Where the log begins: the index of the first entry that was not dropped. */
export class LogStart {
  readonly #db: DatabaseSync
  #select: StatementSync | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Reads it from the state of the open transaction. */
  read(): number {
    this.#select ??= this.#prepare()
    const row = this.#select?.get()
    return row === undefined ? 0 : numberOf(row, 'first')
  }

  /** Moves it. */
  write(first: number): void {
    this.#db.prepare('INSERT OR REPLACE INTO log_start (n, first) VALUES (0, ?)').run(first)
  }

  // Who only reads may find a file that nobody has opened for writing since there is this table.
  #prepare(): StatementSync | undefined {
    const table = this.#db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'log_start'").get()
    return table === undefined ? undefined : this.#db.prepare('SELECT first FROM log_start WHERE n = 0')
  }
}
