import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@sallyport/store'
import { testStore } from '@sallyport/store/conformance'
import { describe, expect, test } from 'vitest'
import { openSqlite } from './open-sqlite.ts'

testStore('openSqlite', async ({ clock }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const path = join(folder, 'store.db')
  const store = await openSqlite({ path, clock })
  return {
    store,
    reopen: () => openSqlite({ path, clock }),
    async destroy(): Promise<void> {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
})

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function openUnchecked(options: unknown): Promise<Store> {
  return Reflect.apply(openSqlite, undefined, [options])
}

describe('openSqlite', () => {
  test('tells the time of the system unless told otherwise', () =>
    inFolder(async (folder) => {
      const before = Date.now()

      const store = await openSqlite({ path: join(folder, 'a.db'), clock: undefined, readOnly: undefined })

      expect(store.now()).toBeGreaterThanOrEqual(before)
      await store.close()
    }))

  test('tells the one file that holds everything, as an absolute path', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const store = await openSqlite({ path: relative(process.cwd(), path) })
      const reader = await openSqlite({ path: relative(process.cwd(), path), readOnly: true })

      expect([store.file, reader.file]).toEqual([path, path])
      await Promise.all([store.close(), reader.close()])
    }))

  test('creates a file that only its owner can read, and leaves only that file behind', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const store = await openSqlite({ path })
      const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => statSync(file).mode & 0o777)

      await store.close()

      expect(modes).toEqual([0o600, 0o600, 0o600])
      expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined()
    }))

  test('refuses options that are missing, unknown or of the wrong type', async () => {
    const path = '/nowhere/a.db'
    const wrong = [undefined, {}, { path: '' }, { path: 1 }, { path: ':memory:' }, { path: 'a\0b' }, { path, clock: 1 }]
    const tries = [...wrong, { path, readOnly: 'yes' }, { path, readonly: true }].map(openUnchecked)

    const codes = (await Promise.allSettled(tries)).map(
      (one) => one.status === 'rejected' && Reflect.get(one.reason, 'code'),
    )

    expect(codes).toEqual(tries.map(() => 'ERR_STORE_INPUT'))
  })

  test('names the option that a misspelt one was meant to be', async () => {
    await expect(openUnchecked({ path: 'a.db', readonly: true })).rejects.toThrow(/did you mean "readOnly"/)
  })

  test('is unavailable when the folder does not exist or the path is a folder', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'missing', 'a.db')

      await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      await expect(openSqlite({ path: folder })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    }))

  test.skipIf(process.getuid?.() === 0)('is unavailable when the folder cannot be written (not as root)', () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, 'closed'), { mode: 0o500 })

      const opening = openSqlite({ path: join(folder, 'closed', 'a.db') })

      await expect(opening).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    }),
  )

  test('refuses a file that is no database and leaves it as it is', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      writeFileSync(path, 'these are somebody’s notes, long enough to have been a header of a database file'.repeat(9))
      const before = statSync(path).size

      await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })

      expect(statSync(path).size).toBe(before)
    }))

  test('refuses the database of another application and leaves it as it is', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const other = new DatabaseSync(path)
      other.exec('CREATE TABLE notes (text)')

      await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })

      expect(other.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'notes' }])
      expect(other.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' })
      other.close()
    }))

  test('refuses a database of another version, and says which', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      await (await openSqlite({ path })).close()
      const db = new DatabaseSync(path)
      db.exec('PRAGMA user_version = 1')
      db.close()

      await expect(openSqlite({ path })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
      await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })
    }))

  test('opens the same file several times at once, also when it does not exist yet', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const stores = await Promise.all(Array.from({ length: 8 }, () => openSqlite({ path })))

      const outcomes = await Promise.all(
        stores.map((store, turn) => store.commit({ id: `c${turn}`, writes: [], entries: [entryOf(`e${turn}`)] })),
      )

      expect(outcomes.map((outcome) => outcome.ok && outcome.firstIndex)).toEqual(
        expect.arrayContaining([0, 1, 2, 3, 4, 5, 6, 7]),
      )
      await Promise.all(stores.map((store) => store.close()))
    }))

  test('finds entries by time alone, whatever their ids look like', () =>
    inFolder(async (folder) => {
      const store = await openSqlite({ path: join(folder, 'a.db') })
      const ids = ['plain', 'a",9', 'b\\', '",', '"', 'c\\",7', '[1,2]']
      const entries = ids.map((id, at) => ({ id, at: at * 10, bytes: Buffer.from('x'), tags: {} }))
      await store.commit({ id: 'commit', writes: [], entries })

      for (const { id, at } of entries) {
        const found = await store.find({ tags: {}, since: at, until: at + 1 }, { limit: 10 })
        expect(found.map((entry) => entry.id)).toEqual([id])
      }
      await store.close()
    }))

  test('removes dropped entries from the file by itself, also after it was closed before', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const store = await openSqlite({ path })
      const ids = Array.from({ length: 2_000 }, (_, turn) => `e${turn}`)
      await Promise.all(ids.map((id) => store.commit({ id, writes: [], entries: [entryOf(id)] })))
      await store.commit({ id: 'drop', writes: [{ op: 'drop', below: 2_000, expect: 0 }], entries: [] })
      await store.close()

      const again = await openSqlite({ path })
      const db = new DatabaseSync(path, { readOnly: true })
      const left = (): unknown => db.prepare('SELECT count(*) AS n FROM chunks').get()?.['n']

      await expect.poll(left, { timeout: 20_000 }).toBe(0)
      expect([await again.first(), await again.size()]).toEqual([2_000, 2_000])
      db.close()
      await again.close()
    }))

  test('brings the tag index up to date by itself in quiet moments', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a.db')
      const store = await openSqlite({ path })
      await Promise.all(
        Array.from({ length: 600 }, (_, turn) =>
          store.commit({ id: `c${turn}`, writes: [], entries: [entryOf(`e${turn}`)] }),
        ),
      )
      const db = new DatabaseSync(path, { readOnly: true })
      const indexed = (): unknown => db.prepare('SELECT indexed FROM progress WHERE level = 0').get()?.['indexed']

      await expect.poll(indexed, { timeout: 20_000 }).toBe(512)

      db.close()
      await store.close()
    }))
})

function entryOf(id: string): { id: string; at: number; bytes: Uint8Array; tags: { type: string } } {
  return { id, at: 1, bytes: Uint8Array.of(1), tags: { type: 't' } }
}
