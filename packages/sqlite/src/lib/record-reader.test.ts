import { encodeKey } from '@sallyport/store'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test, vi } from 'vitest'
import { openForWriting } from './connection.ts'
import { openSqlite } from './open-sqlite.ts'
import { RecordReader } from './record-reader.ts'

const NOW = 1_000
const KEY = ['k', 'a'] as const
const OTHER = ['k', 'b'] as const

interface Expiry {
  readonly at: number
  readonly keep: boolean
}

interface World {
  readonly path: string
  readonly db: DatabaseSync
  readonly reader: RecordReader
  /** Writes a record on another connection, as another thread or process does. */
  readonly put: (key: readonly string[], value: string, expiry?: Expiry) => void
}

async function withReader(run: (world: World) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const path = join(folder, 'store.db')
  const writer = openForWriting(path)
  const db = new DatabaseSync(path, { readOnly: true })
  const insert = writer.prepare('INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)')
  const put: World['put'] = (key, value, expiry) => {
    insert.run(
      encodeKey(key),
      JSON.stringify(value),
      `v ${value}`.slice(0, 9),
      expiry?.at ?? null,
      Number(expiry?.keep ?? false),
    )
  }
  try {
    await run({ path, db, reader: new RecordReader(db), put })
  } finally {
    db.close()
    writer.close()
    rmSync(folder, { recursive: true })
  }
}

function valuesOf(reader: RecordReader, keys: readonly (readonly string[])[], now: number = NOW): unknown[] {
  return reader.get(keys, now).map((found) => found?.value)
}

describe('RecordReader', () => {
  test('gives records in the order of the keys, and nothing for those that are not there', () =>
    withReader(({ reader, put }) => {
      put(KEY, 'one')
      put(OTHER, 'two')

      const found = reader.get([OTHER, ['k'], KEY, OTHER], NOW)

      expect(found).toEqual([
        { key: OTHER, value: 'two', version: 'v two' },
        undefined,
        { key: KEY, value: 'one', version: 'v one' },
        { key: OTHER, value: 'two', version: 'v two' },
      ])
    }))

  test('reads nothing again while nothing is committed', () =>
    withReader(({ db, reader, put }) => {
      put(KEY, 'one')
      const began = vi.spyOn(db, 'exec')

      const answers = [1, 2, 3].map(() => valuesOf(reader, [KEY, OTHER]))

      expect(answers).toEqual(Array.from({ length: 3 }, () => ['one', undefined]))
      expect(began.mock.calls).toEqual([['BEGIN'], ['COMMIT']])
    }))

  test('sees what another connection changed, created and removed', () =>
    withReader(({ path, reader, put }) => {
      put(KEY, 'one')
      const before = valuesOf(reader, [KEY, OTHER])

      put(KEY, 'two')
      put(OTHER, 'new')
      const after = valuesOf(reader, [KEY, OTHER])
      const remover = new DatabaseSync(path)
      remover.exec('DELETE FROM records')
      remover.close()

      expect([before, after, valuesOf(reader, [KEY, OTHER])]).toEqual([
        ['one', undefined],
        ['two', 'new'],
        [undefined, undefined],
      ])
    }))

  test('takes what it remembers for absent once its time has come, unless it is kept', () =>
    withReader(({ reader, put }) => {
      put(KEY, 'dropped', { at: NOW + 1, keep: false })
      put(OTHER, 'kept', { at: NOW + 1, keep: true })

      expect(valuesOf(reader, [KEY, OTHER], NOW)).toEqual(['dropped', 'kept'])
      expect(valuesOf(reader, [KEY, OTHER], NOW + 1)).toEqual([undefined, 'kept'])
      expect(reader.get([OTHER], NOW + 1)).toMatchObject([{ expiresAt: NOW + 1 }])
    }))

  test('gives everybody a value and a key of their own', () =>
    withReader(({ reader, put }) => {
      put(KEY, 'one')
      const [first] = reader.get([KEY], NOW)
      Object.assign(Object(first).key, { 1: 'spoilt' })
      const [second] = reader.get([KEY], NOW)

      expect(second).toEqual({ key: KEY, value: 'one', version: 'v one' })
    }))

  test('reads a large record each time, and it is whole', () =>
    withReader(({ db, reader, put }) => {
      const large = 'x'.repeat(10_000)
      put(KEY, large)
      const began = vi.spyOn(db, 'exec')

      expect([...valuesOf(reader, [KEY]), ...valuesOf(reader, [KEY])]).toEqual([large, large])
      expect(began).toHaveBeenCalledTimes(4)
    }))

  test('reads as many keys as the contract allows, and more of them than it remembers', () =>
    withReader(({ reader, put }) => {
      put(KEY, 'one')
      const many = Array.from({ length: 20 }, (_, at) => Array.from({ length: 63 }, (__, on) => ['k', `${at} ${on}`]))

      for (const keys of many) expect(valuesOf(reader, [...keys, KEY]).at(-1)).toBe('one')
    }))

  test('never mixes two states, while they are written in another thread', () =>
    withReader(async ({ path }) => {
      const store = await openSqlite({ path })
      const keys = ['a', 'b', 'c'].map((name) => ['pair', name])
      let version: string | null = null
      let states = 0
      for (let round = 0; round < 200; round++) {
        const writes = keys.map((key) => ({ op: 'put', key, value: round, expect: version }) as const)
        const writing = store.commit({ id: `round ${round}`, writes, entries: [] })
        let isWritten = false
        void writing.finally(() => (isWritten = true))
        while (!isWritten) {
          // One of them is remembered more often than the others.
          await store.get([keys[round % 3] ?? []])
          const values = (await store.get(keys)).map((found) => found?.value)
          expect(new Set(values).size).toBe(1)
          await new Promise(setImmediate)
        }
        version = `round ${round}`
        states += Number((await store.get(keys))[0]?.value === round)
      }
      await store.close()

      expect(states).toBe(200)
    }))
})
