import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import type { Commit } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { formatBatch, formatCommit } from './wire.ts'
import type { WireBatch } from './wire.ts'
import { WriteSession } from './write-session.ts'

const NOW = 1_800_000_000_000
const IO_ERROR_FSYNC = 1_034
const IO_ERROR_WRITE = 778
const BUSY = 5
const TRACED = /COMMIT|BEGIN|wal_checkpoint/

/** A connection that says what it is told, and of which the next of some statement fails when it shall. */
class TracedDatabase extends DatabaseSync {
  readonly #trace: string[]
  readonly #faults: Map<string, number>

  constructor(path: string, { trace, faults }: World) {
    super(path)
    this.#trace = trace
    this.#faults = faults
    super.exec('PRAGMA busy_timeout = 50; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL')
  }

  override exec(sql: string): void {
    if (TRACED.test(sql)) this.#trace.push(sql)
    const errcode = this.#faults.get(sql)
    if (errcode === undefined) return super.exec(sql)
    this.#faults.delete(sql)
    throw Object.assign(new Error('injected'), { code: 'ERR_SQLITE_ERROR', errcode })
  }

  override prepare(sql: string): StatementSync {
    if (TRACED.test(sql)) this.#trace.push(sql)
    return super.prepare(sql)
  }
}

interface World {
  readonly trace: string[]
  readonly faults: Map<string, number>
  readonly session: WriteSession
}

/** A session with a log that may be 64 KiB long, what it has SQLite do, and the statements that shall fail, each once. */
function inWorld(run: (world: World) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    const path = join(folder, 'store.db')
    openForWriting(path).close()
    const session: WriteSession = new WriteSession(path, () => new TracedDatabase(path, world), 64 * 1024)
    const world: World = { trace: [], faults: new Map(), session }
    run(world)
    session.close()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function batchOf(id: string, { size = 10, expiresAt }: { size?: number; expiresAt?: number } = {}): WireBatch {
  const bytes = new Uint8Array(size)
  const lifetime = expiresAt === undefined ? {} : { expiresAt }
  const write = { op: 'put', key: [id], value: 1, expect: null, ...lifetime } as const
  const commit: Commit = { id, writes: [write], entries: [{ id: `entry of ${id}`, at: NOW, bytes, tags: {} }] }
  const { text, heads } = formatCommit(commit)
  return { text: formatBatch([text], heads), bytes, now: NOW }
}

/** What the session has SQLite do when one more batch comes. */
function traceOf({ session, trace }: World, id: string): string[] {
  trace.length = 0
  expect(session.run(batchOf(id))).toMatchObject({ ok: true })
  return [...trace]
}

const [PASSIVE, TRUNCATE] = ['PRAGMA wal_checkpoint(PASSIVE)', 'PRAGMA wal_checkpoint(TRUNCATE)']
const TRANSACTION = ['BEGIN IMMEDIATE', 'COMMIT']

describe('a sync that fails', () => {
  test('while a long log is moved is followed by nothing before all of the log was written and synced once more', () =>
    inWorld((world) => {
      world.session.run(batchOf('long', { size: 60_000 }))
      world.faults.set(PASSIVE, IO_ERROR_FSYNC)

      expect(traceOf(world, 'c')).toEqual([PASSIVE, TRUNCATE, ...TRANSACTION])
      expect(world.faults.size).toBe(0)
      expect(traceOf(world, 'd')).toEqual(TRANSACTION)
    }))

  test('while house-keeping moves a long log is met by the next batch', () =>
    inWorld((world) => {
      world.session.run(batchOf('long', { size: 60_000, expiresAt: NOW }))
      world.faults.set(PASSIVE, IO_ERROR_FSYNC)

      const hasMore = world.session.housekeep(NOW)

      expect([hasMore, world.faults.size]).toEqual([false, 0])
      expect(traceOf(world, 'c')).toEqual([TRUNCATE, ...TRANSACTION])
    }))

  test.each([
    ['COMMIT', IO_ERROR_FSYNC],
    ['COMMIT', IO_ERROR_WRITE],
    ['BEGIN IMMEDIATE', IO_ERROR_FSYNC],
  ])('or may have failed in a %s of house-keeping (error %i) is met by the next batch', (statement, errcode) =>
    inWorld((world) => {
      world.session.run(batchOf('a', { expiresAt: NOW }))
      world.faults.set(statement, errcode)

      world.session.housekeep(NOW)

      expect(traceOf(world, 'c')).toEqual([TRUNCATE, ...TRANSACTION])
    }),
  )

  test('before the commit of a batch is met by the next one', () =>
    inWorld((world) => {
      world.session.run(batchOf('a'))
      world.faults.set('BEGIN IMMEDIATE', IO_ERROR_FSYNC)

      expect(world.session.run(batchOf('b'))).toMatchObject({ failure: { code: 'ERR_STORE_UNAVAILABLE' } })

      expect(traceOf(world, 'c')).toEqual([TRUNCATE, ...TRANSACTION])
    }))
})

describe('what house-keeping has not synced', () => {
  test('is not trusted when the connection was closed before a batch synced it, because closing tells nothing', () =>
    inWorld((world) => {
      world.session.run(batchOf('a', { expiresAt: NOW }))
      world.session.housekeep(NOW)
      world.faults.set('BEGIN IMMEDIATE', BUSY)
      world.session.run(batchOf('b'))

      expect(traceOf(world, 'c')).toEqual([TRUNCATE, ...TRANSACTION])
    }))

  test('was not synced by a batch that had nothing to write', () =>
    inWorld((world) => {
      world.session.run(batchOf('a', { expiresAt: NOW }))
      world.session.housekeep(NOW)
      world.session.run(batchOf('a', { expiresAt: NOW }))
      world.faults.set('BEGIN IMMEDIATE', BUSY)
      world.session.run(batchOf('b'))

      expect(traceOf(world, 'c')).toEqual([TRUNCATE, ...TRANSACTION])
    }))

  test('is trusted as soon as a batch was synced', () =>
    inWorld((world) => {
      world.session.run(batchOf('a', { expiresAt: NOW }))
      world.session.housekeep(NOW)
      world.session.run(batchOf('b'))
      world.faults.set('BEGIN IMMEDIATE', BUSY)
      world.session.run(batchOf('c'))

      expect(traceOf(world, 'd')).toEqual(TRANSACTION)
    }))
})
