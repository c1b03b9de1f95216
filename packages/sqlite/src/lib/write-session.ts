import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { applyCommit, prepareCommits } from './apply-commit.ts'
import type { CommitStatements } from './apply-commit.ts'
import { RecentCommits } from './recent-commits.ts'
import { formatFailure, outcomeUnknown, unavailable } from './sqlite-errors.ts'
import { TagIndex } from './tag-index.ts'
import { parseCommits } from './wire.ts'
import type { WireBatch, WireFailure, WireOutcome } from './wire.ts'

const SWEPT_AT_ONCE = 128

/** What became of a batch. */
export type BatchResult =
  | { readonly ok: true; readonly outcomes: readonly WireOutcome[] }
  | { readonly ok: false; readonly failure: WireFailure }

interface Connection {
  readonly db: DatabaseSync
  readonly statements: CommitStatements
  readonly recent: RecentCommits
  readonly index: TagIndex
  readonly expired: StatementSync
  readonly sweep: StatementSync
}

/**
 * The writing connection and what is done on it: batches, housekeeping, checkpoints.
 *
 * After any failure the connection is closed, and the next use opens a new one: what a failed sync has left in the
 * system's cache is never trusted.
 */
export class WriteSession {
  readonly #open: () => DatabaseSync
  #connection: Connection | undefined

  constructor(open: () => DatabaseSync) {
    this.#open = open
  }

  /** Opens the connection now instead of at the first batch. Throws `ERR_STORE_UNAVAILABLE`. */
  start(): void {
    this.#connect()
  }

  /** Runs a batch in one transaction: each commit is judged alone and in order, then all are synced to disk at once. */
  run(batch: WireBatch): BatchResult {
    let isCommitting = false
    try {
      const connection = this.#connect()
      connection.db.exec('BEGIN IMMEDIATE')
      connection.recent.catchUp()
      const outcomes = judgeBatch(connection, batch)
      connection.recent.store()
      isCommitting = true
      connection.db.exec('COMMIT')
      return { ok: true, outcomes }
    } catch (error) {
      this.#abandon()
      return { ok: false, failure: formatFailure(isCommitting ? outcomeUnknown(error) : unavailable(error)) }
    }
  }

  /**
   * Does a small step of what can wait: brings the tag index forward and deletes dropped records. Tells whether more is
   * left to do.
   *
   * It is not synced to disk: a power cut undoes it, and it is done again. Failures are left to the next batch to meet.
   */
  housekeep(now: number): boolean {
    try {
      const { db, index, expired, sweep } = this.#connect()
      if (index.backlog() === 0 && expired.get(now) === undefined) return false
      db.exec('PRAGMA synchronous = NORMAL')
      db.exec('BEGIN IMMEDIATE')
      index.step()
      sweep.run(now, SWEPT_AT_ONCE)
      db.exec('COMMIT')
      db.exec('PRAGMA synchronous = FULL')
      return true
    } catch {
      this.#abandon()
      return false
    }
  }

  /** Moves the write-ahead log into the database as far as readers allow, without waiting for anybody. */
  checkpoint(): void {
    try {
      this.#connection?.db.exec('PRAGMA wal_checkpoint(PASSIVE)')
    } catch {
      this.#abandon()
    }
  }

  /** Moves the whole write-ahead log into the database and closes. */
  close(): void {
    try {
      this.#connection?.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // The log stays beside the database and is read from there at the next opening.
    }
    this.#abandon()
  }

  #connect(): Connection {
    this.#connection ??= prepareConnection(this.#open())
    return this.#connection
  }

  // Closing rolls an open transaction back.
  #abandon(): void {
    const connection = this.#connection
    this.#connection = undefined
    try {
      connection?.db.close()
    } catch {
      // Nothing more can be done with it, and nothing will be.
    }
  }
}

function prepareConnection(db: DatabaseSync): Connection {
  return {
    db,
    statements: prepareCommits(db),
    recent: new RecentCommits(db),
    index: new TagIndex(db),
    expired: db.prepare('SELECT 1 FROM records WHERE keep = 0 AND expires_at <= ? LIMIT 1'),
    sweep: db.prepare(
      `DELETE FROM records WHERE rowid IN
         (SELECT rowid FROM records WHERE keep = 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    ),
  }
}

function judgeBatch({ statements, recent }: Connection, batch: WireBatch): WireOutcome[] {
  let offset = 0
  return parseCommits(batch.text).map((commit) => {
    const bytes = batch.bytes.subarray(offset)
    for (const [, , , length] of commit.entries) offset += length
    const earlier = recent.find(commit.id)
    if (earlier !== undefined) return earlier
    const outcome = applyCommit(statements, commit, { bytes, now: batch.now })
    if (outcome !== 'repeated_entry') recent.stage(commit.id, outcome)
    return outcome
  })
}
