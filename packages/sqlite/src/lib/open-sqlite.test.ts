import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testStore } from '@sallyport/store/conformance'
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
