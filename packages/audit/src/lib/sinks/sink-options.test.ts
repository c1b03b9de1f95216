import { describe, expect, test } from 'vitest'

import { withAudit, withBench } from '../../../test/bench.ts'
import { recordingSink } from '../../../test/recording-sink.ts'
import { allowTimes, pickySink, runnerOf } from '../../../test/sink-bench.ts'
import type { LedgerEvent } from '../events/types.ts'

const REFUSED: unknown = expect.objectContaining({ code: 'ERR_AUDIT_INPUT' })

describe('a sink with a filter', () => {
  test('is offered what it wants, and is not behind for what it does not want', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 5)
      const sink = { ...recordingSink(), filter: ({ type }: LedgerEvent) => type === 'access.allowed' }
      await runnerOf(sink, { store, audit }).run()

      expect(sink.taken.map(({ type }) => type)).toEqual(Array.from({ length: 5 }, () => 'access.allowed'))
      expect(await audit.sinks()).toMatchObject([{ name: 'recording', lag: 0 }])
    })
  })

  test('is not asked to write nothing', async () => {
    await withAudit(async ({ audit, store }) => {
      const sink = { ...recordingSink(), filter: () => false }
      await runnerOf(sink, { store, audit }).run()

      expect(sink.calls).toBe(0)
    })
  })
})

describe('a sink with a batch size', () => {
  test('never gets more at once', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 20)
      const sizes: number[] = []
      const write = async (events: readonly LedgerEvent[]): Promise<void> => void sizes.push(events.length)
      await runnerOf({ name: 'small', batchSize: 7, write }, { store, audit }).run()

      expect(Math.max(...sizes)).toBe(7)
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(await store.size())
    })
  })
})

describe('a sink with a reveal policy', () => {
  test('gets in clear what the policy allows, and the entry as it is', async () => {
    await withAudit(async ({ audit, events }) => {
      const sealed = { label: 'my phone', note: 'other' }
      await audit.emit('access.allowed', { actor: { user: 'u' }, sealed, data: { requirement: 'r' } })
      const sink = { ...recordingSink(), reveal: ['detail.label'] }
      audit.addSink(sink)
      await audit.settle()

      const [allowed] = (await events()).filter(({ type }) => type === 'access.allowed')
      expect(sink.taken.find(({ type }) => type === 'access.allowed')).toEqual({
        ...allowed,
        revealed: { 'detail.label': 'my phone' },
      })
    })
  })

  test('LOG-04 gets nothing in clear without one', async () => {
    await withAudit(async ({ audit }) => {
      await audit.emit('access.allowed', { actor: { user: 'u' }, sealed: { label: 'x' }, data: { requirement: 'r' } })
      const sink = recordingSink()
      audit.addSink(sink)
      await audit.settle()

      expect(sink.taken.filter(({ revealed }) => revealed !== undefined)).toEqual([])
    })
  })
})

describe('a sink that fails', () => {
  test('is left alone until its pause is over, and tried at once by whoever settles', async () => {
    let now = 0
    await withAudit(async ({ audit, store }) => {
      const sink = recordingSink()
      sink.isDown = true
      const runner = runnerOf(sink, {
        store,
        audit,
        monotonicMs: () => now,
        randomBytes: (size) => new Uint8Array(size).fill(255),
      })
      await runner.run().catch(() => undefined)
      await runner.run()
      const during = sink.calls
      now += 250
      await runner.run().catch(() => undefined)
      const after = sink.calls
      await runner.runAtOnce().catch(() => undefined)

      expect([during, after, sink.calls]).toEqual([1, 2, 3])
    })
  })
})

describe('audit.sinks', () => {
  test('lists a new sink, one that is served elsewhere, and one whose instance has gone', async () => {
    await withBench(async ({ open, store }) => {
      const [one, two] = [await open({ pollMs: 1_000 }), await open({ pollMs: 1_000 })]
      one.addSink(recordingSink('gone'))
      await one.settle()
      await one.close()
      two.addSink({ ...pickySink(), name: 'elsewhere' })
      await two.settle()
      const three = await open({ pollMs: 1_000 })
      three.addSink(recordingSink('new'))
      const states = await three.sinks()

      expect(states.map(({ name }) => name)).toEqual(['elsewhere', 'gone', 'new'])
      expect(states.map(({ next, lag }) => next + lag)).toEqual(states.map(() => states[2]?.lag))
      expect(states[2]).toMatchObject({ next: 0, failing: false, deadLettered: 0 })
      expect(states[2]?.lag).toBeLessThanOrEqual(await store.size())
    })
  })

  test('says how far behind one is that is down', async () => {
    await withAudit(async ({ audit, store }) => {
      const sink = recordingSink()
      sink.isDown = true
      audit.addSink(sink)
      await allowTimes(audit, 3)
      await audit.settle().catch(() => undefined)

      const [state] = await audit.sinks()
      expect(state).toMatchObject({ name: 'recording', next: 0, failing: true })
      expect(state?.lag).toBe(await store.size())
    })
  })

  test('takes a cursor that was altered for that of a new sink', async () => {
    await withAudit(async ({ audit, store }) => {
      const value = { next: 'x', failing: 1, deadLettered: -4 }
      await store.commit({
        id: 'altered',
        writes: [{ op: 'put', key: ['sink', 'odd'], value, expect: null }],
        entries: [],
      })

      expect(await audit.sinks()).toMatchObject([{ name: 'odd', next: 0, failing: false, deadLettered: 0 }])
    })
  })
})

describe('addSink', () => {
  test.each([
    ['a batch of none', { batchSize: 0 }],
    ['a batch that is too large', { batchSize: 1_025 }],
    ['part of an event', { batchSize: 1.5 }],
    ['no refusal at all', { deadLetterAfter: 0 }],
    ['more refusals than are counted', { deadLetterAfter: 1_001 }],
    ['a filter that is none', { filter: 'access.*' }],
    ['a policy that is none', { reveal: 'some' }],
    ['a name that nothing is sealed under', { reveal: ['password'] }],
    ['nothing to write with', { write: undefined }],
  ])('refuses %s', async (_what, more) => {
    await withAudit(async ({ audit }) => {
      expect(() => audit.addSink(Object.assign(recordingSink(), more))).toThrow(REFUSED)
      // The name is still free.
      audit.addSink(recordingSink())
    })
  })
})

test('a new sink begins with the first entry that is left of a pruned ledger', async () => {
  await withAudit(async ({ audit, store }) => {
    await allowTimes(audit, 4)
    await audit.settle()
    await store.commit({ id: 'pruned', writes: [{ op: 'drop', below: 3, expect: 0 }], entries: [] })
    const sink = recordingSink()
    const before = await audit.sinks()
    audit.addSink(sink)
    const [added] = await audit.sinks()
    await audit.settle()

    expect(before).toEqual([])
    expect(added).toMatchObject({ next: 3, lag: (await store.size()) - 3 })
    expect(sink.taken[0]?.index).toBe(3)
  })
})
