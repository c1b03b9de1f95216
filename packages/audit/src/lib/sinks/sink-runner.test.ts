import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { withAudit, withBench, type Bench } from '../../../test/bench.ts'
import { recordingSink, type RecordingSink } from '../../../test/recording-sink.ts'
import type { Audit } from '../audit-contract.ts'
import type { Sink } from './sink-contract.ts'
import { Lease } from '../running/lease.ts'
import { SinkRunner, type SinkParts } from './sink-runner.ts'
import { systemMonotonicMs, systemRandomBytes } from '../system.ts'
import type { LedgerEvent } from '../events/types.ts'

const NO_SUBJECTS = { open: async () => undefined, isDamage: async () => false }
const code = (value: string): unknown => expect.objectContaining({ code: value })

describe('a sink', () => {
  test('takes every event once, in ledger order', async () => {
    await withAudit(async ({ audit, events }) => {
      const sink = recordingSink()
      audit.addSink(sink)
      await allowTimes(audit, 600)
      await audit.settle()

      expect(sink.taken).toEqual(await events())
    })
  })

  test('takes what was in the ledger before it was added', async () => {
    await withAudit(async ({ audit, events }) => {
      await allowTimes(audit, 3)
      const sink = recordingSink()
      audit.addSink(sink)
      await audit.settle()

      expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
    })
  })

  test('takes the closing of the ledger too', async () => {
    await withAudit(async ({ audit, events }) => {
      const sink = recordingSink()
      audit.addSink(sink)
      await audit.close()

      expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
      expect(sink.taken.at(-1)?.type).toBe('ledger.closed')
    })
  })

  test('goes on from its cursor after a restart', async () => {
    await withBench(async ({ open, events }) => {
      const first = await open()
      const before = recordingSink()
      first.addSink(before)
      await allowTimes(first, 5)
      await first.close()
      const second = await open()
      const after = recordingSink()
      second.addSink(after)
      await second.settle()

      expect(idsOf([...before.taken, ...after.taken])).toEqual(idsOf(await events()))
    })
  })

  test('v5.0.0-16.4.3 loses nothing while it is down, and the ledger says once that it failed and once that it is back', async () => {
    await withAudit(async ({ audit, events }) => {
      const sink = recordingSink()
      sink.isDown = true
      audit.addSink(sink)
      await allowTimes(audit, 3)
      for (let turn = 0; turn < 4; turn++) await audit.settle().catch(() => undefined)
      sink.isDown = false
      await audit.settle()
      await audit.settle()

      expect(sink.calls).toBeGreaterThan(4)
      expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
      expect(troubleIn(await events())).toEqual([
        { type: 'sink.failed', outcome: 'failure', sink: 'recording' },
        { type: 'sink.recovered', outcome: 'success', sink: 'recording' },
      ])
    })
  })

  test('that comes back on another instance or after a restart is still said to be back', async () => {
    await withBench(async ({ open, events }) => {
      const sink = recordingSink()
      sink.isDown = true
      const first = await open()
      first.addSink(sink)
      await first.settle().catch(() => undefined)
      await first.close()
      sink.isDown = false
      const second = await open()
      second.addSink(sink)
      await second.settle()
      await second.settle()

      expect(troubleIn(await events()).map(({ type }) => type)).toEqual(['sink.failed', 'sink.recovered'])
    })
  })

  test('LOG-09 that is down delays neither the application nor another sink', async () => {
    await withAudit(async ({ audit, events }) => {
      const [down, up] = [recordingSink('down'), recordingSink('up')]
      down.isDown = true
      audit.addSink(down)
      audit.addSink(up)
      await allowTimes(audit, 3)
      await audit.settle().catch(() => undefined)
      await audit.settle().catch(() => undefined)

      expect(idsOf(up.taken)).toEqual(idsOf(await events()))
    })
  })

  test('never loses and never disorders, however often it fails (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), async (failures) => {
        await withAudit(async ({ audit, events }) => {
          const sink = recordingSink()
          audit.addSink(sink)
          for (const isDown of failures) {
            sink.isDown = isDown
            await allowTimes(audit, 2)
            await audit.settle().catch(() => undefined)
          }
          sink.isDown = false
          await audit.settle()
          await audit.settle()

          expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
        })
      }),
      { numRuns: 30 },
    )
  })

  test('is served by one of several instances at a time; nothing is missing and repeats are known by their id', async () => {
    await withBench(async (bench) => {
      const sinks = [recordingSink('shared'), recordingSink('shared')] as const
      const [one, two] = await openWith(bench, sinks)
      await Promise.all([allowTimes(one, 40), allowTimes(two, 40)])
      await Promise.all([one.settle(), two.settle()])
      await Promise.all([one.settle(), two.settle()])

      const taken = new Set(idsOf(sinks.flatMap((sink) => sink.taken)))
      expect(taken).toEqual(new Set(idsOf(await bench.events())))
    })
  })

  test('is handed over at once by an instance that closes', async () => {
    await withBench(async (bench) => {
      const sinks = [recordingSink('shared'), recordingSink('shared')] as const
      const [one, two] = await openWith(bench, sinks)
      await one.settle()
      await one.close()
      await allowTimes(two, 3)
      await two.settle()

      expect(idsOf([...sinks[0].taken, ...sinks[1].taken])).toEqual(idsOf(await bench.events()))
    })
  })

  test('is taken over from an instance that died, once its lease has lapsed', async () => {
    let now = 1_800_000_000_000
    await withBench(
      async (bench) => {
        const sinks = [recordingSink('shared'), recordingSink('shared')] as const
        const [one, two] = await openWith(bench, sinks)
        await one.settle() // and is not heard of again
        await allowTimes(two, 3)
        await two.settle()
        const before = sinks[1].taken.length
        now += 5_001
        await two.settle()

        expect(before).toBe(0)
        expect(idsOf([...sinks[0].taken, ...sinks[1].taken])).toEqual(idsOf(await bench.events()))
      },
      { clock: () => now },
    )
  })

  test('that never answers does not keep the ledger from closing', async () => {
    await withAudit(async ({ audit, verify }) => {
      const write = vi.fn<Sink['write']>(async () => new Promise(() => undefined))
      const close = vi.fn<() => Promise<void>>(async () => undefined)
      audit.addSink({ name: 'hanging', write, close })
      await vi.waitFor(() => expect(write).toHaveBeenCalledOnce())
      await audit.close()

      expect(close).toHaveBeenCalledOnce()
      expect(await verify()).toMatchObject({ verdict: 'good' })
    })
  })

  test('that hangs counts as one that failed, and what it says later moves nothing', async () => {
    await withAudit(async ({ audit, events, store }) => {
      const answers: (() => void)[] = []
      const asked: (readonly LedgerEvent[])[] = []
      const write: Sink['write'] = async (batch) => {
        asked.push(batch)
        await new Promise<void>((resolve) => answers.push(resolve))
      }
      const runner = runnerOf({ name: 'hanging', write }, { store, audit, answerMs: 5 })
      await expect(runner.run()).rejects.toMatchObject({ name: 'TimeoutError' })
      answers[0]?.()
      await runner.runAtOnce().catch(() => undefined)

      // Half as many, because the first ones took too long.
      expect(idsOf(asked[1] ?? [])).toEqual(idsOf(asked[0] ?? []).slice(0, 1))
      expect((await store.get([['sink', 'hanging']]))[0]?.value).toEqual({ next: 0, failing: true })
      expect(troubleIn(await events())).toEqual([{ type: 'sink.failed', outcome: 'failure', sink: 'hanging' }])
    })
  })

  test('that is too slow for a batch is offered fewer at once, and gets on', async () => {
    await withAudit(async ({ audit, store }) => {
      await allowTimes(audit, 12)
      const taken: LedgerEvent[] = []
      const sizes: number[] = []
      const write: Sink['write'] = async (batch) => {
        sizes.push(batch.length)
        if (batch.length > 2) await new Promise(() => undefined)
        taken.push(...batch)
      }
      const runner = runnerOf({ name: 'slow', write, batchSize: 8 }, { store, audit, answerMs: 5 })
      for (let turn = 0; turn < 60 && taken.length < 12; turn++) await runner.runAtOnce().catch(() => undefined)

      expect(sizes.slice(0, 3)).toEqual([8, 4, 2])
      expect(taken.length).toBeGreaterThanOrEqual(12)
    })
  })

  test('that fails every other write does not feed itself with what the ledger says of it', async () => {
    let now = 0
    await withAudit(
      async ({ audit, store, events }) => {
        let calls = 0
        const write: Sink['write'] = async () => {
          if ((calls += 1) % 2 === 1) throw new Error('every other one')
        }
        const runner = runnerOf({ name: 'flaky', write }, { store, audit, monotonicMs: () => now })
        for (; now < 7_200_000; now += 10_000) await runner.run().catch(() => undefined)
        const told = troubleIn(await events()).map(({ type }) => type)

        expect(told.length).toBeLessThanOrEqual(16)
        expect(told.slice(0, 4)).toEqual(['sink.failed', 'sink.recovered', 'sink.failed', 'sink.recovered'])
        expect(calls).toBeLessThanOrEqual(64)
      },
      { heartbeatMs: 60_000 },
    )
  })

  test('that fails again soon is said to be back when it has held for a minute, also when nothing else happens', async () => {
    let now = 0
    await withAudit(async ({ audit, store, events }) => {
      const sink = recordingSink('relapsing')
      const runner = runnerOf(sink, { store, audit, monotonicMs: () => now })
      for (const isDown of [true, false, true, false]) {
        sink.isDown = isDown
        await allowTimes(audit, 1)
        await runner.runAtOnce().catch(() => undefined)
      }
      now = 59_999
      await runner.run()
      const before = troubleIn(await events()).at(-1)
      now = 60_000
      await runner.run()

      expect(before?.type).toBe('sink.failed')
      expect(troubleIn(await events()).at(-1)?.type).toBe('sink.recovered')
      expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
    })
  })

  test('that throws at once has failed like one that rejects', async () => {
    await withAudit(async ({ audit, events, store }) => {
      const write = (): never => {
        throw new Error('not even a promise')
      }
      await expect(runnerOf({ name: 'throwing', write }, { store, audit }).run()).rejects.toThrow('not even a promise')

      expect(troubleIn(await events()).map(({ type }) => type)).toEqual(['sink.failed'])
    })
  })

  test('moves its cursor although its lease was renewed in the moment between', async () => {
    let now = 1_800_000_000_000
    await withBench(
      async ({ open, events, store }) => {
        const audit = await open()
        const sink = recordingSink('renewed')
        const parts = { store, randomBytes: systemRandomBytes, monotonicMs: () => now }
        const lease = new Lease({ ...parts, holder: 'h', job: 'renewed' })
        const commit: Audit['commit'] = async (one) => {
          now += 3_000
          await lease.hold()
          return await audit.commit(one)
        }
        await new SinkRunner(sink, {
          ...parts,
          subjects: NO_SUBJECTS,
          lease,
          commit: vi.fn<Audit['commit']>(async (one) => await audit.commit(one)).mockImplementationOnce(commit),
        }).run()

        expect(sink.calls).toBe(1)
        expect((await store.get([['sink', 'renewed']]))[0]?.value).toEqual({ next: (await events()).length })
      },
      { clock: () => now },
    )
  })

  test('that takes longer for a batch than a lease lasts still gets on', async () => {
    let now = 1_800_000_000_000
    await withBench(
      async ({ open, events, store }) => {
        const audit = await open()
        const sink = recordingSink('slow')
        const slow: Sink = {
          name: 'slow',
          write: async (batch) => {
            now += 4_000
            // Until the lease was renewed.
            const before = (await store.get([['lease', 'slow']]))[0]?.version
            await vi.waitFor(async () => expect((await store.get([['lease', 'slow']]))[0]?.version).not.toBe(before), {
              timeout: 5_000,
            })
            now += 4_000
            await sink.write(batch)
          },
        }
        const parts = { store, randomBytes: systemRandomBytes, monotonicMs: () => now }
        const lease = new Lease({ ...parts, holder: 'h', job: 'slow' })
        const commit: Audit['commit'] = async (one) => await audit.commit(one)
        await new SinkRunner(slow, { ...parts, subjects: NO_SUBJECTS, lease, commit }).run()

        expect(idsOf(sink.taken)).toEqual(idsOf(await events()))
      },
      { clock: () => now },
    )
  })

  test('is refused with a name that cannot name a cursor', async () => {
    await withAudit(async ({ audit }) => {
      const add = (name: string): void => audit.addSink(recordingSink(name))

      expect(() => add('')).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('Winston')).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('a/b')).toThrow(code('ERR_AUDIT_INPUT'))
      expect(() => add('x'.repeat(65))).toThrow(code('ERR_AUDIT_INPUT'))
    })
  })

  test('is refused under a name that another sink of the instance has: they would share a cursor', async () => {
    await withAudit(async ({ audit }) => {
      audit.addSink(recordingSink('same'))

      expect(() => audit.addSink(recordingSink('same'))).toThrow(code('ERR_AUDIT_INPUT'))
    })
  })

  test('is refused after close', async () => {
    await withAudit(async ({ audit }) => {
      await audit.close()

      expect(() => audit.addSink(recordingSink())).toThrow(code('ERR_AUDIT_CLOSED'))
    })
  })
})

