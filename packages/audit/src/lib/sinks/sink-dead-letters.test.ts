import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { withAudit } from '../../../test/bench.ts'
import { allowTimes, pickySink, readLedger, runnerOf } from '../../../test/sink-bench.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { SinkRunner } from './sink-runner.ts'

describe('an event that a sink refuses', () => {
  test('holds up the sink for ever unless it may be passed over', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 4)
      const sink = pickySink()
      sink.refuses.add(await allowedAt(store, 1))
      await runTimes(runnerOf(sink, { store, audit }), 10)

      expect(sink.taken).toEqual([])
      expect(lettersIn(await readLedger(store))).toEqual([])
    })
  })

  test('is passed over and named in one commit, when the sink takes the one behind it', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 4)
      const sink = pickySink({ deadLetterAfter: 3 })
      const refused = await allowedAt(store, 1)
      sink.refuses.add(refused)
      await runTimes(runnerOf(sink, { store, audit }), 6)

      const events = await readLedger(store)
      expect(lettersIn(events)).toEqual([
        { sink: 'picky', event: refused, at: events.findIndex(({ id }) => id === refused), tries: 5 },
      ])
      expect(events.map(({ id }) => id).filter((id) => !idsOf(sink.taken).has(id))).toEqual([refused])
      expect(await audit.sinks()).toEqual([
        { name: 'picky', next: events.length, lag: 0, failing: false, deadLettered: 1 },
      ])
    })
  })

  test('is not passed over before it was refused as often as was said', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 4)
      const sink = pickySink({ deadLetterAfter: 3 })
      sink.refuses.add(await allowedAt(store, 1))
      await runTimes(runnerOf(sink, { store, audit }), 3)

      expect(lettersIn(await readLedger(store))).toEqual([])
    })
  })

  test('stays while there is nothing behind it by which the sink could be judged', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 1)
      const sink = pickySink({ deadLetterAfter: 1, filter: ({ type }) => type === 'access.allowed' })
      sink.refuses.add(await allowedAt(store, 0))
      const runner = runnerOf(sink, { store, audit })
      await runTimes(runner, 5)
      const before = lettersIn(await readLedger(store)).length
      await allowTimes(audit, 1)
      await runTimes(runner, 1)

      expect(before).toBe(0)
      expect(lettersIn(await readLedger(store))).toHaveLength(1)
      expect(sink.taken.at(-1)?.data).toEqual({ requirement: 'r0' })
    })
  })

  test('is not passed over for the keys of persons being out of reach, which is no refusal', async () => {
    await withAudit(async ({ audit, store }) => {
      await audit.emit('access.allowed', { actor: { user: 'u' }, sealed: { note: 'n' }, data: { requirement: 'r' } })
      await allowTimes(audit, 2)
      const sink = pickySink({ deadLetterAfter: 1, reveal: 'everything' })
      const subjects = {
        open: async () => Promise.reject(new Error('the store of the keys is away')),
        isDamage: async () => false,
      }
      await runTimes(runnerOf(sink, { store, audit, subjects }), 8)

      expect(lettersIn(await readLedger(store))).toEqual([])
      expect(await audit.sinks()).toMatchObject([{ failing: true, deadLettered: 0 }])
    })
  })

  test('is passed over, too, when the filter of the sink throws for it', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 3)
      const refused = await allowedAt(store, 1)
      const filter = ({ id }: LedgerEvent): boolean => {
        if (id === refused) throw new Error('a mistake in the filter')
        return true
      }
      const sink = pickySink({ deadLetterAfter: 2, filter })
      await runTimes(runnerOf(sink, { store, audit }), 5)

      expect(lettersIn(await readLedger(store))).toMatchObject([{ event: refused }])
    })
  })

  test('is never passed over while the sink is down, however long; nothing but what is refused is missing (property)', async () => {
    const turns = fc.array(fc.constantFrom('down', 'up'), { maxLength: 20 })
    const places = fc.uniqueArray(fc.nat({ max: 7 }), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(turns, places, fc.constantFrom(1, 3, 256), async (states, refused, batchSize) => {
        await withAudit(async ({ audit, store }) => {
          await allowTimes(audit, 8)
          const sink = pickySink({ deadLetterAfter: 2, batchSize })
          for (const place of refused) sink.refuses.add(await allowedAt(store, place))
          const runner = runnerOf(sink, { store, audit })
          for (const state of states) {
            sink.isDown = state === 'down'
            await runTimes(runner, 1)
          }
          sink.isDown = false
          await runTimes(runner, 20)

          const taken = idsOf(sink.taken)
          const missing = idsOf((await readLedger(store)).filter(({ id }) => !taken.has(id)))
          const letters = lettersIn(await readLedger(store)).map(({ event }) => event)
          expect(missing).toEqual(sink.refuses)
          expect(new Set(letters)).toEqual(sink.refuses)
          expect(letters).toHaveLength(sink.refuses.size)
        })
      }),
      { numRuns: 25 },
    )
  })
})

/** Runs without the pauses in between. */
async function runTimes(runner: SinkRunner, times: number): Promise<void> {
  for (let turn = 0; turn < times; turn++) await runner.runAtOnce().catch(() => undefined)
}

async function allowedAt(store: Parameters<typeof readLedger>[0], place: number): Promise<string> {
  const allowed = (await readLedger(store)).filter(({ type }) => type === 'access.allowed')
  return allowed[place]?.id ?? ''
}

function lettersIn(events: readonly LedgerEvent[]): readonly LedgerEvent['data'][] {
  return events.filter(({ type }) => type === 'sink.dead_lettered').map(({ data }) => data)
}

function idsOf(events: readonly LedgerEvent[]): ReadonlySet<string> {
  return new Set(events.map(({ id }) => id))
}
