import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TAGS } from '@sallyport/store'
import type { StoredEntry, TagQuery } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { formatHead } from './chunk.ts'
import { openForWriting } from './connection.ts'
import { TagFinder } from './find.ts'
import { LogReader } from './log-reader.ts'
import { LogWriter } from './log-writer.ts'

const START = 1_000

function withDatabase(run: (db: DatabaseSync) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const db = openForWriting(join(folder, 'store.db'))
  db.exec('PRAGMA synchronous = OFF')
  try {
    run(db)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

/** A writer of its own on the database, as another process has one. */
function writerOn(db: DatabaseSync): LogWriter {
  return new LogWriter(db)
}

/** Appends entries whose tags and times follow from their index: values of every frequency, times not quite in order. */
function append(db: DatabaseSync, writer: LogWriter, count: number): void {
  const first = new LogReader(db).size()
  for (let from = first; from < first + count; from += 64) {
    const indexes = Array.from({ length: Math.min(64, first + count - from) }, (_, place) => from + place)
    inTransaction(db, () => {
      writer.catchUp()
      writer.append({
        heads: indexes.map((index) => formatHead({ ...entryAt(index), bytes: Uint8Array.of(1) })),
        sizes: indexes.map(() => 1),
        bodies: new Uint8Array(indexes.length).fill(1),
      })
      writer.flush()
    })
  }
}

function entryAt(index: number): Omit<StoredEntry, 'index' | 'bytes'> {
  const tags = { type: `t${index % 3}`, actor: `a${index % 97}`, ...(index % 1_000 === 0 ? { ip: 'rare' } : {}) }
  return { id: `e${index}`, at: START + index - (index % 7), tags }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  work()
  db.exec('COMMIT')
}

function step(db: DatabaseSync, writer: LogWriter): void {
  inTransaction(db, () => {
    writer.catchUp()
    writer.index.step()
  })
}

function indexAll(db: DatabaseSync, writer: LogWriter): void {
  do step(db, writer)
  while (writer.index.isDue)
}

function finderOn(db: DatabaseSync): TagFinder {
  return new TagFinder(db, { log: new LogReader(db), usesIndex: true })
}

function scan(db: DatabaseSync, query: TagQuery, before: number): StoredEntry[] {
  const { since = 0, until = Infinity } = query
  const log = new LogReader(db).read(0, Infinity).filter(({ index }) => index < before)
  const wanted = TAGS.filter((name) => query.tags[name] !== undefined)
  return log.toReversed().filter((entry) => {
    const matches = wanted.every((name) => [query.tags[name]].flat().includes(entry.tags[name]))
    return matches && entry.at >= since && entry.at < until
  })
}

const anyTime = fc.option(fc.integer({ min: START - 10, max: START + 19_100 }), { nil: undefined })
const anyQuery: fc.Arbitrary<TagQuery> = fc.record({
  tags: fc.record(
    {
      type: fc.oneof(fc.constantFrom('t0', 't1', 'none'), fc.constant(['t1', 't2', 'none'])),
      actor: fc.oneof(fc.constantFrom('a0', 'a50'), fc.constant(['a1', 'a2', 'a3'])),
      ip: fc.constant('rare'),
    },
    { requiredKeys: [] },
  ),
  since: anyTime,
  until: anyTime,
})

describe('LogIndex and TagFinder', () => {
  test('find what a scan of the log finds, in runs of every size and in what is not indexed yet', () =>
    withDatabase((db) => {
      const writer = writerOn(db)
      append(db, writer, 18_000)
      indexAll(db, writer)
      append(db, writer, 700)
      const finder = finderOn(db)
      const property = fc.property(anyQuery, fc.nat(19_000), (query, before) => {
        const found = finder.find(query, { before, limit: 40 })

        expect(found).toEqual(scan(db, query, before).slice(0, 40))
      })

      const details = fc.check(property, { numRuns: 60 })

      expect(details.failed ? fc.defaultReportMessage(details) : 'holds').toBe('holds')
      expect(coveredBy(db)).toEqual([17_920, 16_384, 0])
    }))

  test('put every posting into the largest run that covers it, and into no other', () =>
    withDatabase((db) => {
      const writer = writerOn(db)
      append(db, writer, 9_000)
      indexAll(db, writer)

      const runs = db.prepare('SELECT DISTINCT level, run FROM postings ORDER BY level DESC, run').all()

      expect(runs).toEqual([
        { level: 1, run: 0 },
        { level: 0, run: 32 },
        { level: 0, run: 33 },
        { level: 0, run: 34 },
      ])
      expect(postingCount(db)).toBe(8_960 * 2 + 9)
    }))

  test('index every entry once when they begin anew after every step', () =>
    withDatabase((db) => {
      append(db, writerOn(db), 9_000)
      for (let turn = 0; turn < 40; turn++) step(db, writerOn(db))
      indexAll(db, writerOn(db))

      const found = finderOn(db).find({ tags: { type: ['t0', 't1', 't2'] } }, { limit: 1_000 })

      expect(found.map((entry) => entry.index)).toEqual(Array.from({ length: 1_000 }, (_, place) => 8_999 - place))
      expect(postingCount(db)).toBe(8_960 * 2 + 9)
    }))

  test('index every entry once when two processes take turns', () =>
    withDatabase((db) => {
      const [one, other] = [writerOn(db), writerOn(db)]
      for (let turn = 0; turn < 12; turn++) {
        append(db, turn % 2 === 0 ? one : other, 900)
        step(db, turn % 3 === 0 ? other : one)
      }
      indexAll(db, one)
      indexAll(db, other)

      expect(postingCount(db)).toBe(10_752 * 2 + 11)
      expect(finderOn(db).find({ tags: { actor: 'a5' } }, { limit: 1_000 })).toEqual(
        scan(db, { tags: { actor: 'a5' } }, 10_800),
      )
    }))

  test('build the index again when it was taken away', () =>
    withDatabase((db) => {
      append(db, writerOn(db), 40_000)
      indexAll(db, writerOn(db))
      db.exec('DELETE FROM postings; DELETE FROM spans; DELETE FROM id_runs; DELETE FROM id_rest')
      db.exec('UPDATE progress SET indexed = 0')

      indexAll(db, writerOn(db))

      expect(coveredBy(db)).toEqual([39_936, 32_768, 0])
      expect(finderOn(db).find({ tags: { ip: 'rare' } }, { limit: 50 })).toHaveLength(40)
    }))

  test('find nothing in an empty log', () =>
    withDatabase((db) => {
      indexAll(db, writerOn(db))

      expect(finderOn(db).find({ tags: { type: 't0' }, since: 1, until: 2 }, { limit: 5 })).toEqual([])
    }))
})

function postingCount(db: DatabaseSync): number {
  return Number(db.prepare('SELECT sum(length(body)) / 8 AS n FROM postings').get()?.['n'])
}

function coveredBy(db: DatabaseSync): unknown[] {
  return db
    .prepare('SELECT indexed FROM progress ORDER BY level')
    .all()
    .map((row) => row['indexed'])
}
