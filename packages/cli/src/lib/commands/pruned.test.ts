import { openAudit, event } from '@sallyport/audit'
import { queryLedger } from '@sallyport/audit/query'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { LEDGER } from '../../../test/bank-ledger.ts'
import { inFolder, sallyport } from '../../../test/run-command.ts'

const KEY = ['--log-key', 'log.pub'] as const
const DAY_MS = 86_400_000
const SUMMARY = 'pruned: entries 0–255 were pruned under the policy of 30 days, the last of them on 2026-02-01'

describe('a ledger that was pruned', () => {
  test('LOG-10 is verified, exported and proved by the commands, which say what is gone', async () => {
    await inFolder(async (folder) => {
      const { gone, early } = await makePruned(folder)
      const [verified, inJson, exported, receipt] = await Promise.all([
        sallyport(folder, 'verify', LEDGER, ...KEY),
        sallyport(folder, 'verify', LEDGER, ...KEY, '--json', '--quick'),
        sallyport(folder, 'export', LEDGER, 'export'),
        sallyport(folder, 'receipt', LEDGER, '--event', gone),
      ])
      expect([verified.code, verified.stdout.split('\n').slice(0, 2)]).toEqual([
        0,
        [expect.stringMatching(/^good: (\d+) entries, of which \1 are signed$/), SUMMARY],
      ])
      expect(JSON.parse(inJson.stdout)).toMatchObject({ verdict: 'good', first: 256, pruned: { entryDays: 30 } })
      expect([exported.code, exported.stdout.split('\n')[1]]).toEqual([
        0,
        expect.stringMatching(/^pruned: entries 0–255 are left out/),
      ])
      const ofExport = await sallyport(folder, 'verify', 'export', ...KEY)
      expect([ofExport.code, ofExport.stdout.split('\n')[1]]).toEqual([0, SUMMARY])

      expect([receipt.code, receipt.stderr]).toEqual([50, expect.stringContaining('pruned')])
      await writeFile(join(folder, 'early.txt'), early)
      expect((await sallyport(folder, 'verify-receipt', 'early.txt', ...KEY)).code).toBe(0)
    })
  })
})

/** Makes a ledger whose first 256 entries were pruned; gives the id of one of them and the receipt that was made of it. */
async function makePruned(folder: string): Promise<{ readonly gone: string; readonly early: string }> {
  await sallyport(folder, 'keygen', '--origin', 'bank.example/audit')
  let now = Date.UTC(2026, 0, 1)
  const clock = (): number => now
  const store = await openSqlite({ path: join(folder, 'bank.db'), clock })
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const parts = { store, subjects: createMemoryStore({ clock }), keyring, origin: 'bank.example/audit', app: 'bank' }
  const audit = await openAudit({ ...parts, retention: { entryDays: 30 } })
  const allowed = event('access.allowed', { outcome: 'success', data: { requirement: 'transfer' } })
  for (let commits = 0; commits < 5; commits++) {
    await audit.commit({ writes: [], events: Array.from({ length: 60 }, () => allowed) })
  }
  await audit.settle()
  const page = await queryLedger({ store }, { type: 'ledger.opened' })
  const gone = page.events[0]?.id ?? ''
  const early = await audit.receipt(gone)
  now += 31 * DAY_MS
  expect(await audit.prune({ by: {} })).toEqual({ ok: true, from: 0, to: 256 })
  await audit.close()
  await store.close()
  return { gone, early }
}
