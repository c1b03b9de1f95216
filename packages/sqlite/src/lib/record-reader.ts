import { encodeKey } from '@sallyport/store'
import type { Found, Key } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf, optionalNumberOf, parseJson, textOf } from './rows.ts'
import type { Row } from './rows.ts'

// Together a few megabytes at most; a larger record is read anew each time.
const MAX_REMEMBERED = 1_000
const MAX_REMEMBERED_CHARACTERS = 4_096

/** A record as stored, whether or not it has expired; its value is still the text, so that no two readers share one. */
interface StoredRecord {
  readonly value: string
  readonly version: string
  readonly expiresAt: number | undefined
  readonly keep: boolean
}

/**
 * Reads records by their keys. What it has read it remembers for as long as nobody, in whatever thread or process, has
 * committed anything: a request asks several times for the same few records.
 */
export class RecordReader {
  readonly #db: DatabaseSync
  readonly #dataVersion: StatementSync
  readonly #statements = new Map<number, StatementSync>()
  // By the parts of the key joined by NUL, which no part contains; `undefined` for a record that is not there.
  readonly #remembered = new Map<string, StoredRecord | undefined>()
  #seenVersion = Number.NaN

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#dataVersion = db.prepare('PRAGMA data_version')
  }

  /** Gives the records of one snapshot that are present at `now`, milliseconds since the epoch. */
  get(keys: readonly Key[], now: number): (Found | undefined)[] {
    const names = keys.map((key) => key.join('\0'))
    const records = this.#recall(names) ?? this.#read(keys, names)
    return records.map((record, at) => (record && isPresent(record, now) ? toFound(keys[at] ?? [], record) : undefined))
  }

  /** Everything from memory, if all of it is there and nothing was committed since it was read. */
  #recall(names: readonly string[]): readonly (StoredRecord | undefined)[] | undefined {
    if (!names.every((name) => this.#remembered.has(name)) || !this.#isUpToDate()) return undefined
    return names.map((name) => this.#remembered.get(name))
  }

  #read(keys: readonly Key[], names: readonly string[]): readonly (StoredRecord | undefined)[] {
    const records: (StoredRecord | undefined)[] = keys.map(() => undefined)
    // Only within a transaction are the records those of the version that is looked at.
    this.#db.exec('BEGIN')
    this.#isUpToDate()
    for (const row of this.#statementFor(keys.length).all(...keys.map(encodeKey)))
      records[numberOf(row, 'place')] = toStored(row)
    this.#db.exec('COMMIT')
    for (const [at, name] of names.entries()) this.#remember(name, records[at])
    return records
  }

  /** Whether nothing was committed since the last time; otherwise nothing is remembered any more. */
  #isUpToDate(): boolean {
    const row = this.#dataVersion.get()
    const version = row === undefined ? Number.NaN : numberOf(row, 'data_version')
    if (version === this.#seenVersion) return true
    this.#seenVersion = version
    this.#remembered.clear()
    return false
  }

  #remember(name: string, record: StoredRecord | undefined): void {
    if (record !== undefined && record.value.length > MAX_REMEMBERED_CHARACTERS) return
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    this.#remembered.set(name, record)
  }

  // One statement for all keys of a question: half the time of one for each.
  #statementFor(count: number): StatementSync {
    const known = this.#statements.get(count)
    if (known !== undefined) return known
    const places = Array.from({ length: count }, (_, place) => `SELECT ${place} AS place, ${COLUMNS} WHERE key = ?`)
    const statement = this.#db.prepare(places.join(' UNION ALL '))
    this.#statements.set(count, statement)
    return statement
  }
}

const COLUMNS = 'value, version, expires_at, keep FROM records'

/** Tells whether a record reads as present: with an end of its own it does until then, or until it is ended by a commit. */
function isPresent({ keep, expiresAt }: StoredRecord, now: number): boolean {
  return keep || expiresAt === undefined || expiresAt > now
}

function toStored(row: Row): StoredRecord {
  return {
    value: textOf(row, 'value'),
    version: textOf(row, 'version'),
    expiresAt: optionalNumberOf(row, 'expires_at'),
    keep: numberOf(row, 'keep') === 1,
  }
}

function toFound(key: Key, { value, version, expiresAt }: StoredRecord): Found {
  return { key: [...key], value: parseJson(value), version, ...(expiresAt === undefined ? {} : { expiresAt }) }
}
