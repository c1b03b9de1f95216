import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { guardStore } from '@sallyport/store'
import type { Commit, Store } from '@sallyport/store'
import { testStore } from '@sallyport/store/conformance'
import { describe, expect, test } from 'vitest'
import { BatchQueue } from './batch-queue.ts'
import { openForWriting } from './connection.ts'
import { openBesideWriter } from './open-reader.ts'
import { ReadSession } from './read-session.ts'
import { Reader } from './reader.ts'
import { readingHalf } from './reading-half.ts'
import { parseFailure } from './sqlite-errors.ts'
import { formatBatch, formatCommit } from './wire.ts'
import type { WireAnswer, WireBatch } from './wire.ts'
import { WriteSession } from './write-session.ts'

// The same contract without the worker between: what the transaction does, judged in this thread.
testStore('a WriteSession in the calling thread', async ({ clock }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const open = (): Store => assemble(join(folder, 'store.db'), clock)
  const store = open()
  return {
    store,
    reopen: async () => open(),
    async destroy(): Promise<void> {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
})

function assemble(path: string, clock: () => number): Store {
  const session = new WriteSession(path)
  session.start()
  const reads = new ReadSession(() => openBesideWriter(path))
  const queue = new BatchQueue({ clock, commit: async (batch) => runBatch(session, batch) })
  return guardStore({
    ...readingHalf(reads, clock),
    commit: (commit) => queue.add(commit),
    async close(): Promise<void> {
      await queue.drain()
      reads.close()
      session.close()
    },
  })
}

function runBatch(session: WriteSession, batch: WireBatch): readonly WireAnswer[] {
  const result = session.run(batch)
  if (!result.ok) throw parseFailure(result.failure)
  while (session.housekeep(batch.now));
  session.checkpoint()
  return result.answers
}

const NOW = 1_800_000_000_000

function inFolder<Result>(run: (path: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    return run(join(folder, 'store.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function commitOf(id: string, size = 10): Commit {
  const entry = { id: `entry of ${id}`, at: NOW, bytes: new Uint8Array(size), tags: { type: 't' } }
  return { id, writes: [{ op: 'put', key: ['k', id], value: id, expect: null }], entries: [entry] }
}

function batchOf(...commits: readonly Commit[]): WireBatch {
  const bytes = Buffer.concat(commits.flatMap((commit) => commit.entries.map((entry) => entry.bytes)))
  const texts = commits.map(formatCommit)
  const text = formatBatch(
    texts.map((one) => one.text),
    texts.flatMap((one) => one.heads),
  )
  return { text, bytes: new Uint8Array(bytes), now: NOW }
}

/** Reads everything with a connection of its own: what is on disk. */
function contents(path: string): { records: string[]; entries: string[] } {
  const reader = new Reader(new DatabaseSync(path, { readOnly: true }), { usesIndex: true })
  const records = reader.list(['k'], { limit: 1_000 }, NOW).map((record) => record.version)
  const entries = reader.read(0, 1_000).map((entry) => `${entry.index} ${entry.id}`)
  reader.close()
  return { records, entries }
}

/** A connection whose next COMMIT fails, before or after the data are on disk. */
class FailingDatabase extends DatabaseSync {
  failure: 'before' | 'after' | undefined

  override exec(sql: string): void {
    if (sql !== 'COMMIT' || this.failure === undefined) return super.exec(sql)
    super.exec(this.failure === 'after' ? 'COMMIT' : 'ROLLBACK')
    throw new Error('disk I/O error')
  }
}

function failingSession(path: string, failure: 'before' | 'after'): WriteSession {
  openForWriting(path).close()
  let opened = 0
  return new WriteSession(path, () => {
    const db = new FailingDatabase(path)
    opened += 1
    if (opened === 1) db.failure = failure
    return db
  })
}

describe('WriteSession', () => {
  test('judges each commit of a batch alone and in order', () =>
    inFolder((path) => {
      const session = new WriteSession(path)

      const result = session.run(batchOf(commitOf('a'), { ...commitOf('a'), id: 'b' }, commitOf('c'), commitOf('a')))
      session.close()

      const refused = { ok: false, code: 'conflict', key: ['k', 'a'] }
      expect(result).toEqual({ ok: true, answers: [0, refused, 1, 0] })
      expect(contents(path)).toEqual({ records: ['a', 'c'], entries: ['0 entry of a', '1 entry of c'] })
    }))

  test('refuses a commit with a repeated entry and gives each of the others its own bytes', () =>
    inFolder((path) => {
      const session = new WriteSession(path)
      const entryOf = (id: string, fill: number) => ({ id, at: NOW, bytes: new Uint8Array(5).fill(fill), tags: {} })
      const commit = (id: string, fill: number, ...ids: string[]): Commit => {
        return { id, writes: [], entries: ids.map((entryId) => entryOf(entryId, fill)) }
      }

      const result = session.run(batchOf(commit('a', 1, 'e1'), commit('b', 2, 'e2', 'e1'), commit('c', 3, 'e3')))
      session.close()

      expect(result.ok && result.answers[1]).toBe('repeated_entry')
      const reader = new Reader(new DatabaseSync(path, { readOnly: true }), { usesIndex: true })
      expect(reader.read(0, 9).map(({ id, bytes }) => [id, bytes[0]])).toEqual([
        ['e1', 1],
        ['e3', 3],
      ])
      reader.close()
    }))

  test('rejects a batch that does not fit on the disk, writes nothing of it, and goes on when there is room', () =>
    inFolder((path) => {
      let pages = 40
      const session = new WriteSession(path, () => {
        const db = openForWriting(path)
        db.exec(`PRAGMA max_page_count = ${pages}`)
        return db
      })
      session.run(batchOf(commitOf('first')))
      const large = Array.from({ length: 20 }, (_, index) => commitOf(`large ${index}`, 16_000))

      const full = session.run(batchOf(commitOf('small'), ...large))
      pages = 100_000
      const afterwards = session.run(batchOf(commitOf('second'), ...large))
      session.close()

      expect(full).toMatchObject({ ok: false, failure: { code: 'ERR_STORE_UNAVAILABLE' } })
      expect(afterwards).toMatchObject({ ok: true })
      expect(contents(path).entries.slice(0, 2)).toEqual(['0 entry of first', '1 entry of second'])
      expect(contents(path).records).not.toContain('small')
    }))

  test('says that the outcome is unknown when the commit fails, and a repeat applies what was lost', () =>
    inFolder((path) => {
      const session = failingSession(path, 'before')

      const failed = session.run(batchOf(commitOf('a')))
      const repeated = session.run(batchOf(commitOf('a')))
      session.close()

      expect(failed).toMatchObject({ ok: false, failure: { code: 'ERR_STORE_OUTCOME_UNKNOWN' } })
      expect(repeated).toEqual({ ok: true, answers: [0] })
      expect(contents(path)).toEqual({ records: ['a'], entries: ['0 entry of a'] })
    }))

  test('says that the outcome is unknown when the commit fails, and a repeat learns what was kept', () =>
    inFolder((path) => {
      const session = failingSession(path, 'after')

      const failed = session.run(batchOf(commitOf('a')))
      const repeated = session.run(batchOf(commitOf('a'), commitOf('b')))
      session.close()

      expect(failed).toMatchObject({ ok: false, failure: { code: 'ERR_STORE_OUTCOME_UNKNOWN' } })
      expect(repeated.ok && repeated.answers[0]).toBe(0)
      expect(contents(path)).toEqual({ records: ['a', 'b'], entries: ['0 entry of a', '1 entry of b'] })
    }))

  test('rejects as unavailable while another process holds the lock, and goes on when it lets go', () =>
    inFolder((path) => {
      const other = openForWriting(path)
      const session = new WriteSession(path, () => {
        const db = openForWriting(path)
        db.exec('PRAGMA busy_timeout = 1')
        return db
      })
      session.start()
      other.exec('BEGIN IMMEDIATE')

      const locked = session.run(batchOf(commitOf('a')))
      other.exec('ROLLBACK')
      const free = session.run(batchOf(commitOf('a')))
      other.close()
      session.close()

      expect(locked).toMatchObject({ ok: false, failure: { code: 'ERR_STORE_UNAVAILABLE' } })
      expect(free.ok).toBe(true)
    }))

  test('gives house-keeping up when it fails, and does it after the next batch', () =>
    inFolder((path) => {
      const other = openForWriting(path)
      const session = new WriteSession(path, () => {
        const db = openForWriting(path)
        db.exec('PRAGMA busy_timeout = 1')
        return db
      })
      const write = { op: 'put', key: ['k'], value: 1, expect: null, expiresAt: NOW } as const
      session.run(batchOf({ id: 'a', writes: [write], entries: [] }))
      other.exec('BEGIN IMMEDIATE')

      const locked = session.housekeep(NOW)
      other.exec('ROLLBACK')
      session.run(batchOf(commitOf('b')))
      const free = session.housekeep(NOW)

      expect([locked, free]).toEqual([false, true])
      session.close()
      other.close()
    }))

  test('says that the file is gone read-only instead of pretending to write', () =>
    inFolder((path) => {
      openForWriting(path).close()
      const session = new WriteSession(path, () => new DatabaseSync(path, { readOnly: true }))

      const result = session.run(batchOf(commitOf('a')))

      expect(result).toMatchObject({ ok: false, failure: { code: 'ERR_STORE_UNAVAILABLE' } })
      session.close()
    }))

  test('deletes dropped records when it keeps house, and no others', () =>
    inFolder((path) => {
      const session = new WriteSession(path)
      const put = (name: string, rest: object): Commit['writes'][number] => {
        return { op: 'put', key: [name], value: 1, expect: null, ...rest }
      }
      const expiresAt = NOW + 10
      const writes = [
        put('dropped', { expiresAt }),
        put('kept', { expiresAt, atExpiry: 'keep' }),
        put('later', { expiresAt: NOW + 11 }),
        put('forever', {}),
      ]
      session.run(batchOf({ id: 'a', writes, entries: [] }))

      const steps = [session.housekeep(NOW + 9), session.housekeep(NOW + 10), session.housekeep(NOW + 10)]
      session.close()

      const reader = new Reader(new DatabaseSync(path, { readOnly: true }), { usesIndex: true })
      expect(steps).toEqual([false, true, false])
      expect(reader.list([], { limit: 9 }, 0).map((record) => record.key[0])).toEqual(['forever', 'kept', 'later'])
      reader.close()
    }))

  test('keeps syncing batches to disk after it has kept house without syncing', () =>
    inFolder((path) => {
      let opened: DatabaseSync | undefined
      const session = new WriteSession(path, () => (opened = openForWriting(path)))
      session.run(batchOf(commitOf('a')))

      while (session.housekeep(NOW));

      expect(opened?.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
      session.close()
    }))
})
