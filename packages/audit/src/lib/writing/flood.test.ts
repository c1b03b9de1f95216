import { createMemoryStore } from '@sallyport/store'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { withBench, type Bench } from '../../../test/bench.ts'
import { faultyStore, type Fault } from '../../../test/faulty-store.ts'
import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import type { EventInput, LedgerEvent, Reason } from '../events/types.ts'
import type { FloodOptions } from './flood-options.ts'

const code = (value: string): unknown => expect.objectContaining({ code: value })
const START = 1_800_000_000_000
const SMALL: FloodOptions = { windowMs: 60_000, whole: 2, sources: 3 }

describe('a flood of failures', () => {
  test('writes the first of one source whole, and counts the rest', async () => {
    await withFlood(SMALL, async ({ audit, denied, close, told }) => {
      const answers = []
      for (let turn = 0; turn < 6; turn++) answers.push(await audit.emit('access.denied', from('203.0.113.1')))

      expect(answers).toEqual(['recorded', 'recorded', 'pending', 'pending', 'pending', 'pending'])
      expect(await denied()).toHaveLength(2)
      await close()
      const [first, , last] = await denied()
      expect(await denied()).toHaveLength(3)
      expect(await told()).toMatchObject([
        { type: 'access.denied', reason: 'login_required', sources: 'one', count: 3, first: first?.id, last: last?.id },
      ])
    })
  })

  test('writes the last one whole with its own time, in one commit with the count before the end of the ledger', async () => {
    await withFlood(SMALL, async ({ audit, clock, close, events }) => {
      for (let turn = 0; turn < 5; turn++) {
        clock.now += 1_000
        await audit.emit('access.denied', { ...from('203.0.113.1'), data: { requirement: `r-${turn}` } })
      }
      clock.now += 10_000
      await close()

      expect((await events()).slice(-3)).toMatchObject([
        { type: 'access.denied', at: new Date(START + 5_000).toISOString(), data: { requirement: 'r-4' } },
        { type: 'ledger.failures_coalesced', data: { count: 2, from: START + 1_000, to: START + 5_000 } },
        { type: 'ledger.closed' },
      ])
    })
  })

  test('ends a window by the time of the store, and begins another', async () => {
    await withFlood(SMALL, async ({ audit, clock, told, denied }) => {
      for (let turn = 0; turn < 5; turn++) await audit.emit('access.denied', from('203.0.113.1'))
      clock.now += 60_000
      await vi.waitFor(async () => expect(await told()).toHaveLength(1), { timeout: 10_000 })

      expect(await audit.emit('access.denied', from('203.0.113.1'))).toBe('recorded')
      expect(await denied()).toHaveLength(4)
    })
  })

  test('tells types, reasons, IPv4 addresses, networks of IPv6 and persons apart', async () => {
    await withFlood({ ...SMALL, whole: 1, sources: 100 }, async ({ audit }) => {
      const same = [from('2001:db8::1'), from('2001:db8:0:0:ffff::2'), from('203.0.113.1'), from('::ffff:203.0.113.1')]
      const others = [
        from('203.0.113.2'),
        from('2001:db8:0:1::1'),
        from('203.0.113.1', { reason: 'expired' }),
        from('203.0.113.1', { actor: { user: 'ann' } }),
        from('203.0.113.1', { context: undefined }),
      ]
      const answers = []
      for (const input of [...same, ...others]) answers.push(await audit.emit('access.denied', input))

      expect(answers.slice(0, 4)).toEqual(['recorded', 'pending', 'recorded', 'pending'])
      expect(new Set(answers.slice(4))).toEqual(new Set(['recorded']))
    })
  })

  test('leaves successes alone, however many', async () => {
    await withFlood({ ...SMALL, whole: 1 }, async ({ audit }) => {
      const allowed = { outcome: 'success', data: { requirement: 'r' } } as const
      for (let turn = 0; turn < 5; turn++) expect(await audit.emit('access.allowed', allowed)).toBe('recorded')
    })
  })

  test('leaves the ends of a known person’s accesses alone, and counts those of strangers', async () => {
    await withFlood({ ...SMALL, whole: 1 }, async ({ audit }) => {
      const failed = { outcome: 'failure', data: { status: 500, durationMs: 1, aborted: false } } as const
      const answers = []
      for (const actor of [{ user: 'ann' }, { user: 'ann' }, undefined, undefined])
        answers.push(await audit.emit('access.completed', { ...failed, actor }))

      expect(answers).toEqual(['recorded', 'recorded', 'recorded', 'pending'])
    })
  })

  test('counts what comes from too many sources together, by type and reason', async () => {
    await withFlood(SMALL, async ({ audit, close, denied, told }) => {
      for (let turn = 0; turn < 23; turn++) await audit.emit('access.denied', from(`203.0.113.${turn}`))
      await close()

      // Three sources with one each, and of the other twenty the first two and the last.
      expect(await denied()).toHaveLength(6)
      expect(await told()).toMatchObject([{ sources: 'many', count: 17 }])
    })
  })

  test('is not made longer by a clock that is put back', async () => {
    await withFlood(SMALL, async ({ audit, clock }) => {
      for (let turn = 0; turn < 5; turn++) await audit.emit('access.denied', from('203.0.113.1'))
      clock.now -= 3_600_000

      expect(await audit.emit('access.denied', from('203.0.113.1'))).toBe('recorded')
    })
  })

  test('shows in the heartbeat as what waits', async () => {
    await withFlood(SMALL, async ({ audit, events }) => {
      for (let turn = 0; turn < 7; turn++) await audit.emit('access.denied', from('203.0.113.1'))
      // The number of a refused commit is named in a heartbeat that comes at once.
      const refused = { op: 'remove', key: ['absent'], expect: 'never' } as const
      await audit.commit({ writes: [refused], events: [event('session.started', { data: {} })] })
      const beats = async (): Promise<readonly unknown[]> =>
        (await events()).filter(({ type }) => type === 'ledger.heartbeat').map(({ data }) => data['queued'])
      await vi.waitFor(async () => expect(await beats()).not.toEqual([]), { timeout: 10_000 })

      expect((await beats())[0]).toBe(5)
    })
  })

  test('counts one that cannot be written, rather than the count with it', async () => {
    await withFlood(SMALL, async ({ audit, close, denied, told }) => {
      for (let turn = 0; turn < 4; turn++) await audit.emit('access.denied', from('203.0.113.1'))
      await audit.emit('access.denied', { ...from('203.0.113.1'), data: { requirement: 'x'.repeat(16_384) } })
      await close()

      const [first] = await denied()
      expect(await denied()).toHaveLength(2)
      expect(await told()).toMatchObject([{ count: 3, first: first?.id, last: first?.id }])
    })
  })

  test('is lost in exact numbers when it cannot be written', async () => {
    const store = faultyStore(createMemoryStore())
    await withBench(
      async ({ open, events }) => {
        const audit = await open({ flood: SMALL })
        for (let turn = 0; turn < 12; turn++) await audit.emit('access.denied', from('203.0.113.1'))
        store.fail(({ entries }) => (entries[0]?.tags.type === 'ledger.closed' ? undefined : 'reject'))
        const closed = audit.close()
        await closed.catch(() => undefined)
        store.fail(() => undefined)
        await audit.close()

        const gaps = (await events())
          .filter(({ type }) => type === 'ledger.gap_recorded')
          .map(({ data }) => data['lost'])
        expect(gaps).toEqual([{ 'access.denied': 10 }])
      },
      { store },
    )
  })

  test('is accounted for: written, counted and lost are exactly what was emitted, whatever the store does', async () => {
    const reasons: readonly Reason[] = ['login_required', 'expired']
    const step = fc.record({
      source: fc.integer({ min: 0, max: 5 }),
      reason: fc.constantFrom(...reasons),
      waitMs: fc.constantFrom(0, 0, 0, 400, 1_000),
      fault: fc.constantFrom<(Fault | undefined)[]>(undefined, undefined, undefined, 'reject', 'lose_answer_before'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = { now: START }
        const store = faultyStore(createMemoryStore({ clock: () => clock.now }))
        await withBench(
          async ({ open, events, verify }) => {
            const audit = await open({ flood: { windowMs: 1_000, whole: 2, sources: 3 } })
            for (const { source, reason, waitMs, fault } of steps) {
              clock.now += waitMs
              store.fail(() => fault)
              await audit.emit('access.denied', from(`203.0.113.${source}`, { reason }))
            }
            store.fail(() => undefined)
            await audit.close()

            const found = await events()
            for (const reason of reasons) {
              const isOf = (one: LedgerEvent): boolean => one.type === 'access.denied' && one.reason === reason
              const counted = sum(
                found.filter(isTold).filter(({ data }) => data['reason'] === reason),
                'count',
              )
              expect(found.filter(isOf).length + counted).toBeLessThanOrEqual(
                steps.filter((one) => one.reason === reason).length,
              )
            }
            const written = found.filter(({ type }) => type === 'access.denied').length
            expect(written + sum(found.filter(isTold), 'count') + lostIn(found)).toBe(steps.length)
            expect(await verify()).toMatchObject({ verdict: 'good', problems: [] })
          },
          { store, clock: () => clock.now },
        )
      }),
      { numRuns: 40 },
    )
  })

  test.each<[string, FloodOptions]>([
    ['windowMs', { windowMs: 999 }],
    ['whole', { whole: 0 }],
    ['sources', { sources: 100_001 }],
    ['a member that there is not', JSON.parse('{ "limit": 3 }')],
    ['what is no object', JSON.parse('false')],
  ])('refuses bounds that are none: %s', async (_name, flood) => {
    await withBench(async ({ open }) => {
      await expect(open({ flood })).rejects.toEqual(code('ERR_AUDIT_INPUT'))
    })
  })

  test('LOG-07 a change of its bounds is in the ledger', async () => {
    await withFlood({ whole: 3 }, async ({ events }) => {
      const changes = (await events()).filter(({ type }) => type === 'config.changed').map(({ data }) => data)

      const to = '{"sources":100,"whole":3,"windowMs":60000}'
      expect(changes).toContainEqual({ setting: 'audit.flood', to })
    })
  })
})

