import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { openSqlite } from './open-sqlite.ts'

async function inFolder(run: (folder: string, path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    await run(folder, join(folder, 'store.db'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function append(store: Store, id: string): Promise<void> {
  const entry = { id, at: 1, bytes: Uint8Array.of(1), tags: { type: 't' } }
  await store.commit({
    id: `commit of ${id}`,
    writes: [{ op: 'put', key: ['k', id], value: 1, expect: null }],
    entries: [entry],
  })
}

async function idsOf(store: Store): Promise<string[]> {
  return (await store.find({ tags: { type: 't' } }, { limit: 10 })).map((entry) => entry.id)
}

/** Every file of a folder with its bytes. */
function filesOf(folder: string): (readonly [string, Buffer])[] {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const)
}

describe('openSqlite with readOnly', () => {
  test('reads a file at rest without creating or changing anything', () =>
    inFolder(async (folder, path) => {
      const writer = await openSqlite({ path })
      await append(writer, 'a')
      await writer.close()
      const before = filesOf(folder)

      const store = await openSqlite({ path, readOnly: true })
      const ids = await idsOf(store)
      const during = filesOf(folder)
      await store.close()

      expect(ids).toEqual(['a'])
      expect(during).toEqual(before)
      expect(filesOf(folder)).toEqual(before)
    }))

  test('sees what was written by somebody who came and went between two looks', () =>
    inFolder(async (_, path) => {
      const first = await openSqlite({ path })
      await append(first, 'a')
      await first.close()
      const store = await openSqlite({ path, readOnly: true })
      const before = await idsOf(store)
      const second = await openSqlite({ path })
      await append(second, 'b')
      await second.close()
      const after = await idsOf(store)
      await store.close()

      expect([before, after]).toEqual([['a'], ['b', 'a']])
    }))

  test('finds what the tag index was made to hide', () =>
    inFolder(async (_, path) => {
      const writer = await openSqlite({ path })
      await append(writer, 'a')
      await writer.close()
      const db = new DatabaseSync(path)
      db.exec('DELETE FROM postings; DELETE FROM spans; UPDATE progress SET indexed = 9223372036854775807')
      db.exec(`UPDATE chunks SET heads = replace(heads, '":"', '": "')`)
      db.close()

      const store = await openSqlite({ path, readOnly: true })

      expect(await idsOf(store)).toEqual(['a'])
      await store.close()
    }))

  test('still reads an entry whose head was damaged, with nothing but its bytes', () =>
    inFolder(async (_, path) => {
      const writer = await openSqlite({ path })
      await append(writer, 'a')
      await writer.close()
      const db = new DatabaseSync(path)
      db.exec('UPDATE chunks SET heads = substr(heads, 2)')
      db.close()

      const store = await openSqlite({ path, readOnly: true })

      expect(await store.read(0, 10)).toEqual([{ id: '', index: 0, at: 0, bytes: Uint8Array.of(1), tags: {} }])
      await store.close()
    }))

  test('reads a file in use, with what is only in its write-ahead log so far', () =>
    inFolder(async (_, path) => {
      const writer = await openSqlite({ path })
      await append(writer, 'a')

      const store = await openSqlite({ path, readOnly: true })
      await append(writer, 'b')

      expect(await idsOf(store)).toEqual(['b', 'a'])
      expect((await store.get([['k', 'b']]))[0]?.value).toBe(1)
      await store.close()
      await writer.close()
    }))

  test('goes on reading soundly when a writer opens a file that was at rest', () =>
    inFolder(async (_, path) => {
      await (await openSqlite({ path })).close()
      const store = await openSqlite({ path, readOnly: true })
      const empty = await idsOf(store)

      const writer = await openSqlite({ path })
      await append(writer, 'a')

      expect([empty, await idsOf(store)]).toEqual([[], ['a']])
      await store.close()
      await writer.close()
    }))

  test('reads a copy of a file and its write-ahead log without creating or changing anything', () =>
    inFolder(async (folder, path) => {
      const writer = await openSqlite({ path })
      await append(writer, 'a')
      const evidence = mkdtempSync(join(folder, 'evidence-'))
      copyFileSync(path, join(evidence, 'copy.db'))
      copyFileSync(`${path}-wal`, join(evidence, 'copy.db-wal'))
      await writer.close()
      const before = filesOf(evidence)

      const store = await openSqlite({ path: join(evidence, 'copy.db'), readOnly: true })
      const ids = await idsOf(store)
      const during = filesOf(evidence)
      await store.close()

      expect(ids).toEqual(['a'])
      expect(during).toEqual(before)
      expect(filesOf(evidence)).toEqual(before)
    }))

  test('refuses commits', () =>
    inFolder(async (_, path) => {
      await (await openSqlite({ path })).close()
      const store = await openSqlite({ path, readOnly: true })

      await expect(append(store, 'a')).rejects.toMatchObject({ code: 'ERR_STORE_INPUT' })

      expect(await store.size()).toBe(0)
      await store.close()
    }))

  test('creates no file where there is none', () =>
    inFolder(async (folder, path) => {
      await expect(openSqlite({ path, readOnly: true })).rejects.toMatchObject({ code: 'ERR_STORE_UNAVAILABLE' })

      expect(readdirSync(folder)).toEqual([])
    }))
})
