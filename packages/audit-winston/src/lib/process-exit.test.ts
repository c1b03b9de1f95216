import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { createKeyFile } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { expect, test } from 'vitest'

import { idsIn, idsOf } from '../../test/ledger.ts'

const PROGRAM = join(import.meta.dirname, '..', '..', 'test', 'exit-program.ts')
const FLAGS = ['--experimental-strip-types', '--disable-warning=ExperimentalWarning']

test('v5.0.0-16.4.3 winstonSink loses nothing and, by event id, doubles nothing when processes end at once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'audit-winston-exit-'))
  await createKeyFile(join(folder, 'keys.json'))
  for (const end of ['meanwhile', 'at-once', 'in-good-order']) {
    await promisify(execFile)(process.execPath, [...FLAGS, PROGRAM, folder, end])
    await endLeases(join(folder, 'ledger.db'))
  }
  const store = await openSqlite({ path: join(folder, 'ledger.db'), readOnly: true })
  const ids = await idsOf(store)
  await store.close()
  const written = idsIn(await readFile(join(folder, 'audit.log'), 'utf8'))
  await rm(folder, { recursive: true })

  expect(ids.length).toBeGreaterThan(120)
  expect(written).toEqual(ids)
})

/** What else the next process would wait for: that five seconds are over since the last one was heard of. */
async function endLeases(path: string): Promise<void> {
  const store = await openSqlite({ path })
  const leases = await store.list(['lease'], { limit: 100 })
  const writes = leases.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
  await store.commit({ id: `ended-${store.now()}`, writes, entries: [] })
  await store.close()
}
