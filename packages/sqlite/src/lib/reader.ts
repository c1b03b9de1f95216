import { encodeKey } from '@sallyport/store'
import type { Found, Key, Store, StoredEntry } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { TagFinder } from './find.ts'
import { LogReader } from './log-reader.ts'
import { RecordReader } from './record-reader.ts'
import { bytesOf, optionalNumberOf, parseJson, textOf } from './rows.ts'
import type { Row } from './rows.ts'

/** The reading methods of a store, answered at once. `now` is milliseconds since the epoch and decides expiry. */
export class Reader {
  readonly #db: DatabaseSync
  readonly #records: RecordReader
  readonly #list: StatementSync
  readonly #due: StatementSync
  readonly #log: LogReader
  readonly #finder: TagFinder

  constructor(db: DatabaseSync, { usesIndex }: { readonly usesIndex: boolean }) {
    const present = '(keep = 1 OR expires_at IS NULL OR expires_at > ?)'
    const columns = 'key, value, version, expires_at'
    this.#db = db
    this.#records = new RecordReader(db)
    this.#list = db.prepare(
      `SELECT ${columns} FROM records WHERE key > ? AND key < ? AND ${present} ORDER BY key LIMIT ?`,
    )
    // Left to itself SQLite would read all records below the prefix instead of the few that are overdue.
    this.#due = db.prepare(
      `SELECT ${columns} FROM records INDEXED BY records_due WHERE keep = 1 AND expires_at <= ? AND key > ? AND key < ?
       ORDER BY expires_at, key LIMIT ?`,
    )
    this.#log = new LogReader(db)
    this.#finder = new TagFinder(db, { log: this.#log, usesIndex })
  }

  get(keys: readonly Key[], now: number): (Found | undefined)[] {
    return keys.length === 0 ? [] : this.#records.get(keys, now)
  }

  list(prefix: Key, page: Parameters<Store['list']>[1], now: number): Found[] {
    const { start, end } = rangeBelow(prefix)
    const after = page.after === undefined ? start : encodeKey(page.after)
    const from = Buffer.compare(after, start) < 0 ? start : after
    return this.#list.all(from, end, now, page.limit).map(parseFound)
  }

  due(prefix: Key, limit: number, now: number): Found[] {
    const { start, end } = rangeBelow(prefix)
    return this.#due.all(now, start, end, limit).map(parseFound)
  }

  read(from: number, limit: number): StoredEntry[] {
    return this.#snapshot(() => this.#log.read(from, limit))
  }

  readBytes(from: number, limit: number): Uint8Array[] {
    return this.#snapshot(() => this.#log.readBytes(from, limit))
  }

  find(...asked: Parameters<Store['find']>): StoredEntry[] {
    return this.#snapshot(() => this.#finder.find(...asked))
  }

  first(): number {
    return this.#log.first()
  }

  size(): number {
    return this.#snapshot(() => this.#log.size())
  }

  close(): void {
    this.#db.close()
  }

  // Several statements see one state only within a transaction; one alone does anyway.
  #snapshot<Result>(read: () => Result): Result {
    this.#db.exec('BEGIN')
    const result = read()
    this.#db.exec('COMMIT')
    return result
  }
}

// The bytes of the keys strictly below a prefix lie strictly between these two: 0xff occurs in no key.
function rangeBelow(prefix: Key): { readonly start: Uint8Array; readonly end: Uint8Array } {
  const start = encodeKey(prefix)
  return { start, end: Uint8Array.of(...start, 0xff) }
}

function parseFound(row: Row): Found {
  const value = parseJson(textOf(row, 'value'))
  const expiresAt = optionalNumberOf(row, 'expires_at')
  const key = Buffer.from(bytesOf(row, 'key')).toString().split('\0').slice(0, -1)
  return { key, value, version: textOf(row, 'version'), ...(expiresAt === undefined ? {} : { expiresAt }) }
}
