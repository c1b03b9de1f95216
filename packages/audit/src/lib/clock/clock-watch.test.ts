import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test, vi } from 'vitest'
import { LEDGER, withBench } from '../../../test/bench.ts'
import type { PendingEvent } from '../events/types.ts'
import { openLedger } from '../open-audit.ts'
import { ClockWatch } from './clock-watch.ts'

const START = 1_800_000_000_000
const HOUR = 3_600_000

describe('a clock that is set', () => {
  test('is recorded once, forwards and backwards', async () => {
    const { watch, clocks, events, pass } = watchWithClocks()
    for (const step of [0, 7_200, 0, 0, -9_000, 0]) {
      pass(1_000)
      clocks.wall += step
      await watch.look()
    }

    expect(events()).toEqual([deviation('step', 'system', 7_200), deviation('step', 'system', -9_000)])
  })

  test('is recorded once after a sleep through which the other clock stood still, and not at all where it went on', async () => {
    const { watch, clocks, events, pass } = watchWithClocks()
    clocks.wall += 8 * HOUR
    await watch.look()
    pass(8 * HOUR)
    await watch.look()
    pass(1_000)
    await watch.look()

    expect(events()).toEqual([deviation('step', 'system', 8 * HOUR)])
  })

  test('is noticed when it is set bit by bit, but not when it drifts over days', async () => {
    const { watch, clocks, events, pass } = watchWithClocks()
    for (let hour = 0; hour < 240; hour++) {
      pass(HOUR)
      clocks.wall += 100
      await watch.look()
    }
    expect(events()).toEqual([])
    for (let second = 0; second < 6; second++) {
      pass(1_000)
      clocks.wall += 1_000
      await watch.look()
    }

    expect(events()).toEqual([deviation('step', 'system', 6_000)])
  })

  test('is recorded later when the store is away, each step by itself', async () => {
    const { watch, clocks, events, store, pass } = watchWithClocks()
    store.isAway = true
    for (const step of [HOUR, -HOUR]) {
      pass(1_000)
      clocks.wall += step
      await expect(watch.look()).rejects.toThrow('The store is away.')
    }
    store.isAway = false
    await watch.look()
    await watch.look()

    expect(events()).toEqual([deviation('step', 'system', HOUR), deviation('step', 'system', -HOUR)])
  })
})

describe('a clock that is apart from another', () => {
  test('is recorded once when that begins and once when it ends, ours minus theirs', async () => {
    const { watch, clocks, events } = watchWithClocks()
    for (const offset of [0, -5_000, -5_001, -9_000, -4_999, -2_501, -2_500, 0, 6_000]) {
      watch.observe('provider', clocks.wall - offset)
      await watch.look()
    }

    expect(events()).toEqual([
      deviation('skew', 'provider', -5_001),
      deviation('agreed', 'provider', -2_500),
      deviation('skew', 'provider', 6_000),
    ])
  })

  test('is seen of the database at each heartbeat', async () => {
    const { watch, database, events } = watchWithClocks()
    expect(watch.reading()).toEqual({ wallMs: START, monotonicMs: 500, offsets: { database: 0 } })
    database.ahead = 60_000
    expect(watch.reading()).toMatchObject({ offsets: { database: -60_000 } })
    await watch.look()

    expect(events()).toEqual([deviation('skew', 'database', -60_000)])
  })

  test('is tried again when it could not be recorded', async () => {
    const { watch, clocks, events, store } = watchWithClocks()
    watch.observe('provider', clocks.wall + 10_000)
    store.isAway = true
    await expect(watch.look()).rejects.toThrow('The store is away.')
    store.isAway = false
    await watch.look()
    await watch.look()

    expect(events()).toEqual([deviation('skew', 'provider', -10_000)])
  })

  test('is no longer said after an hour without a word of the other', () => {
    const { watch, clocks, pass } = watchWithClocks()
    watch.observe('provider', clocks.wall)
    pass(HOUR - 1)
    expect(watch.reading().offsets).toEqual({ database: 0, provider: 0 })
    pass(1)

    expect(watch.reading().offsets).toEqual({ database: 0 })
  })

  test('is forgotten with the other’s silence, and said anew when the other is heard again', async () => {
    const { watch, clocks, events, pass } = watchWithClocks()
    watch.observe('provider', clocks.wall + 10_000)
    await watch.look()
    pass(HOUR)
    await watch.look()
    watch.observe('provider', clocks.wall + 10_000)
    await watch.look()

    expect(events()).toEqual([deviation('skew', 'provider', -10_000), deviation('skew', 'provider', -10_000)])
  })

  test('ignores times that are none', async () => {
    const { watch, events } = watchWithClocks()
    const times: readonly number[] = [NaN, Infinity, -Infinity, 1e300, JSON.parse('"2026"'), JSON.parse('null')]
    for (const at of times) watch.observe('provider', at)
    watch.observe(JSON.parse('"sun"'), 0)
    await watch.look()

    expect(events()).toEqual([])
    expect(watch.reading().offsets).toEqual({ database: 0 })
  })
})

