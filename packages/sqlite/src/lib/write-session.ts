import { StoreError } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { applyCommit, prepareCommits } from './apply-commit.ts'
import type { CommitStatements } from './apply-commit.ts'
import { openForWriting } from './connection.ts'
import { FileWatch } from './file-watch.ts'
import { LogBound } from './log-bound.ts'
import { LogWriter } from './log-writer.ts'
import { RecentCommits } from './recent-commits.ts'
import { numberOf } from './rows.ts'
import { formatFailure, isFull, isSyncError, isWriteError, outcomeUnknown, unavailable } from './sqlite-errors.ts'
import { parseBatch } from './wire.ts'
import type { WireAnswer, WireBatch, WireFailure } from './wire.ts'

const SWEPT_AT_ONCE = 128
// More than a batch adds to the write-ahead log beside its entries: for each write of sixty characters or more, the pages
// of three trees, and what every batch touches.
const LOG_BYTES_PER_CHARACTER = 256
const LOG_BYTES_PER_BATCH = 65_536

/** What became of a batch. */
export type BatchResult =
  | { readonly ok: true; readonly answers: readonly WireAnswer[] }
  | { readonly ok: false; readonly failure: WireFailure }

interface Connection {
  readonly db: DatabaseSync
  readonly statements: CommitStatements
  readonly recent: RecentCommits
  readonly log: LogWriter
  readonly dataVersion: StatementSync
  seenVersion: number
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
  readonly #files: FileWatch
  readonly #bound: LogBound
  #connection: Connection | undefined
  // Whether the log may hold a commit of house-keeping's that is not on disk yet.
  #isUnsynced = false
  #syncFailed = false

  /**
   * @param open opens a connection to the file; another one only to see what happens when it fails
   * @param logBytes how long the write-ahead log may become; another bound only to see it met
   */
  constructor(path: string, open: () => DatabaseSync = () => openForWriting(path), logBytes?: number) {
    this.#open = open
    this.#files = new FileWatch(path)
    this.#bound = new LogBound(path, logBytes)
  }

  /**
   * Opens the connection now instead of at the first batch. Throws `ERR_STORE_UNAVAILABLE`.
   *
   * What another process has left in the write-ahead log is moved into the database, since it may have ended because a
   * sync had failed.
   */
  start(): void {
    this.#connect()
    this.checkpoint()
  }

  /** Runs a batch in one transaction: each commit is judged alone and in order, then all are synced to disk at once. */
  run(batch: WireBatch): BatchResult {
    let isCommitting = false
    try {
      const connection = this.#connectWithin()
      const { db, log, recent } = connection
      if (begin(connection)) this.#bound.grown(Infinity)
      this.#bound.grown(LOG_BYTES_PER_BATCH + LOG_BYTES_PER_CHARACTER * batch.text.length + 2 * batch.bytes.length)
      const answers = judgeBatch(connection, batch)
      log.flush()
      const { isStored } = recent.store()
      this.#files.check(db)
      isCommitting = true
      db.exec('COMMIT')
      // A transaction that wrote nothing was not synced either.
      if (isStored) this.#isUnsynced = false
      return { ok: true, answers }
    } catch (error) {
      this.#abandon()
      this.#syncFailed ||= isCommitting || isSyncError(error)
      const failure = isCommitting ? this.#commitFailed(error, batch) : unavailable(error)
      return { ok: false, failure: formatFailure(failure) }
    }
  }

