import type { DatabaseSync } from 'node:sqlite'
import type { Key } from '@sallyport/store'
import type { Expected } from './cases.ts'
import { flipBit } from './change.ts'
import type { SqlCase } from './chunk-cases.ts'
import { keyBytes } from './database.ts'

type Area = 'newest checkpoint' | 'checkpoint' | 'tile' | 'head' | 'keys'

const BROKEN_NOTE = {
  verdict: 'bad_signature',
  kind: ['checkpoint_forged', 'checkpoint_unreadable', 'checkpoint_unsigned'],
} as const
const BROKEN_KEYS = {
  verdict: 'bad_signature',
  kind: ['keys_forged', 'keys_unsigned', 'keys_unreadable', 'keys_differ'],
} as const
const BROKEN_TILE = { verdict: 'corrupt', kind: ['tile_altered', 'tile_missing'] } as const
const GOOD = { verdict: 'good' } as const

/* What it must give when a record of a kind is gone, or reads as gone. */
const GONE: Readonly<Record<Area, Expected>> = {
  'newest checkpoint': { verdict: 'incomplete', kind: 'checkpoint_missing' },
  // What it said is said by every later one.
  checkpoint: GOOD,
  tile: { verdict: 'corrupt', kind: 'tile_missing' },
  head: { verdict: 'incomplete', kind: 'head_missing' },
  keys: { verdict: 'incomplete', kind: 'keys_missing' },
}

/* What it must give when its value is no longer what such a record holds. */
const BROKEN: Readonly<Record<Area, Expected>> = {
  'newest checkpoint': { verdict: 'bad_signature', kind: 'checkpoint_unreadable' },
  checkpoint: { verdict: 'bad_signature', kind: 'checkpoint_unreadable' },
  tile: { verdict: 'corrupt', kind: 'tile_missing' },
  head: { verdict: 'corrupt', kind: 'head_differs' },
  keys: { verdict: 'bad_signature', kind: 'keys_unreadable' },
}

/* What it must give when a bit of its value is flipped. What the head holds has cases of its own. */
const FLIPPED: Readonly<Record<Exclude<Area, 'head'>, Expected>> = {
  'newest checkpoint': BROKEN_NOTE,
  checkpoint: BROKEN_NOTE,
  tile: BROKEN_TILE,
  keys: BROKEN_KEYS,
}

/** A record of the ledger as it lies in the file. */
export interface RecordRow {
  readonly key: Key
  readonly value: string
}

/** Reads the signed records of the ledger. */
export function readRecords(db: DatabaseSync): readonly RecordRow[] {
  const rows = db.prepare('SELECT key, value FROM records ORDER BY key').all()
  const records = rows.map(({ key, value }) => {
    const bytes = key instanceof Uint8Array ? Buffer.from(key) : Buffer.alloc(0)
    return { key: bytes.toString().split('\0').slice(0, -1), value: String(value) }
  })
  return records.filter(
    ({ key }) => key[0] === 'ledger' && ['checkpoint', 'tile', 'head', 'keys'].includes(key[1] ?? ''),
  )
}

/** Every single change of every column of every record of the ledger. */
export function* recordCases(records: readonly RecordRow[]): Generator<SqlCase> {
  const newest = records.findLast(({ key }) => key[1] === 'checkpoint')
  for (const record of records) {
    const area = areaOf(record, record === newest)
    yield* columnCases(record, area)
    yield* valueCases(record, area)
  }
}

function* columnCases({ key }: RecordRow, area: Area): Generator<SqlCase> {
  const run = (sql: string) => (db: DatabaseSync) => void db.prepare(`${sql} WHERE key = ?`).run(keyBytes(key))
  const made = (name: string, expected: Expected, sql: string): SqlCase => {
    return { name: `${name}: ${key.join('/')}`, expected, change: run(sql) }
  }
  yield made('a record is removed', GONE[area], 'DELETE FROM records')
  yield made('a record reads as expired', GONE[area], 'UPDATE records SET keep = 0, expires_at = 1')
  yield made('a record has a key of no meaning', GONE[area], "UPDATE records SET key = x'7a00'")
  // A version tells a writer that nobody was faster, an expiry when to drop: neither says anything of the ledger.
  yield made('a record has another version', GOOD, "UPDATE records SET version = 'other'")
  yield made('a record will expire some day', GOOD, 'UPDATE records SET expires_at = 8000000000000')
  yield made('a record stays though expired', GOOD, 'UPDATE records SET keep = 1, expires_at = 1')
  for (const value of ['', 'null', '[]', '{}', '{"note":', '"text"', '7']) {
    yield made('a record has a value of no meaning', BROKEN[area], `UPDATE records SET value = '${value}'`)
  }
}

function* valueCases({ key, value }: RecordRow, area: Area): Generator<SqlCase> {
  if (area === 'head') return
  const bytes = Buffer.from(value)
  const step = area === 'tile' ? 29 : 5
  for (let at = 0; at < bytes.length; at += step) {
    const changed = Buffer.from(flipBit(bytes, at, at % 7))
    const change = (db: DatabaseSync): void => {
      db.prepare('UPDATE records SET value = CAST(? AS TEXT) WHERE key = ?').run(changed, keyBytes(key))
    }
    yield {
      name: `a bit of a value is flipped: ${key.join('/')} ${at}`,
      expected: FLIPPED[area],
      change,
      quick: at % 2 === 0,
    }
  }
}

function areaOf({ key }: RecordRow, isNewest: boolean): Area {
  if (isNewest) return 'newest checkpoint'
  const area = key[1]
  return area === 'checkpoint' || area === 'tile' || area === 'head' ? area : 'keys'
}
