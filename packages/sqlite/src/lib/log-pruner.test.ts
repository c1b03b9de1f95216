import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { formatHead } from './chunk.ts'
import { openForWriting } from './connection.ts'
import { TagFinder } from './find.ts'
import { LogReader } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'
import { Reader } from './reader.ts'

function withDatabase(run: (db: DatabaseSync, path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const path = join(folder, 'store.db')
  const db = openForWriting(path)
  db.exec('PRAGMA synchronous = OFF')
  try {
    run(db, path)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

function inTransaction(db: DatabaseSync, writer: LogWriter, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  writer.catchUp()
  work()
  db.exec('COMMIT')
}

/** Appends entries of a few hundred bytes: one of 50 actors each, two types, times that are their indexes. */
function append(db: DatabaseSync, writer: LogWriter, count: number): void {
  for (let left = count; left > 0; left -= 64) {
    inTransaction(db, writer, () => {
      const indexes = Array.from({ length: Math.min(64, left) }, (_, place) => writer.next + place)
      const heads = indexes.map((index) => formatHead({ ...headAt(index), bytes: Uint8Array.of(1) }))
      writer.append({ heads, sizes: indexes.map(() => 300), bodies: new Uint8Array(300 * indexes.length).fill(1) })
      writer.flush()
    })
  }
}

function headAt(index: number): { id: string; at: number; tags: Record<string, string> } {
  const id = index % 40 === 0 ? `single id ${index}` : `e${String(index).padStart(7, '0')}`
  return { id, at: index, tags: { type: `t${index % 2}`, actor: `a${index % 50}` } }
}

function drop(db: DatabaseSync, writer: LogWriter, below: number): void {
  inTransaction(db, writer, () => writer.drop(below))
}

function indexAll(db: DatabaseSync, writer: LogWriter): void {
  do inTransaction(db, writer, () => writer.index.step())
  while (writer.index.isDue)
}

/** Does all steps of pruning, and gives how many rows each took at most. */
function pruneAll(db: DatabaseSync, writer: LogWriter): number {
  let most = 0
  while (writer.pruner.isDue) {
    const before = rowCount(db)
    inTransaction(db, writer, () => writer.pruner.step())
    most = Math.max(most, before - rowCount(db))
  }
  return most
}

function rowCount(db: DatabaseSync): number {
  return ['chunks', 'postings', 'spans', 'id_runs', 'id_rest'].reduce((sum, table) => sum + countOf(db, table), 0)
}

function countOf(db: DatabaseSync, table: string, where = 'true'): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${where}`).get()?.['n'])
}

function pagesOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA page_count').get()?.['page_count'])
}

function finderOn(db: DatabaseSync): TagFinder {
  return new TagFinder(db, { log: new LogReader(db), usesIndex: true })
}

describe('LogPruner', () => {
  test('removes what was dropped, in steps of a few rows, and nothing else', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 20_000)
      indexAll(db, writer)
      drop(db, writer, 18_000)

      const most = pruneAll(db, writer)

      expect(most).toBeLessThanOrEqual(512)
      expect(countOf(db, 'chunks', 'last < 18000')).toBe(0)
      expect(countOf(db, 'postings', 'level = 0 AND run < 70 OR level = 1 AND run < 2')).toBe(0)
      expect(countOf(db, 'spans', 'n < 17')).toBe(0)
      expect(countOf(db, 'id_rest', "id < 'single id 17900'")).toBeLessThan(60)
      expect(new LogReader(db).read(0, 4_096)).toHaveLength(2_000)
    }))

  test('gives the room back to the log that grows', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 10_000)
      indexAll(db, writer)
      const pages = pagesOf(db)

      for (let turn = 1; turn <= 4; turn++) {
        drop(db, writer, turn * 8_000)
        pruneAll(db, writer)
        append(db, writer, 8_000)
        indexAll(db, writer)
      }

      expect(pagesOf(db)).toBeLessThan(pages * 1.2)
    }))

  test('goes on where it was cut short, in another process', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 10_000)
      indexAll(db, writer)
      drop(db, writer, 10_000)
      for (let turn = 0; turn < 5; turn++) inTransaction(db, writer, () => writer.pruner.step())

      const next = new LogWriter(db)
      const isDue = next.pruner.isDue
      pruneAll(db, next)

      expect(isDue).toBe(true)
      expect(new LogWriter(db).pruner.isDue).toBe(false)
      expect([countOf(db, 'chunks'), countOf(db, 'spans', 'n < 9'), new LogReader(db).size()]).toEqual([0, 0, 10_000])
      append(db, next, 600)
      expect(new LogReader(db).read(0, 1)[0]?.index).toBe(10_000)
    }))

  test('has nothing to do where nothing was dropped', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 300)

      expect([writer.pruner.isDue, new LogWriter(db).pruner.isDue]).toEqual([false, false])
    }))

  test('forgets the ids of what is gone and knows all others', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 4_096)
      indexAll(db, writer)
      drop(db, writer, 2_000)
      pruneAll(db, writer)

      const { ids } = new LogWriter(db).index
      const known = Array.from({ length: 4_096 }, (_, index) => ids.has(headAt(index).id))

      // 2,000 entries stand in rows of 32: those of the row in which the log begins are still there.
      expect(known).toEqual(known.map((_, index) => index >= 1_984))
    }))

  test('find what is left as a scan does, however dropping, pruning, indexing and other processes meet', () =>
    withDatabase((db) => {
      const anyAction = fc.oneof(
        fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 2_000 }) }),
        fc.record({ kind: fc.constant('drop' as const), count: fc.integer({ min: 0, max: 3_000 }) }),
        fc.record({ kind: fc.constantFrom('index' as const, 'prune' as const, 'restart' as const), count: fc.nat(9) }),
      )
      const property = fc.property(fc.array(anyAction, { minLength: 5, maxLength: 25 }), (actions) => {
        const writers = [new LogWriter(db), new LogWriter(db)]
        for (const [turn, { kind, count }] of actions.entries()) {
          const writer = writers[turn % 2] ?? new LogWriter(db)
          if (kind === 'append') append(db, writer, count)
          if (kind === 'restart') writers[turn % 2] = new LogWriter(db)
          inTransaction(db, writer, () => {
            if (kind === 'drop') writer.drop(Math.min(writer.next, writer.first + count))
            for (let step = 0; kind === 'index' && step < count; step++) writer.index.step()
            for (let step = 0; kind === 'prune' && step < count; step++) writer.pruner.step()
          })
        }
        expectWhole(db)
      })

      const details = fc.check(property, { numRuns: 25 })

      expect(details.failed ? fc.defaultReportMessage(details) : 'holds').toBe('holds')
    }))

  test('leave a log that can be indexed anew when the index was taken away', () =>
    withDatabase((db) => {
      const writer = new LogWriter(db)
      append(db, writer, 20_000)
      indexAll(db, writer)
      drop(db, writer, 9_100)
      pruneAll(db, writer)
      db.exec('DELETE FROM postings; DELETE FROM spans; DELETE FROM id_runs; DELETE FROM id_rest')
      db.exec('UPDATE progress SET indexed = 0')

      const next = new LogWriter(db)
      indexAll(db, next)

      expectWhole(db)
      expect(countOf(db, 'postings', 'level = 0 AND run < 35')).toBe(0)
    }))
})

/** What is found by tags and by time is what is read; and both begin where the log begins and end where it ends. */
function expectWhole(db: DatabaseSync): void {
  const log = new LogReader(db)
  const [first, size] = [log.first(), log.size()]
  const entries = log.read(0, Infinity)
  expect(entries.map(({ index, id }) => [index, id])).toEqual(
    Array.from({ length: size - first }, (_, place) => [first + place, headAt(first + place).id]),
  )
  const found = (query: Parameters<TagFinder['find']>[0]): number[] =>
    finderOn(db)
      .find(query, { limit: 1_000_000 })
      .map(({ index }) => index)
  const indexes = entries.map(({ index }) => index).toReversed()
  expect(found({ tags: { type: ['t0', 't1'] } })).toEqual(indexes)
  expect(found({ tags: { actor: 'a7' } })).toEqual(indexes.filter((index) => index % 50 === 7))
  const [since, until] = [first - 100, first + 1_100]
  expect(found({ tags: { type: 't0' }, since, until })).toEqual(
    indexes.filter((index) => index % 2 === 0 && index >= since && index < until),
  )
}

describe('a file from before entries could be dropped', () => {
  function makeOld(db: DatabaseSync): void {
    db.exec('DROP TABLE log_start; PRAGMA user_version = 2')
  }

  test('is read as it is, and then as it has become', () =>
    withDatabase((db, path) => {
      append(db, new LogWriter(db), 100)
      makeOld(db)
      const reading = new DatabaseSync(path, { readOnly: true })
      const reader = new Reader(reading, { usesIndex: false })
      const before = [reader.first(), reader.size(), reader.read(0, 1)[0]?.index]

      const writing = openForWriting(path)
      drop(writing, new LogWriter(writing), 40)

      expect(before).toEqual([0, 100, 0])
      expect([reader.first(), reader.size(), reader.read(0, 1)[0]?.index]).toEqual([40, 100, 40])
      expect(reader.find({ tags: { type: ['t0', 't1'] } }, { limit: 1_000 })).toHaveLength(60)
      reader.close()
      writing.close()
    }))

  test('is brought forward when it is opened for writing, once, and keeps everything', () =>
    withDatabase((db, path) => {
      append(db, new LogWriter(db), 100)
      makeOld(db)

      for (let turn = 0; turn < 2; turn++) openForWriting(path).close()

      expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: 3 })
      expect(new LogReader(db).read(0, 1_000)).toHaveLength(100)
      expect(new LogReader(db).first()).toBe(0)
    }))
})
