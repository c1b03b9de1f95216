import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import { FloodCounter, type Burst } from './flood-counter.ts'

const LIMITS = { windowMs: 1_000, whole: 2, sources: 3 }

describe('FloodCounter', () => {
  test('has every failure of every source either written or counted, whatever comes in whatever order', () => {
    const step = fc.record({
      source: fc.integer({ min: 0, max: 5 }),
      user: fc.constantFrom(undefined, undefined, 'ann', 'bob', 'cat', 'dan', 'eve'),
      waitMs: fc.constantFrom(0, 0, 1, 300, 1_000, -500),
      taken: fc.constantFrom('nothing', 'nothing', 'ended', 'all'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { counter, clock, dropped } = counterAt(0)
        const given = new Map<string, number>()
        const accounted = new Map<string, number>()
        const take = (which: 'ended' | 'all'): void => {
          for (const burst of counter.take(which)) add(accounted, keyOf(burst), burst.counted)
        }
        for (const { source, user, waitMs, taken } of steps) {
          clock.now += waitMs
          const failure = failureOf(source, user)
          add(given, addressOf(failure), 1)
          const written = counter.admit(failure, failure) === undefined ? 0 : 1
          add(accounted, addressOf(failure), written)
          if (taken === 'ended' || taken === 'all') take(taken)
        }
        take('all')
        for (const burst of dropped) add(accounted, keyOf(burst), burst.counted)

        const shared = accounted.get('many') ?? 0
        const missing = [...given].map(([address, count]) => count - (accounted.get(address) ?? 0))
        expect(missing.every((count) => count >= 0)).toBe(true)
        expect(missing.reduce((sum, count) => sum + count, 0)).toBe(shared)
        expect(counter.counted).toBe(0)
      }),
    )
  })

  test('has no more than so many of one source written in a window', () => {
    const { counter, clock } = counterAt(5_000)
    const written = []
    for (let turn = 0; turn < 50; turn++) {
      clock.now += 20
      if (counter.admit(failureOf(1), failureOf(1)) !== undefined) written.push(clock.now)
    }

    expect(written).toEqual([5_020, 5_040])
    expect(counter.take('all')).toMatchObject([{ counted: 48, from: 5_020, to: 6_000 }])
  })

  test('forgets a source whose window has ended, and has room for another', () => {
    const { counter, clock } = counterAt(0)
    for (const source of [1, 2, 3]) counter.admit(failureOf(source), failureOf(source))
    clock.now += 1_000

    expect(counter.take('ended')).toEqual([])
    for (let turn = 0; turn < 3; turn++) counter.admit(failureOf(4), failureOf(4))
    expect(counter.take('all')).toMatchObject([{ sources: 'one', counted: 1 }])
  })

  test('drops nothing of what it has room for, however many sources end at once', () => {
    const { counter, dropped } = counterAt(0)
    for (let turn = 0; turn < 5; turn++)
      for (const source of [1, 2, 3, 4, 5]) counter.admit(failureOf(source), failureOf(source))

    expect(counter.take('all').map(({ sources, counted }) => [sources, counted])).toEqual([
      ['one', 3],
      ['one', 3],
      ['one', 3],
      ['many', 8],
    ])
    expect(dropped).toEqual([])
  })

  test('hands over what it has no room for while nobody takes anything', () => {
    const { counter, clock, dropped } = counterAt(0)
    for (let window = 0; window < 5; window++) {
      for (let turn = 0; turn < 4; turn++) counter.admit(failureOf(1), failureOf(1))
      clock.now += 1_000
    }

    counter.admit(failureOf(1), failureOf(1))
    expect(dropped).toMatchObject([{ counted: 2 }, { counted: 2 }])
    expect(counter.counted).toBe(6)
  })

  test('keeps the last one that is small enough, and counts all', () => {
    const { counter } = counterAt(0)
    const large = event('access.denied', { context: undefined, data: { requirement: 'x'.repeat(40_000) } })
    const small = event('access.denied', { context: undefined, data: { requirement: 'small' } })
    for (const one of [small, small, small, large]) counter.admit(one, one)

    const [burst] = counter.take('all')
    expect(burst).toMatchObject({ counted: 2, last: { input: { data: { requirement: 'small' } } } })
  })

  test('has room for persons that no number of strangers takes, nor another type of failure, nor another person', () => {
    const { counter } = counterAt(0)
    const isWritten = (failure: PendingEvent): boolean => counter.admit(failure, failure) !== undefined
    for (let turn = 0; turn < 50; turn++) isWritten(failureOf(turn))
    for (let turn = 0; turn < 50; turn++) isWritten(failureOf(turn, 'mallory'))
    const denied = [1, 2, 3].map(() => isWritten(failureOf(1, 'ann')))
    const reuses = (user: string, source: number): boolean => {
      const { input } = failureOf(source, user)
      return isWritten(event('session.reused_after_end', { ...input, data: { endedSecondsAgo: 1 } }))
    }
    for (let turn = 0; turn < 50; turn++) reuses('mallory', turn)
    const reused = [1, 2, 3].map(() => reuses('ann', 1))

    expect([denied, reused]).toEqual([
      [true, true, false],
      [true, true, false],
    ])
  })

  test('counts together what has no room, of a person first and then of all', () => {
    const { counter } = counterAt(0)
    for (const user of ['ann', 'bob', 'cat', 'dan', 'eve'])
      for (let turn = 0; turn < 8; turn++) counter.admit(failureOf(turn, user), failureOf(turn, user))

    // Three sources of ann, whose others have a count of their own, as bob and cat have; dan and eve share one.
    expect(
      counter.take('all').map(({ sources, counted, last }) => [sources, counted, last?.input.actor?.user]),
    ).toEqual([
      ['many', 3, 'ann'],
      ['many', 6, 'bob'],
      ['many', 6, 'cat'],
      ['many', 14, 'eve'],
    ])
  })

  test('counts no reasons apart that are not in the list', () => {
    const { counter } = counterAt(0)
    const madeUp = (at: number): PendingEvent =>
      JSON.parse(JSON.stringify({ ...failureOf(1), input: { reason: `r-${at}` } }))
    for (let turn = 0; turn < 5; turn++) counter.admit(madeUp(turn), madeUp(turn))

    expect(counter.take('all')).toMatchObject([{ counted: 3, reason: undefined }])
  })
})

function counterAt(now: number): {
  readonly counter: FloodCounter
  readonly clock: { now: number }
  readonly dropped: readonly Burst[]
} {
  const clock = { now }
  const dropped: Burst[] = []
  let ids = 0
  const counter = new FloodCounter({
    ...LIMITS,
    now: () => clock.now,
    newId: () => `id-${(ids += 1)}`,
    drop: (burst) => void dropped.push(burst),
  })
  return { counter, clock, dropped }
}

function failureOf(source: number, user?: string): PendingEvent {
  const context = { requestId: 'r1', net: { ip: `203.0.113.${source}`, hops: 0 } }
  const actor = user === undefined ? {} : { actor: { user } }
  const whatever = { context, ...actor, outcome: 'failure', reason: 'login_required' } as const
  return event('access.denied', { ...whatever, data: { requirement: 'r' } })
}

function addressOf({ input }: PendingEvent): string {
  return `${input.context?.net?.ip} ${input.actor?.user}`
}

function keyOf({ sources, last }: Burst): string {
  return sources === 'many' || last === undefined ? 'many' : addressOf(last)
}

function add(to: Map<string, number>, key: string, count: number): void {
  to.set(key, (to.get(key) ?? 0) + count)
}