describe('isApart, by which destruction waits', () => {
  test('listens to no provider, whatever it says of the time', async () => {
    const { watch, events } = watchWithClocks()
    watch.observe('provider', 0)
    await watch.look()

    expect([watch.isApart, events()]).toEqual([false, [deviation('skew', 'provider', START)]])
  })

  test('listens to the database, until it agrees', async () => {
    const { watch, database } = watchWithClocks()
    const seen: boolean[] = []
    for (const ahead of [0, 60_000, 0]) {
      database.ahead = ahead
      watch.reading()
      await watch.look()
      seen.push(watch.isApart)
    }

    expect(seen).toEqual([false, true, false])
  })

  test('listens to a step of our own clock, until it is recorded', async () => {
    const { watch, clocks, store } = watchWithClocks()
    store.isAway = true
    clocks.wall += HOUR
    await expect(watch.look()).rejects.toThrow('The store is away.')
    const before = watch.isApart
    store.isAway = false
    await watch.look()

    expect([before, watch.isApart]).toEqual([true, false])
  })
})

describe('the open ledger', () => {
  test('records by itself that its clock was set, and that the provider has another time', async () => {
    await withBench(async ({ keyring, subjects }) => {
      const offset = { ms: 0 }
      const store = createMemoryStore()
      const wallMs = (): number => START + offset.ms + Math.floor(performance.now())
      const audit = await openLedger(
        { store, subjects, keyring, origin: LEDGER, app: 'bench', clockToleranceMs: 60_000 },
        {},
        { wallMs },
      )
      offset.ms = HOUR
      audit.observeTime('provider', wallMs() - 2 * HOUR)
      const deviations = async (): Promise<readonly unknown[]> =>
        (await store.find({ tags: { type: 'ledger.clock_deviated' } }, { limit: 10 })).map(({ tags }) => tags.type)
      await vi.waitFor(async () => expect(await deviations()).toHaveLength(2), { timeout: 10_000 })
      await audit.close()

      expect(await deviations()).toHaveLength(2)
    })
  })

  test.each([99, 3_600_001, 1.5])('refuses a tolerance of %s milliseconds', async (clockToleranceMs) => {
    await withBench(async ({ open }) => {
      await expect(open({ clockToleranceMs })).rejects.toEqual(expect.objectContaining({ code: 'ERR_AUDIT_INPUT' }))
    })
  })
})

interface Watched {
  readonly watch: ClockWatch
  readonly clocks: { wall: number; monotonic: number }
  readonly database: { ahead: number }
  readonly store: { isAway: boolean }
  /** What was recorded. */
  readonly events: () => readonly unknown[]
  /** Lets both clocks go on. */
  readonly pass: (ms: number) => void
}

function watchWithClocks(): Watched {
  const clocks = { wall: START, monotonic: 500 }
  const database = { ahead: 0 }
  const store = { isAway: false }
  const recorded: PendingEvent[] = []
  const watch = new ClockWatch({
    clocks: { wallMs: () => clocks.wall, monotonicMs: () => clocks.monotonic },
    database: { now: () => clocks.wall + database.ahead },
    toleranceMs: 5_000,
    record: async (pending) => {
      if (store.isAway) throw new Error('The store is away.')
      recorded.push(pending)
    },
  })
  const pass = (ms: number): void => {
    clocks.wall += ms
    clocks.monotonic += ms
  }
  return { watch, clocks, database, store, events: () => recorded.map(({ input }) => input.data), pass }
}

function deviation(kind: string, source: string, offsetMs: number): object {
  return { kind, source, offsetMs, toleranceMs: 5_000 }
}
