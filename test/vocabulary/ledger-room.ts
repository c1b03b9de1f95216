import { withBench, type Bench } from '../../packages/audit/test/bench.ts'
import type { Scene } from './scene.ts'

const PATIENCE_MS = 10_000

/** A ledger in memory, and a way to wait for what its jobs record. */
export interface Room extends Bench {
  /** Waits until events of all these types are recorded. */
  readonly until: (...types: readonly string[]) => Promise<void>
}

/** Makes a scene of what happens on a ledger of its own; what its closing records belongs to it. */
export function onLedger(happens: (room: Room) => Promise<void>, parts: { readonly clock?: () => number } = {}): Scene {
  return async () => {
    let read: Bench['events'] = async () => []
    await withBench(async (bench) => {
      read = bench.events
      await happens({ ...bench, until: async (...types) => await until(bench, types) })
    }, parts)
    return await read()
  }
}

async function until({ events }: Bench, types: readonly string[]): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  for (let missing = types; missing.length > 0;) {
    const recorded = new Set<string>((await events()).map(({ type }) => type))
    missing = types.filter((type) => !recorded.has(type))
    if (performance.now() > end) throw new Error(`onLedger: never recorded ${missing.join(', ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
