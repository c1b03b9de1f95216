import { join } from 'node:path'

import { queryLedger } from '@sallyport/audit/query'

import { growLedger, queryAt, type GrownLedger } from '../support/grown-ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, quantile } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const NEWEST = 50

/** Finding the newest events of a person, a type and a span of time, in a small ledger and in large ones. */
export async function measureQuery({ rounds, queries, queriedEvents }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    const ledgers: GrownLedger[] = []
    for (const size of queriedEvents) ledgers.push(await growLedger(join(folder, String(size)), size))
    const p99s = new Map<string, number[]>()
    const contenders = ledgers.map((ledger) => {
      const measure = async (): Promise<number> => {
        const times = await timesOf(ledger, queries)
        const name = nameOf(ledger)
        p99s.set(name, [...(p99s.get(name) ?? []), quantile(times, 0.99)])
        return quantile(times, 0.5)
      }
      return [nameOf(ledger), measure] as const
    })
    const p50 = await measureInterleaved(Object.fromEntries(contenders), rounds)
    for (const { store } of ledgers) await store.close()
    // The first round does not count.
    return report(ledgers, { p50, p99: (name) => quantile((p99s.get(name) ?? []).slice(1), 0.5) })
  })
}

interface Figures {
  readonly p50: (name: string) => number
  readonly p99: (name: string) => number
}

function report([small, ...large]: readonly GrownLedger[], { p50, p99 }: Figures): readonly Measured[] {
  if (small === undefined) return []
  const beside = nameOf(small)
  return large.flatMap((ledger) => {
    const name = nameOf(ledger)
    const about = { unit: 'ms', lowerIsBetter: true } as const
    return [
      {
        ...about,
        name: `query by actor, type and time, newest ${NEWEST}, ${name}: p50`,
        ours: p50(name),
        peers: { [beside]: p50(beside) },
        target: 2,
        note: 'One of ten busy people among 100,000 others, one type of four, half of the time; on SQLite, parsed.',
      },
      {
        ...about,
        name: `query by actor, type and time, newest ${NEWEST}, ${name}: p99`,
        ours: p99(name),
        peers: { [beside]: p99(beside) },
      },
    ]
  })
}

async function timesOf({ store, size }: GrownLedger, queries: number): Promise<readonly number[]> {
  const times: number[] = []
  for (let count = 0; count < queries; count++) {
    const query = queryAt(count, size)
    const startedAt = performance.now()
    const { events } = await queryLedger({ store }, query, { limit: NEWEST })
    times.push(performance.now() - startedAt)
    if (events.length !== NEWEST) throw new Error(`A query found ${events.length} events and not ${NEWEST}.`)
  }
  return times
}

function nameOf({ size }: GrownLedger): string {
  return size >= 1_000_000 ? `${size / 1_000_000} M events` : `${size / 1_000} k events`
}