/** What forwards a ledger to one sink when it is told to. */
function runnerOf(
  sink: Sink,
  given: Pick<SinkParts, 'store' | 'answerMs'> & { readonly audit: Audit; readonly monotonicMs?: () => number },
): SinkRunner {
  const { store, audit, answerMs, monotonicMs = systemMonotonicMs } = given
  const parts = { store, randomBytes: systemRandomBytes, monotonicMs: systemMonotonicMs }
  const lease = new Lease({ ...parts, holder: 'test', job: `sink-${sink.name}` })
  const commit: Audit['commit'] = async (one) => await audit.commit(one)
  return new SinkRunner(sink, { ...parts, subjects: NO_SUBJECTS, lease, commit, answerMs, monotonicMs })
}

/** Two instances, each with its half of the same sink; they look for entries only when they are told to settle. */
async function openWith(
  { open }: Bench,
  sinks: readonly [RecordingSink, RecordingSink],
): Promise<readonly [Audit, Audit]> {
  const [one, two] = [await open({ pollMs: 1_000 }), await open({ pollMs: 1_000 })]
  one.addSink(sinks[0])
  two.addSink(sinks[1])
  return [one, two]
}

async function allowTimes(audit: Audit, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => audit.emit('access.allowed', { data: { requirement: 'r' } })),
  )
}

function idsOf(events: readonly LedgerEvent[]): readonly string[] {
  return events.map(({ id }) => id)
}

function troubleIn(events: readonly LedgerEvent[]): readonly { readonly type: string }[] {
  return events
    .filter(({ type }) => type.startsWith('sink.'))
    .map(({ type, outcome, data }) => ({ type, outcome, sink: data['sink'] }))
}
