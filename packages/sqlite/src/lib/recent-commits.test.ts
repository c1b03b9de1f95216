import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { openForWriting } from './connection.ts'
import { RecentCommits } from './recent-commits.ts'

function withDatabase(run: (db: DatabaseSync, path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  const path = join(folder, 'store.db')
  const db = openForWriting(path)
  try {
    run(db, path)
  } finally {
    db.close()
    rmSync(folder, { recursive: true })
  }
}

function fill(recent: RecentCommits, batches: number, size: number): void {
  for (let batch = 0; batch < batches; batch++) {
    for (let place = 0; place < size; place++) recent.stage(`${batch}.${place}`, { ok: true, counts: [batch] })
    recent.store()
  }
}

describe('RecentCommits', () => {
  test('remembers at least the last 10,000 commits and forgets the rest, in memory and on disk', () =>
    withDatabase((db) => {
      const recent = new RecentCommits(db)
      fill(recent, 500, 100)

      const fresh = new RecentCommits(db)
      fresh.catchUp()

      expect([recent.find('400.0'), fresh.find('400.0')]).toEqual(Array(2).fill({ ok: true, counts: [400] }))
      expect([recent.find('0.0'), fresh.find('0.0')]).toEqual([undefined, undefined])
      expect(Number(db.prepare('SELECT count(*) AS n FROM outcomes').get()?.['n'])).toBeLessThan(250)
    }))

  test('remembers as many when every batch holds one commit', () =>
    withDatabase((db) => {
      const recent = new RecentCommits(db)
      db.exec('BEGIN')
      fill(recent, 30_000, 1)
      db.exec('COMMIT')

      expect(recent.find('20000.0')).toEqual({ ok: true, counts: [20_000] })
      expect(Number(db.prepare('SELECT count(*) AS n FROM outcomes').get()?.['n'])).toBeLessThan(21_000)
    }))

  test('learns what another process has committed meanwhile', () =>
    withDatabase((db, path) => {
      const ours = new RecentCommits(db)
      const otherDb = openForWriting(path)
      const theirs = new RecentCommits(otherDb)
      ours.stage('a', { ok: true, counts: [1] })
      ours.store()

      theirs.catchUp()
      theirs.stage('b', { ok: false, code: 'limit', key: ['n'] })
      theirs.store()
      ours.catchUp()
      otherDb.close()

      expect([theirs.find('a'), ours.find('b')]).toEqual([
        { ok: true, counts: [1] },
        { ok: false, code: 'limit', key: ['n'] },
      ])
    }))
})