  /**
   * Says what is known of a commit that failed. A transaction is complete with the last frame that it writes to the
   * write-ahead log. Without room no frame is complete; a frame whose writing failed may be there all the same and come
   * back at the next recovery, unless the log could be emptied without it.
   */
  #commitFailed(error: unknown, batch: WireBatch): StoreError {
    if (isFull(error)) return unavailable(error)
    if (!isWriteError(error)) return outcomeUnknown(error)
    try {
      const { recent } = this.#connect()
      recent.catchUp()
      const isThere = parseBatch(batch.text).commits.some(([id]) => recent.find(id) !== undefined)
      return isThere ? outcomeUnknown(error) : unavailable(error)
    } catch {
      return outcomeUnknown(error)
    }
  }

  /**
   * Does a small step of what can wait: brings the index forward and deletes dropped records. Tells whether more is left
   * to do.
   *
   * It is not synced to disk before the next batch is: a power cut undoes it, and it is done again. Failures are left to
   * that batch to meet, which also opens a new connection.
   */
  housekeep(now: number): boolean {
    return this.#inQuiet(
      ({ log, expired }) => log.index.isDue || expired.get(now) !== undefined,
      ({ log, sweep }) => {
        log.index.step()
        sweep.run(now, SWEPT_AT_ONCE)
      },
    )
  }

  /** Removes a little of what is left of dropped entries, as `housekeep` does. Tells whether more may be left. */
  prune(): boolean {
    return this.#inQuiet(
      ({ log }) => log.pruner.isDue,
      ({ log }) => log.pruner.step(),
    )
  }

  #inQuiet(isDue: (connection: Connection) => boolean, work: (connection: Connection) => void): boolean {
    const connection = this.#connection
    if (connection === undefined) return false
    const { db } = connection
    try {
      if (!isDue(connection)) return false
      if (this.#bound.isExceeded()) {
        this.checkpoint()
        return this.#connection !== undefined
      }
      db.exec('PRAGMA synchronous = NORMAL')
      begin(connection)
      this.#bound.grown(Infinity)
      work(connection)
      this.#files.check(db)
      this.#isUnsynced = true
      db.exec('COMMIT')
      db.exec('PRAGMA synchronous = FULL')
      return true
    } catch (error) {
      this.#syncFailed ||= isSyncError(error)
      this.#abandon()
      return false
    }
  }

  /** Moves the write-ahead log into the database as far as readers allow, without waiting for anybody. */
  checkpoint(): void {
    if (this.#connection === undefined) return
    try {
      this.#connection.db.exec('PRAGMA wal_checkpoint(PASSIVE)')
      this.#files.grown()
    } catch {
      this.#syncFailed = true
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
    if (this.#connection !== undefined) return this.#connection
    this.#files.opening()
    const db = this.#open()
    try {
      if (this.#syncFailed) emptyLog(db)
      this.#syncFailed = false
      this.#bound.opened(db)
      this.#connection = prepareConnection(db)
      this.#files.opened(db)
      return this.#connection
    } catch (error) {
      this.#connection = undefined
      db.close()
      throw error
    }
  }

  // The connection, with the write-ahead log within its bound as far as readers allow.
  #connectWithin(): Connection {
    this.#connect()
    if (this.#bound.isSuspect && this.#bound.isExceeded()) this.checkpoint()
    return this.#connect()
  }

  // Closing rolls an open transaction back. It may also move the log into the database, and does not tell when a sync fails
  // in that: what was not synced before cannot be trusted from here on.
  #abandon(): void {
    const connection = this.#connection
    this.#connection = undefined
    this.#syncFailed ||= this.#isUnsynced
    this.#isUnsynced = false
    try {
      connection?.db.close()
    } catch {
      // Nothing more can be done with it, and nothing will be.
    }
  }
}

// After a failed sync the system takes pages of the write-ahead log as written that are not on the disk, and later syncs
// would say nothing of them. So everything in it is written once more, into the database, before anything follows it.
function emptyLog(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  if (row?.['busy'] === 0) return
  throw new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'After a failure the database must be used by nobody else for a moment, and nothing was written: end what reads or locks it.',
  )
}

function prepareConnection(db: DatabaseSync): Connection {
  return {
    db,
    statements: prepareCommits(db),
    recent: new RecentCommits(db),
    log: new LogWriter(db),
    dataVersion: db.prepare('PRAGMA data_version'),
    seenVersion: Number.NaN,
    expired: db.prepare('SELECT 1 FROM records WHERE keep = 0 AND expires_at <= ? LIMIT 1'),
    sweep: db.prepare(
      `DELETE FROM records WHERE rowid IN
         (SELECT rowid FROM records WHERE keep = 0 AND expires_at <= ? ORDER BY expires_at LIMIT ?)`,
    ),
  }
}

// From here on nobody else writes, and what others have written meanwhile is known. Tells whether there was anything.
function begin(connection: Connection): boolean {
  connection.db.exec('BEGIN IMMEDIATE')
  const row = connection.dataVersion.get()
  const version = row === undefined ? Number.NaN : numberOf(row, 'data_version')
  if (version === connection.seenVersion) return false
  connection.recent.catchUp()
  connection.log.catchUp()
  connection.seenVersion = version
  return true
}

function judgeBatch({ statements, recent, log }: Connection, batch: WireBatch): WireAnswer[] {
  const { commits, heads } = parseBatch(batch.text)
  let [offset, place] = [0, 0]
  return commits.map((commit) => {
    const [id, , sizes] = commit
    const [from, start] = [offset, place]
    for (const size of sizes) offset += size
    place += sizes.length
    const earlier = recent.find(id)
    if (earlier !== undefined) return earlier
    const append = (): ReturnType<LogWriter['append']> | undefined =>
      sizes.length === 0
        ? undefined
        : log.append({ heads: heads.slice(start, place), sizes, bodies: batch.bytes.subarray(from, offset) })
    const answer = applyCommit(statements, commit, { append, log, now: batch.now })
    if (answer !== 'repeated_entry') recent.stage(id, answer)
    return answer
  })
}
