import { encodeKey } from '@sallyport/store'
import type { Committed } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { numberOf, optionalNumberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'
import type { WireCommit, WireOutcome, WireWrite } from './wire.ts'

/** The prepared statements of one connection that a commit needs. */
export interface CommitStatements {
  readonly read: StatementSync
  readonly put: StatementSync
  readonly remove: StatementSync
  readonly append: StatementSync
  readonly cut: StatementSync
  readonly last: StatementSync
}

interface Present {
  readonly version: string
  readonly value: string
  readonly expiresAt: number | undefined
  readonly keep: number
}

interface Change {
  readonly key: Uint8Array
  /** What the record becomes, or undefined when it is removed. */
  readonly record: Present | undefined
}

type Judged = { readonly ok: true; readonly changes: readonly Change[]; readonly counts: readonly number[] } | Refusal
type Refusal = Extract<Committed, { ok: false }>

/** Prepares the statements of a connection. */
export function prepareCommits(db: DatabaseSync): CommitStatements {
  return {
    read: db.prepare('SELECT version, value, expires_at, keep FROM records WHERE key = ?'),
    put: db.prepare(
      `INSERT INTO records (key, value, version, expires_at, keep) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version,
         expires_at = excluded.expires_at, keep = excluded.keep`,
    ),
    remove: db.prepare('DELETE FROM records WHERE key = ?'),
    append: db.prepare(
      'INSERT INTO entries (idx, id, at, tags, bytes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING',
    ),
    cut: db.prepare('DELETE FROM entries WHERE idx >= ?'),
    last: db.prepare('SELECT max(idx) AS idx FROM entries'),
  }
}

/**
 * Applies one commit inside the open transaction, or leaves no trace of it.
 *
 * Everything is judged by reading before anything is written, so a refusal needs no savepoint.
 *
 * @param statements of the connection that holds the write lock
 * @param commit checked against the bounds of the contract
 * @param context `now` decides expiry; `bytes` start with the bytes of the commit's entries
 */
export function applyCommit(
  statements: CommitStatements,
  commit: WireCommit,
  context: { readonly now: number; readonly bytes: Uint8Array },
): WireOutcome {
  const judged = judgeWrites(statements, commit, context.now)
  if (!judged.ok) return judged
  const firstIndex = appendEntries(statements, commit, context.bytes)
  if (firstIndex === 'repeated_entry') return firstIndex
  for (const { key, record } of judged.changes) {
    if (record === undefined) statements.remove.run(key)
    else statements.put.run(key, record.value, record.version, record.expiresAt ?? null, record.keep)
  }
  return { ok: true, ...(commit.entries.length > 0 ? { firstIndex } : {}), counts: judged.counts }
}

function judgeWrites(statements: CommitStatements, commit: WireCommit, now: number): Judged {
  const changes: Change[] = []
  const counts: number[] = []
  const added = new Map<string, Present>()
  for (const write of commit.writes) {
    const key = encodeKey(write.key)
    if (write.op === 'add') {
      const name = write.key.join('\0')
      const record = judgeAdd(write, added.get(name) ?? presentAt(statements, key, now), now)
      if (typeof record === 'string') return { ok: false, code: record, key: write.key }
      added.set(name, record)
      changes.push({ key, record: { ...record, version: commit.id } })
      counts.push(Number(record.value))
      continue
    }
    const version = presentAt(statements, key, now)?.version ?? null
    if (version !== write.expect) return { ok: false, code: 'conflict', key: write.key }
    if (write.op === 'put') changes.push({ key, record: putRecord(write, commit.id) })
    if (write.op === 'remove') changes.push({ key, record: undefined })
  }
  return { ok: true, changes, counts }
}

function judgeAdd(
  write: Extract<WireWrite, { op: 'add' }>,
  present: Present | undefined,
  now: number,
): Present | Refusal['code'] {
  const counter = present !== undefined && isExpired(present, now) ? undefined : present
  const before: unknown = counter === undefined ? 0 : JSON.parse(counter.value)
  // Somebody has put something else than a count here: nothing can be added to it.
  if (typeof before !== 'number') return 'conflict'
  const sum = Math.max(0, before + write.by)
  if (sum > write.max) return 'limit'
  const window = counter ?? { version: '', expiresAt: write.expiresAt, keep: 0 }
  return { ...window, value: String(sum) }
}

function putRecord(write: Extract<WireWrite, { op: 'put' }>, version: string): Present {
  return { value: write.value, version, expiresAt: write.expiresAt, keep: write.atExpiry === 'keep' ? 1 : 0 }
}

// The record under a key, unless expiry has dropped it.
function presentAt(statements: CommitStatements, key: Uint8Array, now: number): Present | undefined {
  const row = statements.read.get(key)
  const record = row === undefined ? undefined : parsePresent(row)
  return record !== undefined && record.keep === 0 && isExpired(record, now) ? undefined : record
}

function isExpired(record: Present, now: number): boolean {
  return record.expiresAt !== undefined && now >= record.expiresAt
}

function parsePresent(row: Row): Present {
  return {
    version: textOf(row, 'version'),
    value: textOf(row, 'value'),
    expiresAt: optionalNumberOf(row, 'expires_at'),
    keep: numberOf(row, 'keep'),
  }
}

function appendEntries(
  statements: CommitStatements,
  commit: WireCommit,
  source: Uint8Array,
): number | 'repeated_entry' {
  if (commit.entries.length === 0) return 0
  const firstIndex = nextIndex(statements)
  let offset = 0
  let index = firstIndex
  for (const [id, at, tags, length] of commit.entries) {
    const bytes = source.subarray(offset, offset + length)
    if (Number(statements.append.run(index, id, at, tags, bytes).changes) === 0) {
      statements.cut.run(firstIndex)
      return 'repeated_entry'
    }
    offset += length
    index += 1
  }
  return firstIndex
}

function nextIndex(statements: CommitStatements): number {
  const row = statements.last.get()
  const last = row === undefined ? undefined : optionalNumberOf(row, 'idx')
  return last === undefined ? 0 : last + 1
}
