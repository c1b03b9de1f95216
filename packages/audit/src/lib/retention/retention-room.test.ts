import { describe, expect, test, vi } from 'vitest'
import { LEDGER } from '../../../test/bench.ts'
import { liveUntil } from '../../../test/people.ts'
import { DAY, withOldLedger, type OldLedger } from '../../../test/old-ledger.ts'
import type { Job } from '../audit-contract.ts'
import { resolveOptions } from '../audit-options.ts'
import { makeParts, type LedgerParts } from '../ledger-parts.ts'
import { event } from '../events/event.ts'
import { WAITS } from '../running/waits.ts'
import { systemClocks } from '../system.ts'
import { Pruner } from './pruner.ts'
import { retaining } from './retention-room.ts'
import type { RetentionPolicy } from './retention-contract.ts'

describe('the job that prunes', () => {
  test('prunes by itself in the first minute of a process, and then once an hour', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      await liveUntil(ledger.audit, ledger.clock.now)
      expect(job).toMatchObject({ name: 'ledger-retention', everyMs: 60_000 })
      await job?.run()
      expect(await ledger.store.first()).toBe(512)

      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      await job?.run()
      expect(await ledger.store.first()).toBe(512)
    })
  })

  test('LOG-10 drops nothing by a clock that stands years ahead', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await ledger.fill(700)
      ledger.clock.now += 3_650 * DAY
      await job?.run()

      expect(await ledger.store.first()).toBe(0)
    })
  })

  test('says by a warning that it cannot, and goes on', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await ledger.fill(700)
      ledger.clock.now += 31 * DAY
      await liveUntil(ledger.audit, ledger.clock.now)
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

  test('LOG-10 says by a warning that nothing can be cut', async () => {
    await withOldLedger(async (ledger) => {
      const [job] = jobsOf(ledger, { entryDays: 30 })
      await liveUntil(ledger.audit, ledger.clock.now)
      const pruning = vi.spyOn(Pruner.prototype, 'prune').mockResolvedValue({ ok: false, code: 'under_way' })
      const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
      try {
        await job?.run()
        expect(warned.mock.calls.map(([, options]) => options)).toEqual([
          { type: 'AuditWarning', code: 'ERR_AUDIT_TOO_LARGE' },
        ])
      } finally {
        pruning.mockRestore()
        warned.mockRestore()
      }
    })
  })

  test('drops more at once where it cannot be cut before', async () => {
    await withOldLedger(async (ledger) => {
      const { audit, store, subjects, keyring, clock, verify } = ledger
      const challenges = Array.from({ length: 6_600 }, (_, at) => `challenge-${String(at).padStart(20, '0')}`)
      const ends = challenges.map((challenge) => event('challenge.verified', { challenge, data: { factor: 'totp' } }))
      const data = { factor: 'totp', expiresAt: 1 } as const
      const all = [...challenges.map((challenge) => event('challenge.issued', { challenge, data })), ...ends]
      for (let at = 0; at < all.length; at += 60) await audit.commit({ writes: [], events: all.slice(at, at + 60) })
      await audit.settle()
      clock.now += 31 * DAY
      const { options, keys, writer } = partsOf({ store, subjects, keyring }, { entryDays: 30 })
      const pruner = new Pruner({
        store,
        keys,
        origin: options.origin,
        commit: async (one) => await audit.commit(one),
        newId: () => writer.newId(),
        entryDays: 30,
        readers: () => ({ sinks: [], witnesses: [] }),
        maxDropped: 1_024,
      })
      expect(await pruner.prune({})).toMatchObject({ ok: true, from: 0 })
      expect(await store.first()).toBeGreaterThan(12_000)
      expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
    })
  })

  test('is not there while everything is kept', async () => {
    await withOldLedger(async (ledger) => {
      expect(jobsOf(ledger, {})).toEqual([])
      expect(jobsOf(ledger, { personalDays: { access: 1 } })).toEqual([])
    })
  })
})

type Installation = Pick<OldLedger, 'store' | 'subjects' | 'keyring'>

function partsOf({ store, subjects, keyring }: Installation, retention: RetentionPolicy): LedgerParts {
  const options = { store, subjects, keyring, origin: LEDGER, app: 'bench', retention, checkpointFile: false } as const
  return makeParts(resolveOptions(options), WAITS, systemClocks)
}

function jobsOf(ledger: Installation, retention: RetentionPolicy): readonly Job[] {
  const parts = partsOf(ledger, retention)
  const jobs: Job[] = []
  retaining(parts, { isClosed: false, sinkNames: [], addJob: (job) => void jobs.push(job) })
  return jobs
}
