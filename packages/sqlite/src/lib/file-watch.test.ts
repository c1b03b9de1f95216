import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { FileWatch } from './file-watch.ts'

interface Watched {
  readonly folder: string
  readonly path: string
  readonly check: () => void
}

/** Has the files of a database checked for as long as it takes until the watch goes by the time of their folder. */
function withWatched(run: (watched: Watched) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const path = join(folder, 'store.db')
  let time = 0
  const files = new FileWatch(path, () => time)
  const db = openForWriting(path)
  const check = (): void => inTransaction(db, () => files.check(db))
  try {
    files.opening()
    files.opened(db)
    for (const at of [0, 3_000, 6_000]) {
      time = at
      check()
    }
    run({ folder, path, check })
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK')
  }
}

const MOVED = expect.objectContaining({ code: 'ERR_STORE_UNAVAILABLE' })

describe('FileWatch, long after the files were opened', () => {
  test('notices that a side file is gone', () =>
    withWatched(({ path, check }) => {
      rmSync(`${path}-wal`)

      expect(check).toThrow(MOVED)
    }))

  test('notices that a side file was replaced by a copy', () =>
    withWatched(({ path, check }) => {
      copyFileSync(`${path}-shm`, `${path}-copy`)
      renameSync(`${path}-copy`, `${path}-shm`)

      expect(check).toThrow(MOVED)
    }))

  test('notices that the database itself was replaced by a copy', () =>
    withWatched(({ path, check }) => {
      copyFileSync(path, `${path}-copy`)
      renameSync(`${path}-copy`, path)

      expect(check).toThrow(MOVED)
    }))

  test('notices that the folder was moved away, and that it is back', () =>
    withWatched(({ folder, check }) => {
      renameSync(folder, `${folder}-moved`)
      const whileAway = outcomeOf(check)
      renameSync(`${folder}-moved`, folder)

      expect([whileAway, outcomeOf(check)]).toEqual(['refused', 'good'])
    }))

  test('does not mind other files that come and go in the folder', () =>
    withWatched(({ folder, check }) => {
      writeFileSync(join(folder, 'other'), '')
      check()
      rmSync(join(folder, 'other'))

      expect(check).not.toThrow()
    }))
})

function outcomeOf(work: () => void): 'good' | 'refused' {
  try {
    work()
    return 'good'
  } catch {
    return 'refused'
  }
}
