import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { TAGS } from '@sallyport/store'
import type { StoredEntry, TagQuery } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { TagFinder } from './find.ts'
import { parseEntry } from './rows.ts'
import { TagIndex } from './tag-index.ts'

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

/** Appends entries whose tags and times follow from their index: values of every frequency, times not quite in order. */
function append(db: DatabaseSync, count: number): void {
  const insert = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?)')
  const first = Number(db.prepare('SELECT count(*) AS n FROM entries').get()?.['n'])
  db.exec('BEGIN')
  for (let index = first; index < first + count; index++) {
    const tags = { type: `t${index % 3}`, actor: `a${index % 97}`, ...(index % 1_000 === 0 ? { ip: 'rare' } : {}) }
    insert.run(index, `e${index}`, START + index - (index % 7), JSON.stringify(tags), Uint8Array.of(1))
  }
  db.exec('COMMIT')
}

function indexAll(db: DatabaseSync, index: TagIndex = new TagIndex(db)): void {
  while (index.backlog() > 0) index.step()
}

function scan(db: DatabaseSync, query: TagQuery, before: number): StoredEntry[] {
  const { since = 0, until = Infinity } = query
  const log = db.prepare('SELECT * FROM entries WHERE idx < ? ORDER BY idx DESC').all(before).map(parseEntry)
  const wanted = TAGS.filter((name) => query.tags[name] !== undefined)
  return log.filter((entry) => {
    const matches = wanted.every((name) => [query.tags[name]].flat().includes(entry.tags[name]))
    return matches && entry.at >= since && entry.at < until
  })
}

const anyTime = fc.option(fc.integer({ min: START - 10, max: START + 3_100 }), { nil: undefined })
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

describe('TagIndex and TagFinder', () => {
  test('find what a scan of the log finds, the newest entries indexed or not', () =>
    withDatabase((db) => {
      append(db, 3_000)
      indexAll(db)
      append(db, 100)
      const finder = new TagFinder(db, true)
      const property = fc.property(anyQuery, fc.nat(3_200), (query, before) => {
        const found = finder.find(query, { before, limit: 40 })

        expect(found).toEqual(scan(db, query, before).slice(0, 40))
      })

      const details = fc.check(property, { numRuns: 150 })

      expect(details.failed ? fc.defaultReportMessage(details) : 'holds').toBe('holds')
    }))

  test('index every entry once when rounds are cut short and begun again', () =>
    withDatabase((db) => {
      append(db, 700)
      for (let turn = 0; turn < 5; turn++) {
        const interrupted = new TagIndex(db)
        for (let step = 0; step <= turn; step++) interrupted.step()
        append(db, 200)
      }
      indexAll(db)

      const finder = new TagFinder(db, true)
      const found = finder.find({ tags: { type: ['t0', 't1', 't2'] } }, { limit: 1_000 })

      expect(found.map((entry) => entry.index)).toEqual(Array.from({ length: 1_000 }, (_, place) => 1_699 - place))
      expect(postingCount(db)).toBe(1_700 * 2 + 2)
    }))

  test('index every entry once when two processes take turns', () =>
    withDatabase((db) => {
      const [one, other] = [new TagIndex(db), new TagIndex(db)]
      append(db, 600)
      one.step()
      append(db, 900)
      other.step()
      one.step()
      other.step()
      indexAll(db, one)
      append(db, 300)
      other.step()
      indexAll(db, one)
      indexAll(db, other)

      expect(postingCount(db)).toBe(1_800 * 2 + 2)
      expect(new TagFinder(db, true).find({ tags: { actor: 'a5' } }, { limit: 1_000 })).toEqual(
        scan(db, { tags: { actor: 'a5' } }, 1_800),
      )
    }))

  test('find nothing in an empty log', () =>
    withDatabase((db) => {
      indexAll(db)

      expect(new TagFinder(db, true).find({ tags: { type: 't0' }, since: 1, until: 2 }, { limit: 5 })).toEqual([])
    }))
})

function postingCount(db: DatabaseSync): number {
  return Number(db.prepare('SELECT sum(length(indexes)) / 4 AS n FROM postings').get()?.['n'])
}
