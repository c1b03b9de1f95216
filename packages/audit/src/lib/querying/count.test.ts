import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import { entryOf, testEvent } from '../../../test/ledger.ts'
import type { Audit } from '../audit-contract.ts'
import type { Reason } from '../events/types.ts'
import { countEvents } from './count.ts'
import type { Grouping } from './query-contract.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

describe('countEvents', () => {
  test('counts what matches, alone', async () => {
    await withAudit(async ({ audit, store }) => {
      await deny(audit, 'expired')
      await deny(audit, 'expired')
      const count = await countEvents({ store }, { type: 'access.denied' })

      expect(count).toEqual({ total: 2, groups: [], complete: true })
    })
  })

  test('groups by type, outcome, reason, factor and country, the largest group first', async () => {
    await withAudit(async ({ audit, store }) => {
      await deny(audit, 'expired', 'DE')
      await deny(audit, 'expired', 'DE')
      await deny(audit, 'login_required')
      const { groups } = await countEvents({ store }, { type: 'access.denied' }, ['reason', 'country'])

      expect(groups).toEqual([
        { values: ['expired', 'DE'], count: 2 },
        { values: ['login_required', null], count: 1 },
      ])
    })
  })

  test('groups apart what the store gave a time that no date can be', async () => {
    await withAudit(async ({ store }) => {
      const entry = { ...entryOf(testEvent(2)), at: 9_000_000_000_000_000 }
      await store.commit({ id: 'far', writes: [], entries: [entry] })
      const far = { type: 'access.allowed' } as const

      expect((await countEvents({ store }, far, ['hour', 'day'])).groups).toEqual([{ values: [null, null], count: 1 }])
    })
  })

  test('groups by hour and by day in UTC', async () => {
    let now = Date.UTC(2026, 10, 21, 23, 59)
    await withBench(
      async ({ open, store }) => {
        const audit = await open()
        await deny(audit, 'expired')
        now += 120_000
        await deny(audit, 'expired')
        const { groups } = await countEvents({ store }, { type: 'access.denied' }, ['hour', 'day'])

        expect(groups.map(({ values }) => values)).toEqual([
          ['2026-11-21T23Z', '2026-11-21'],
          ['2026-11-22T00Z', '2026-11-22'],
        ])
      },
      { clock: () => now },
    )
  })

  test('adds up to the total, whatever it groups by (property)', async () => {
    await withAudit(async ({ audit, store }) => {
      for (let turn = 0; turn < 9; turn++) await deny(audit, turn % 2 === 0 ? 'expired' : 'login_required', 'DE')
      const by = fc.subarray<Grouping>(['type', 'outcome', 'reason', 'factor', 'country', 'tenant', 'hour', 'day'], {
        minLength: 1,
        maxLength: 3,
      })
      await fc.assert(
        fc.asyncProperty(by, async (groupings) => {
          const { total, groups } = await countEvents({ store }, {}, groupings)

          expect(groups.reduce((sum, { count }) => sum + count, 0)).toBe(total)
        }),
        { numRuns: 20 },
      )
    })
  })

  test('says that it is not complete when there are more events or groups than it may count', async () => {
    await withAudit(async ({ audit, store }) => {
      await deny(audit, 'expired')
      await deny(audit, 'login_required')
      const few = await countEvents({ store, limits: { events: 1, groups: 10 } }, { type: 'access.denied' })
      const narrow = await countEvents({ store, limits: { events: 9, groups: 1 } }, { type: 'access.denied' }, [
        'reason',
      ])

      expect(few).toMatchObject({ total: 1, complete: false })
      expect(narrow).toMatchObject({ total: 2, complete: false })
    })
  })

  test('refuses groupings that are none, repeated or too many', async () => {
    await withAudit(async ({ store }) => {
      const unknown: Grouping[] = JSON.parse('["actor"]')

      await expect(countEvents({ store }, {}, unknown)).rejects.toEqual(input)
      await expect(countEvents({ store }, {}, ['type', 'type'])).rejects.toEqual(input)
      await expect(countEvents({ store }, {}, ['type', 'outcome', 'factor', 'day'])).rejects.toEqual(input)
    })
  })
})

async function deny(audit: Audit, reason: Reason, country?: string): Promise<void> {
  const place = country === undefined ? {} : { place: { country } }
  const context = { requestId: 'r', net: { ip: '192.0.2.7', hops: 0 }, ...place }
  await audit.emit('access.denied', { context, outcome: 'failure', reason, data: { requirement: 'r' } })
}
