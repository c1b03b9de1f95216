import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { verifyLedger } from '@sallyport/audit/ledger'
import { openSqlite } from '@sallyport/sqlite'
import { StoreError } from '@sallyport/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { printCounts } from './tampering/cases.ts'
import { chunkCases } from './tampering/chunk-cases.ts'
import { createDatabase, readChunks, type TamperedDatabase } from './tampering/database.ts'
import { enumerateSql } from './tampering/enumerate-sql.ts'
import { readImage } from './tampering/image.ts'
import { readRecords, recordCases } from './tampering/record-cases.ts'
import { storyVerifierKeys } from './tampering/world.ts'

// On two free cores all of these files together take less than a minute; a busy machine may need several.
const SLOWLY = { timeout: 300_000 }

// Each is emptied, and each of its columns gets another value.
const PROJECTIONS = {
  postings: ["body = x'00'", 'tag = tag + 1'],
  spans: ['earliest = latest + 1', 'latest = 0'],
  id_runs: ["body = ''", "top = top || '~'"],
  id_rest: ["id = id || '~'"],
  progress: ['indexed = 0', 'indexed = 1000000'],
  outcomes: ["body = '[]'", 'n = n + 1'],
}

describe('the database file of a signed ledger of 300 entries', () => {
  let database: TamperedDatabase
  let verifierKeys: readonly string[]
  beforeAll(async () => {
    database = await createDatabase()
    verifierKeys = await storyVerifierKeys()
  })
  afterAll(async () => await database.close())

  test('v5.0.0-16.4.2 LOG-08 tells of every change of every column of every row of the log', SLOWLY, async () => {
    const found = await enumerateSql(database, chunkCases(readChunks(database.path)), verifierKeys)
    printCounts(found, 'rows of the log')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(4_000)
  })

  test('v5.0.0-16.4.2 tells of every change of every column of every record that proves it', SLOWLY, async () => {
    const db = new DatabaseSync(database.path, { readOnly: true })
    const cases = [...recordCases(readRecords(db))]
    db.close()
    const found = await enumerateSql(database, cases, verifierKeys)
    printCounts(found, 'records')

    expect(found.misses).toEqual([])
    expect(found.total).toBeGreaterThan(1_000)
  })

  test('is judged and searched by its log, whatever became of the tables that follow from it', SLOWLY, async () => {
    const search = { tags: { type: 'challenge.issued' } }
    await withCopy(database, async (path) => {
      const expected = await foundBy(path, search)
      for (const [table, changes] of Object.entries(PROJECTIONS)) {
        for (const change of [
          `DELETE FROM ${table}`,
          ...changes.map((set) => `UPDATE OR IGNORE ${table} SET ${set}`),
        ]) {
          const db = new DatabaseSync(path)
          db.exec(change)
          db.close()

          expect(await foundBy(path, search)).toEqual(expected)
          expect(await verdictOf(path, verifierKeys)).toBe('good')
        }
      }
      expect(expected.length).toBeGreaterThan(10)
    })
  })

  test('is never called good when a byte of it is changed that belongs to what it says', SLOWLY, async () => {
    const file = await readFile(join(database.folder, 'pristine.db'))
    const original = await contentOf(join(database.folder, 'pristine.db'))
    const verdicts = new Map<string, number>()
    const unnoticed: number[] = []
    await withCopy(database, async (path) => {
      for (let at = 7; at < file.length; at += 2_003) {
        await writeFile(path, file.with(at, (file[at] ?? 0) ^ (1 << (at % 8))))
        const verdict = await verdictOf(path, verifierKeys)
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
        // What is empty, or follows from the log, may be changed: then every entry and every proof still says the same.
        if (verdict === 'good' && (await contentOf(path)) !== original) unnoticed.push(at)
      }
    })

    expect(unnoticed).toEqual([])
    expect(verdicts.get('corrupt')).toBeGreaterThan(10)
  })
})

async function withCopy(database: TamperedDatabase, use: (path: string) => Promise<void>): Promise<void> {
  const path = join(database.folder, 'examined.db')
  await copyFile(join(database.folder, 'pristine.db'), path)
  await use(path)
}

/** The verdict as the command gives it: a file that cannot be read is unverifiable. */
async function verdictOf(path: string, verifierKeys: readonly string[]): Promise<string> {
  try {
    const store = await openSqlite({ path, readOnly: true })
    try {
      return (await verifyLedger({ store, verifierKeys })).verdict
    } finally {
      await store.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return 'unverifiable'
    throw error
  }
}

async function foundBy(path: string, query: { readonly tags: { readonly type: string } }): Promise<readonly number[]> {
  const store = await openSqlite({ path, readOnly: true })
  const found = await store.find(query, { limit: 1_000 })
  await store.close()
  return found.map(({ index }) => index)
}

/** All entries and records that prove the ledger, as one text. */
async function contentOf(path: string): Promise<string> {
  const store = await openSqlite({ path, readOnly: true })
  const { entries, records } = await readImage(store)
  await store.close()
  const said = entries.map(({ bytes, ...columns }) => [columns, Buffer.from(bytes).toString('base64')])
  return JSON.stringify([said, [...records.values()].filter(({ key }) => key[1] !== 'head')])
}
