import { encodeKey } from '@sallyport/store'
import type { Committed } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { LogWriter } from './log-writer.ts'
import { numberOf, optionalNumberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'
import type { WireAnswer, WireCommit, WireWrite } from './wire.ts'

/** The prepared statements of one connection that a commit needs. */
export interface CommitStatements {
  readonly read: StatementSync
  readonly put: StatementSync
  readonly remove: StatementSync
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

interface Judgement {
  readonly ok: true
  readonly changes: readonly Change[]
  readonly counts: readonly number[]
  /** Where the log is to begin from now on, when the commit drops something. */
  readonly first: number | undefined
}
type Judged = Judgement | Refusal
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
  }
}

/** What a commit meets: the time, which decides expiry, and the log. */
export interface CommitContext {
  readonly now: number
  readonly log: Pick<LogWriter, 'first' | 'next' | 'drop'>
  /** Appends the commit's entries or refuses them. */
  append(): number | undefined | 'repeated_entry'
}

/**
 * Applies one commit inside the open transaction, or leaves no trace of it.
 *
 * Everything is judged by reading before anything is written, so a refusal needs no savepoint.
 *
 * @param statements of the connection that holds the write lock
 * @param commit checked against the bounds of the contract
 * @param context what the commit meets
 */
export function applyCommit(
  statements: CommitStatements,
  [id, writes]: WireCommit,
  context: CommitContext,
): WireAnswer {
  const judged = judgeWrites(statements, { id, writes }, context)
  if (!judged.ok) return judged
  const firstIndex = context.append()
  if (firstIndex === 'repeated_entry') return firstIndex
  for (const { key, record } of judged.changes) {
    if (record === undefined) statements.remove.run(key)
    else statements.put.run(key, record.value, record.version, record.expiresAt ?? null, record.keep)
  }
  const { counts, first } = judged
  if (first !== undefined) context.log.drop(first)
  if (firstIndex === undefined) return { ok: true, counts }
  return counts.length === 0 ? firstIndex : { ok: true, firstIndex, counts }
}

function judgeWrites(
  statements: CommitStatements,
  commit: { readonly id: string; readonly writes: readonly WireWrite[] },
  { now, log }: Omit<CommitContext, 'append'>,
): Judged {
  let first: number | undefined
  const changes: Change[] = []
  const counts: number[] = []
  const added = new Map<string, Present>()
  for (const write of commit.writes) {
    if (write.op === 'drop') {
      if (write.expect !== log.first || write.below > log.next) return { ok: false, code: 'conflict', key: ['log'] }
      first = write.below
      continue
    }
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
  return { ok: true, changes, counts, first }
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
