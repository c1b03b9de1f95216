import { describe, expect, test, vi } from 'vitest'
import { LEDGER } from '../../../test/bench.ts'
import { DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import type { Job } from '../audit-contract.ts'
import { resolveOptions } from '../audit-options.ts'
import { makeParts } from '../ledger-parts.ts'
import { WAITS } from '../running/waits.ts'
import { systemClocks } from '../system.ts'
import { retaining } from './retention-room.ts'
import type { RetentionPolicy } from './retention-contract.ts'

describe('the job that prunes', () => {
  test('prunes by itself in the first minute of a process, and then once an hour', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      expect(job).toMatchObject({ name: 'ledger-retention', everyMs: 60_000 })
      await job?.run()
      expect(await ledger.store.first()).toBe(512)

      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      await job?.run()
      expect(await ledger.store.first()).toBe(512)
    })
  })

  test('says by a warning that it cannot, and goes on', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      ledger.tampered.index = 3
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      try {
        await job?.run()
        expect(warned).toHaveBeenCalledWith(expect.any(String), {
          type: 'AuditWarning',
          code: 'ERR_AUDIT_TREE_CORRUPT',
        })
      } finally {
        warned.mockRestore()
      }
    })
  })

  test('is not there while everything is kept', async () => {
    await withOldLedger(async (ledger) => {
      expect(jobsOf(ledger, {})).toEqual([])
      expect(jobsOf(ledger, { personalDays: { access: 1 } })).toEqual([])
    })
  })
})

function jobsOf({ store, subjects, keyring }: OldLedger, retention: RetentionPolicy): readonly Job[] {
  const options = { store, subjects, keyring, origin: LEDGER, app: 'bench', retention, checkpointFile: false } as const
  const jobs: Job[] = []
  const parts = makeParts(resolveOptions(options), WAITS, systemClocks)
  retaining(parts, { isClosed: false, sinkNames: [], addJob: (job) => void jobs.push(job) })
  return jobs
}