interface FloodBench extends Bench {
  readonly audit: Audit
  readonly clock: { now: number }
  readonly close: () => Promise<void>
  readonly denied: () => Promise<readonly LedgerEvent[]>
  /** What the ledger says of what was counted. */
  readonly told: () => Promise<readonly unknown[]>
}

async function withFlood(flood: FloodOptions, use: (bench: FloodBench) => Promise<void>): Promise<void> {
  const clock = { now: START }
  await withBench(
    async (bench) => {
      const audit = await bench.open({ flood })
      const denied: FloodBench['denied'] = async () =>
        (await bench.events()).filter(({ type }) => type === 'access.denied')
      const told: FloodBench['told'] = async () => (await bench.events()).filter(isTold).map(({ data }) => data)
      await use({ ...bench, audit, clock, close: () => audit.close(), denied, told })
    },
    { clock: () => clock.now },
  )
}

function from(ip: string, more: Partial<EventInput<'access.denied'>> = {}): EventInput<'access.denied'> {
  return {
    context: { requestId: 'r1', net: { ip, hops: 0 } },
    outcome: 'failure',
    reason: 'login_required',
    data: { requirement: 'r' },
    ...more,
  }
}

function isTold({ type }: LedgerEvent): boolean {
  return type === 'ledger.failures_coalesced'
}

function sum(events: readonly LedgerEvent[], member: string): number {
  return events.reduce((total, { data }) => total + Number(data[member]), 0)
}

function lostIn(events: readonly LedgerEvent[]): number {
  return events
    .filter(({ type }) => type === 'ledger.gap_recorded')
    .flatMap(({ data }) => Object.values(Object(data['lost'])))
    .reduce<number>((total, count) => total + Number(count), 0)
}
