import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqlite } from './open-sqlite.ts'

test('LOG-03 what is removed is gone from the file when the database is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-sqlite-'))
  try {
    const path = join(folder, 'store.db')
    const store = await openSqlite({ path })
    const secret = 'the-key-of-a-person'.repeat(20)
    await store.commit({ id: 'c1', writes: [{ op: 'put', key: ['k'], value: secret, expect: null }], entries: [] })
    await store.commit({ id: 'c2', writes: [{ op: 'remove', key: ['k'], expect: 'c1' }], entries: [] })
    await store.close()

    expect(readFileSync(path).includes('the-key-of-a-person')).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
