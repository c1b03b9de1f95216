import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { LogBound } from './log-bound.ts'
import { Reader } from './reader.ts'
import { formatBatch, formatCommit } from './wire.ts'
import type { WireBatch } from './wire.ts'
import { WriteSession } from './write-session.ts'

const NOW = 1_800_000_000_000
const BOUND = 256 * 1024
const BATCH_ENTRIES = 64
const ENTRY_BYTES = 1_000
// What a batch may add at most: its entries, what belongs to them, and the pages of the trees that it touches.
const BATCH_BYTES = 2 * BATCH_ENTRIES * ENTRY_BYTES

function inFolder<Result>(run: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    return run(join(folder, 'store.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function batchOf(id: string, count = BATCH_ENTRIES): WireBatch {
  const entries = Array.from({ length: count }, (_, place) => {
    return { id: `${id}.${place}`, at: NOW, bytes: new Uint8Array(ENTRY_BYTES), tags: { type: 't' } }
  })
  const { text, heads } = formatCommit({ id, writes: [], entries })
  return { text: formatBatch([text], heads), bytes: new Uint8Array(count * ENTRY_BYTES), now: NOW }
}

/** Runs batches one after the other without a pause, and gives the length of the log after each. */
function runBatches(session: WriteSession, path: string, ids: readonly number[]): number[] {
  return ids.map((id) => {
    expect(session.run(batchOf(String(id))).ok).toBe(true)
    return statSync(`${path}-wal`).size
  })
}

function idsFrom(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, place) => from + place)
}

describe('LogBound', () => {
  test('speaks up when the log is longer than it may be, and again each time that it has grown by a quarter of that', () =>
    inFolder((path) => {
      const bound = new LogBound(path, 1_000)
      writeFileSync(`${path}-wal`, '')
      const answers = [0, 1_000, 1_001, 1_251, 1_252, 1_502, 1_503].map((size) => {
        truncateSync(`${path}-wal`, size)
        return bound.isExceeded()
      })

      expect(answers).toEqual([false, false, true, false, true, false, true])
    }))

  test('is to be asked only once the log may have grown beyond its bound, or nobody knows', () =>
    inFolder((path) => {
      const bound = new LogBound(path, 1_000)
      writeFileSync(`${path}-wal`, new Uint8Array(400))
      const atFirst = [bound.isSuspect, bound.isExceeded(), bound.isSuspect]
      const grown = [600, 1, Infinity].map((bytes) => {
        bound.grown(bytes)
        return bound.isSuspect
      })

      expect(atFirst).toEqual([true, false, false])
      expect(grown).toEqual([false, true, true])
      expect([bound.isExceeded(), bound.isSuspect]).toEqual([false, false])
    }))

  test('is as before once the log was short again, or away', () =>
    inFolder((path) => {
      const bound = new LogBound(path, 1_000)
      const sizes = [1_100, 900, 1_001]
      const answers = sizes.map((size) => {
        writeFileSync(`${path}-wal`, new Uint8Array(size))
        return bound.isExceeded()
      })
      rmSync(`${path}-wal`)

      expect([...answers, bound.isExceeded()]).toEqual([true, false, true, false])
    }))
})

describe('the write-ahead log', () => {
  test('stays within its bound while batches follow one another without a pause', () =>
    inFolder((path) => {
      const session = new WriteSession(path, undefined, BOUND)

      const sizes = runBatches(session, path, idsFrom(0, 40))
      session.close()

      expect(Math.max(...sizes)).toBeGreaterThan(BOUND)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(BOUND + BATCH_BYTES)
    }))

  test('grows while somebody reads, and is within its bound again when they are done', () =>
    inFolder((path) => {
      const session = new WriteSession(path, undefined, BOUND)
      runBatches(session, path, [0])
      const reader = new DatabaseSync(path, { readOnly: true })
      reader.exec('BEGIN; SELECT * FROM chunks')

      const whileRead = runBatches(session, path, idsFrom(1, 20))
      reader.exec('COMMIT')
      reader.close()
      const afterwards = runBatches(session, path, idsFrom(21, 20))
      session.close()

      expect(whileRead.at(-1)).toBeGreaterThan(4 * BOUND)
      expect(Math.max(...afterwards.slice(5))).toBeLessThanOrEqual(BOUND + BATCH_BYTES)
    }))

  test('is moved by house-keeping, too, when it is too long', () =>
    inFolder((path) => {
      const session = new WriteSession(path, undefined, BOUND)
      session.run(batchOf('long', 4 * BATCH_ENTRIES))
      const before = statSync(path).size

      const hasMore = session.housekeep(NOW)

      expect([hasMore, statSync(path).size > before]).toEqual([true, true])
      session.close()
    }))

  test('is never moved by SQLite itself, which forgets that it failed', () =>
    inFolder((path) => {
      const db = openForWriting(path)

      expect(db.prepare('PRAGMA wal_autocheckpoint').get()).toEqual({ wal_autocheckpoint: 0 })
      db.close()
    }))

  test('that a killed process has left is moved into the database before anything follows it', () =>
    inFolder((path) => {
      const killed = new WriteSession(path)
      runBatches(killed, path, [0])
      const left = `${path}.left`
      for (const side of ['', '-wal']) copyFileSync(path + side, left + side)
      killed.close()

      const session = new WriteSession(left)
      session.start()
      copyFileSync(left, `${path}.alone`)
      session.close()

      const reader = new Reader(new DatabaseSync(`${path}.alone`, { readOnly: true }), { usesIndex: true })
      expect(reader.read(0, 100)).toHaveLength(BATCH_ENTRIES)
      reader.close()
    }))
})
