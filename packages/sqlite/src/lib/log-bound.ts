import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const LOG_BYTES = 64 * 1024 * 1024
// What is allowed in addition each time that somebody who reads has kept the log from being begun anew.
const STEPS_PER_BOUND = 4

/**
 * Tells when the write-ahead log has grown so far that it has to be moved into the database although the store is busy.
 *
 * SQLite can do so by itself, but tells nobody when it fails in that, and a sync that fails there would be forgotten.
 */
export class LogBound {
  readonly #file: string
  readonly #bytes: number
  #due: number

  /** @param bytes how long the log may become */
  constructor(path: string, bytes: number = LOG_BYTES) {
    this.#file = `${path}-wal`
    this.#bytes = bytes
    this.#due = bytes
  }

  /** Has SQLite give back what is beyond the bound when it begins the log anew, so that the file tells how long the log is. */
  opened(db: DatabaseSync): void {
    db.exec(`PRAGMA journal_size_limit = ${this.#bytes}`)
  }

  /** Tells whether the log is too long, and then not again before it has grown further. */
  isExceeded(): boolean {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    if (size <= this.#bytes) this.#due = this.#bytes
    if (size <= this.#due) return false
    this.#due = size + this.#bytes / STEPS_PER_BOUND
    return true
  }
}
