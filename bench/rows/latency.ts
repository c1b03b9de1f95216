import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { timeSyncs } from '../peers/synced-file.ts'
import { callTogether } from '../support/callers.ts'
import { openLedger, type BenchLedger } from '../support/ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, quantile } from '../support/rounds.ts'
import { plainEvent } from '../support/sample-events.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CALLERS = 64
const RATE_PER_SECOND = 2_000
const NS_PER_MS = 1_000_000

interface Latency {
  readonly ledger: BenchLedger
  readonly durationMs: number
}

/** How long a caller waits for its event to be on disk, and how long everybody else waits for the event loop. */
export async function measureLatency(plan: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    const ledger = await openLedger(folder)
    const asked = { ledger, durationMs: plan.latencyMs }
    const closed: Record<'p99' | 'delay', number[]> = { p99: [], delay: [] }
    const open: number[] = []
    const figures = await measureInterleaved(
      {
        sync: () => quantile(timeSyncs(join(folder, 'sync'), plan.syncs), 0.5),
        closed: async () => {
          const { times, delayP99 } = await appendClosedLoop(asked)
          closed.p99.push(quantile(times, 0.99))
          closed.delay.push(delayP99)
          return quantile(times, 0.5)
        },
        open: async () => {
          const times = await appendOpenLoop(asked)
          open.push(quantile(times, 0.5))
          return quantile(times, 0.99)
        },
      },
      plan.rounds,
    )
    await ledger.close()
    return report(figures, {
      p99: afterWarmUp(closed.p99),
      delay: afterWarmUp(closed.delay),
      openP50: afterWarmUp(open),
    })
  })
}

/** Every caller appends again as soon as its last event is on disk. */
async function appendClosedLoop({ ledger, durationMs }: Latency): Promise<{ times: number[]; delayP99: number }> {
  const times: number[] = []
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  const until = performance.now() + durationMs
  const keepAppending = async (count: number): Promise<void> => {
    while (performance.now() < until) times.push(await timeAppend(ledger, count, performance.now()))
  }
  histogram.enable()
  await callTogether({ callers: CALLERS, calls: CALLERS, call: keepAppending })
  histogram.disable()
  await ledger.audit.settle()
  return { times, delayP99: histogram.percentile(99) / NS_PER_MS }
}

/** Events fall due at a fixed rate, whatever becomes of the ones before; each is timed from when it fell due. */
async function appendOpenLoop({ ledger, durationMs }: Latency): Promise<number[]> {
  const appended: Promise<number>[] = []
  const startedAt = performance.now()
  const total = Math.floor((durationMs / 1_000) * RATE_PER_SECOND)
  while (appended.length < total) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * RATE_PER_SECOND))
    while (appended.length < due) {
      const dueAt = startedAt + (appended.length / RATE_PER_SECOND) * 1_000
      appended.push(timeAppend(ledger, appended.length, dueAt))
    }
  }
  const times = await Promise.all(appended)
  await ledger.audit.settle()
  return times
}

async function timeAppend({ audit }: BenchLedger, count: number, startedAt: number): Promise<number> {
  await audit.commit({ writes: [], events: [plainEvent(count)] })
  return performance.now() - startedAt
}

function afterWarmUp(figures: readonly number[]): number {
  return quantile(figures.slice(1), 0.5)
}

function report(
  figures: (name: 'sync' | 'closed' | 'open') => number,
  { p99, delay, openP50 }: { readonly p99: number; readonly delay: number; readonly openP50: number },
): readonly Measured[] {
  const unit = 'ms'
  return [
    {
      name: `append latency p50, ${CALLERS} callers`,
      unit,
      ours: figures('closed'),
      peers: { 'one fdatasync': figures('sync') },
      target: 6,
      lowerIsBetter: true,
      note: `p99 ${p99.toFixed(2)} ms.`,
    },
    {
      name: `event loop delay p99, ${CALLERS} callers`,
      unit,
      ours: delay,
      peers: {},
      target: 5,
      lowerIsBetter: true,
      note: 'As perf_hooks reports it, the 1 ms of its own timer included.',
    },
    {
      name: `append latency p99, open loop at ${RATE_PER_SECOND}/s`,
      unit,
      ours: figures('open'),
      peers: {},
      target: 8,
      lowerIsBetter: true,
      note: `p50 ${openP50.toFixed(2)} ms, from when an event falls due; the 1 ms timer that starts it is included.`,
    },
  ]
}
