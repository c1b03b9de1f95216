import { openKeyring, rotateKey } from '@sallyport/keyring'
import fc from 'fast-check'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { withAudit, withBench } from '../../../test/bench.ts'
import type { Audit } from '../audit-contract.ts'
import type { LedgerPage, LedgerQuery } from './query-contract.ts'
import { event } from '../events/event.ts'
import { queryLedger } from './query.ts'
import type { EventContext, LedgerEvent } from '../events/types.ts'

const input: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })
const MINUTE = 60_000

describe('query', () => {
  test('finds the newest events first', async () => {
    await withAudit(async ({ audit }) => {
      await deny(audit, 'alice')
      await deny(audit, 'bob')
      const { events, next } = await audit.query({})

      expect(indexesOf(events)).toEqual([3, 2, 1, 0])
      expect(next).toBeUndefined()
    })
  })

  test('finds a person by the id of the application, also across rotations of the pseudonym key', async () => {
    await withBench(async ({ folder, open }) => {
      const before = await open()
      await deny(before, 'alice')
      await deny(before, 'bob')
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const after = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await deny(after, 'alice')
      const { events } = await after.query({ user: 'alice' })

      expect(events).toHaveLength(2)
      expect(new Set(events.map(({ actor }) => actor?.id)).size).toBe(2)
    })
  })

  test('finds a person by pseudonym without any key', async () => {
    await withAudit(async ({ audit, store }) => {
      await deny(audit, 'alice')
      await deny(audit, 'bob')
      const [bob] = (await audit.query({}, { limit: 1 })).events

      expect(indexesOf((await queryLedger({ store }, { actor: bob?.actor?.id })).events)).toEqual([3])
    })
  })

  test('finds any of several types', async () => {
    await withAudit(async ({ audit }) => {
      await deny(audit, 'alice')
      await audit.emit('notification.sent', { data: { about: 'authenticator.removed' } })
      const { events } = await audit.query({ type: ['ledger.opened', 'notification.sent'] })

      expect(events.map(({ type }) => type)).toEqual(['notification.sent', 'ledger.opened'])
    })
  })

  test('finds by lineage, flow, outcome, factor and device, and by all of them together', async () => {
    await withAudit(async ({ audit }) => {
      await audit.commit({ writes: [], events: challengeEvents() })

      expect(indexesOf((await audit.query({ lineage: 'lineage-1' })).events)).toEqual([3, 2])
      expect(indexesOf((await audit.query({ flow: 'flow-2' })).events)).toEqual([4, 3])
      expect(indexesOf((await audit.query({ outcome: 'failure' })).events)).toEqual([4])
      expect(indexesOf((await audit.query({ factor: 'totp' })).events)).toEqual([3, 2])
      expect(indexesOf((await audit.query({ device: 'device-1' })).events)).toEqual([2])
      expect(indexesOf((await audit.query({ lineage: 'lineage-1', flow: 'flow-2' })).events)).toEqual([3])
    })
  })

  test('finds by route, country and tenant, and by both sides of what was done to somebody', async () => {
    await withAudit(async ({ audit }) => {
      const context = { requestId: 'r', net: { ip: '192.0.2.7', hops: 0 }, place: { country: 'DE' } }
      const target = { route: '/transfer', method: 'POST' }
      await audit.emit('access.denied', { context, target, tenant: 'north', data: { requirement: 'r' } }) // 2
      const by = { actor: { user: 'admin' }, subject: 'alice' }
      const locked = event('account.locked', { ...by, data: { because: 'administrator' } })
      await audit.commit({ writes: [], events: [locked] }) // 3

      expect(indexesOf((await audit.query({ target: '/transfer' })).events)).toEqual([2])
      expect(indexesOf((await audit.query({ country: 'DE', tenant: 'north' })).events)).toEqual([2])
      expect(indexesOf((await audit.query({ country: 'FR' })).events)).toEqual([])
      expect(indexesOf((await audit.query({ subject: 'alice' })).events)).toEqual([3])
      expect(indexesOf((await audit.query({ user: 'admin' })).events)).toEqual([3])
    })
  })

  test('finds a whole address in any spelling, also across rotations of the pseudonym key', async () => {
    await withBench(async ({ folder, open }) => {
      const from = (ip: string): { context: EventContext; data: { requirement: string } } => ({
        context: { requestId: 'r', net: { ip, hops: 0 } },
        data: { requirement: 'r' },
      })
      const before = await open()
      await before.emit('access.denied', from('2001:db8::7'))
      await rotateKey(join(folder, 'keys.json'), 'pseudonym')
      const after = await open({ keyring: await openKeyring(join(folder, 'keys.json')) })
      await after.emit('access.denied', from('2001:db8::7'))
      await after.emit('access.denied', from('2001:db8::8'))
      const { events } = await after.query({ address: '2001:0DB8:0:0::0007%eth0' })

      expect(events).toHaveLength(2)
      expect(new Set(events.map(({ net }) => net?.ipId)).size).toBe(2)
    })
  })

  test('counts the beginning of a time span in and its end out', async () => {
    let now = 1_800_000_000_000
    await withBench(
      async ({ open }) => {
        const audit = await open() // indexes 0 and 1
        for (let turn = 0; turn < 3; turn++) {
          now += MINUTE
          await deny(audit, 'alice') // at minutes 1, 2, 3
        }
        const start = 1_800_000_000_000

        expect(indexesOf((await audit.query({ since: start + 2 * MINUTE })).events)).toEqual([4, 3])
        expect(indexesOf((await audit.query({ until: start + 2 * MINUTE })).events)).toEqual([2, 1, 0])
        expect(indexesOf((await audit.query({ since: start + MINUTE, until: start + 3 * MINUTE })).events)).toEqual([
          3, 2,
        ])
      },
      { clock: () => now },
    )
  })

  test('gives pages without a gap and without a repeat, whatever their size (property)', async () => {
    await withAudit(async ({ audit }) => {
      for (let turn = 0; turn < 30; turn++) await deny(audit, turn % 3 === 0 ? 'alice' : 'bob')
      const all = indexesOf((await audit.query({ user: 'bob' })).events)
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 25 }), async (limit) => {
          const pages = await readPages(audit, { user: 'bob' }, limit)

          expect(pages.flatMap(({ events }) => indexesOf(events))).toEqual(all)
          expect(pages.every(({ events }) => events.length <= limit)).toBe(true)
        }),
        { numRuns: 25 },
      )
    })
  })

  test('goes on with older events though new ones come meanwhile', async () => {
    await withAudit(async ({ audit }) => {
      await deny(audit, 'alice')
      await deny(audit, 'alice')
      const first = await audit.query({ user: 'alice' }, { limit: 1 })
      await deny(audit, 'alice')
      const second = await audit.query({ user: 'alice' }, { limit: 1, before: first.next })

      expect([...indexesOf(first.events), ...indexesOf(second.events)]).toEqual([3, 2])
    })
  })

  test('gives 100 events when no limit is given', async () => {
    await withAudit(async ({ audit }) => {
      const allow = async (): Promise<unknown> => await audit.emit('access.allowed', { data: { requirement: 'r' } })
      await Promise.all(Array.from({ length: 120 }, allow))

      expect((await audit.query({})).events).toHaveLength(100)
    })
  })

  test.each([0, -1, 1.5, 1_001, Number.NaN, Number.POSITIVE_INFINITY])('refuses a limit of %d', async (limit) => {
    await withAudit(async ({ audit }) => {
      await expect(audit.query({}, { limit })).rejects.toEqual(input)
    })
  })

  test('refuses a place or a time that is none', async () => {
    await withAudit(async ({ audit }) => {
      await expect(audit.query({}, { before: -1 })).rejects.toEqual(input)
      await expect(audit.query({ since: Number.NaN })).rejects.toEqual(input)
      await expect(audit.query({ until: 1.5 })).rejects.toEqual(input)
    })
  })

  test('refuses a misspelt name, which would otherwise find everything', async () => {
    await withAudit(async ({ audit }) => {
      const misspelt: LedgerQuery = JSON.parse('{ "lineages": "lineage-1" }')

      await expect(audit.query(misspelt)).rejects.toEqual(input)
    })
  })

  test('refuses types that are not in the registry, and more than 32', async () => {
    await withAudit(async ({ audit }) => {
      const unknown: LedgerQuery = JSON.parse('{ "type": "access.granted" }')

      await expect(audit.query(unknown)).rejects.toEqual(input)
      await expect(audit.query({ type: Array.from({ length: 33 }, () => 'access.denied' as const) })).rejects.toEqual(
        input,
      )
    })
  })

  test('refuses an address that is none, and several values of what has one', async () => {
    await withAudit(async ({ audit }) => {
      const several: LedgerQuery = JSON.parse('{ "actor": ["a", "b"] }')

      await expect(audit.query({ address: '192.0.2' })).rejects.toEqual(input)
      await expect(audit.query({ address: '1'.repeat(100_000) })).rejects.toEqual(input)
      await expect(audit.query(several)).rejects.toEqual(input)
      await expect(audit.query({ subject: 'alice', target: '/transfer' })).rejects.toEqual(input)
    })
  })

  test('refuses a person without the key ring, and a person named in two ways', async () => {
    await withAudit(async ({ audit, store }) => {
      await expect(queryLedger({ store }, { user: 'alice' })).rejects.toEqual(input)
      await expect(audit.query({ user: 'alice', actor: 'pseudonym' })).rejects.toEqual(input)
    })
  })
})

function challengeEvents(): Parameters<Audit['commit']>[0]['events'] {
  const device = { id: 'device-1', known: true }
  const totp = { factor: 'totp', expiresAt: 1 } as const
  return [
    event('challenge.issued', {
      lineage: 'lineage-1',
      flow: 'flow-1',
      context: { requestId: 'r', device },
      data: totp,
    }),
    event('challenge.issued', { lineage: 'lineage-1', flow: 'flow-2', outcome: 'success', data: totp }),
    event('challenge.attempt_failed', { flow: 'flow-2', outcome: 'failure', data: { factor: 'webauthn' } }),
  ]
}

async function deny(audit: Audit, user: string): Promise<void> {
  await audit.emit('access.denied', { actor: { user }, data: { requirement: 'r' } })
}

async function readPages(audit: Audit, query: LedgerQuery, limit: number): Promise<readonly LedgerPage[]> {
  const pages = [await audit.query(query, { limit })]
  for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
    pages.push(await audit.query(query, { limit, before: next }))
  }
  return pages
}

function indexesOf(events: readonly LedgerEvent[]): readonly number[] {
  return events.map(({ index }) => index)
}
