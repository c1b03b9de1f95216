import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { formatSizes } from './chunk.ts'
import { openForWriting } from './connection.ts'
import { LogReader } from './log-reader.ts'

function withDatabase(run: (db: DatabaseSync) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const db = openForWriting(join(folder, 'store.db'))
  try {
    run(db)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

/** Puts a row of the log in: one entry a letter, whose id is the letter and whose bytes are the letter three times. */
function putChunk(db: DatabaseSync, first: number, letters: string): void {
  const ids = letters.split('')
  const heads = ids.map((id) => JSON.stringify([id, 1, { type: 't' }])).join('\n')
  const bodies = Buffer.from(ids.map((id) => id.repeat(3)).join(''))
  const sizes = formatSizes(ids.map(() => 3))
  db.prepare('INSERT INTO chunks (last, sizes, heads, bodies) VALUES (?, ?, ?, ?)').run(
    first + ids.length - 1,
    sizes,
    heads,
    bodies,
  )
}

function placesOf(entries: readonly { readonly index: number; readonly id: string }[]): string {
  return entries.map(({ index, id }) => `${index}${id}`).join(' ')
}

function newestFirst(log: LogReader, from: number, to: number): string {
  const parts = [...log.newestFirst(from, to)]
  return parts.map((part) => `${part.chunk.last}: ${part.from}-${part.to}`).join(', ')
}

describe('LogReader', () => {
  test('reads within, across and past rows', () =>
    withDatabase((db) => {
      putChunk(db, 0, 'abc')
      putChunk(db, 3, 'd')
      putChunk(db, 4, 'ef')
      const log = new LogReader(db)

      expect(placesOf(log.read(0, 9))).toBe('0a 1b 2c 3d 4e 5f')
      expect(placesOf(log.read(1, 3))).toBe('1b 2c 3d')
      expect(log.readBytes(2, 3).map((bytes) => Buffer.from(bytes).toString())).toEqual(['ccc', 'ddd', 'eee'])
      expect([log.size(), log.read(6, 1), log.readBytes(6, 1)]).toEqual([6, [], []])
    }))

  test('names the entries after a gap by their indexes, and gives no bytes past it', () =>
    withDatabase((db) => {
      putChunk(db, 0, 'ab')
      putChunk(db, 5, 'cd')
      const log = new LogReader(db)

      expect(placesOf(log.read(0, 9))).toBe('0a 1b 5c 6d')
      expect([log.readBytes(0, 9).length, log.readBytes(3, 9).length, log.readBytes(5, 9).length]).toEqual([2, 0, 2])
    }))

  test('gives an index that several rows claim to the one that ends first, however it reads', () =>
    withDatabase((db) => {
      putChunk(db, 0, 'abcd')
      putChunk(db, 2, 'wxyz')
      const log = new LogReader(db)

      expect(placesOf(log.read(0, 9))).toBe('0a 1b 2c 3d 4y 5z')
      expect(newestFirst(log, 0, 6)).toBe('5: 4-6, 3: 0-4')
      expect([log.chunkAt(3)?.last, log.chunkAt(4)?.last]).toEqual([3, 5])
    }))

  test('reads downwards between any two indexes', () =>
    withDatabase((db) => {
      putChunk(db, 0, 'abc')
      putChunk(db, 3, 'def')
      putChunk(db, 6, 'g')

      expect(newestFirst(new LogReader(db), 1, 5)).toBe('5: 3-5, 2: 1-3')
      expect(newestFirst(new LogReader(db), 4, 5)).toBe('5: 4-5')
      expect(newestFirst(new LogReader(db), 0, 99)).toBe('6: 6-7, 5: 3-6, 2: 0-3')
    }))

  test('reads a row whose parts do not fit together without failing', () =>
    withDatabase((db) => {
      putChunk(db, 0, 'abc')
      db.exec(`UPDATE chunks SET heads = '{', bodies = x'6161', sizes = x'03000300030001'`)

      const entries = new LogReader(db).read(0, 9)

      expect(entries.map(({ id, index, at, bytes, tags }) => [id, index, at, bytes.length, tags])).toEqual([
        ['', 0, 0, 2, {}],
        ['', 1, 0, 0, {}],
        ['', 2, 0, 0, {}],
      ])
    }))
})
