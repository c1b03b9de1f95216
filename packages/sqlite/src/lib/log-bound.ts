import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const LOG_BYTES = 64 * 1024 * 1024
// What is allowed in addition each time that somebody who reads has kept the log from being begun anew.
const STEPS_PER_BOUND = 4

/**
 * Tells when the write-ahead log has grown so far that it has to be moved into the database although the store is busy.
 *
 * SQLite can do so by itself, but tells nobody when it fails in that, and a sync that fails there would be forgotten.
 *
 * The file is looked at only when it may have grown as far: Linux gives a file that was looked at a new time at its next
 * change, and the sync that follows has to write that time, too.
 */
export class LogBound {
  readonly #file: string
  readonly #bytes: number
  #due: number
  // When the file was last looked at, and what may have come since.
  #size = 0
  #grown = Infinity

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

  /** Notes that the log may have grown: by that many bytes at most, or nobody knows how far. */
  grown(bytes: number): void {
    this.#grown += bytes
  }

  /** Tells whether the log may have grown so far that it is to be looked at. */
  get isSuspect(): boolean {
    return this.#size + this.#grown > this.#bytes
  }

  /** Looks at the file and tells whether the log is too long, and then not again before it has grown further. */
  isExceeded(): boolean {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0
    this.#size = size
    this.#grown = 0
    if (size <= this.#bytes) this.#due = this.#bytes
    if (size <= this.#due) return false
    this.#due = size + this.#bytes / STEPS_PER_BOUND
    return true
  }
}
