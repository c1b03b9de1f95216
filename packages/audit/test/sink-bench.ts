import type { Store } from '@sallyport/store'

import type { Audit } from '../src/lib/audit-contract.ts'
import { parseEntry } from '../src/lib/events/parse-entry.ts'
import type { LedgerEvent } from '../src/lib/events/types.ts'
import { Lease } from '../src/lib/running/lease.ts'
import type { Sink } from '../src/lib/sinks/sink-contract.ts'
import { SinkRunner, type SinkParts } from '../src/lib/sinks/sink-runner.ts'
import { systemMonotonicMs, systemRandomBytes } from '../src/lib/system.ts'

/** What forwards a ledger to one sink when it is told to. */
export function runnerOf(
  sink: Sink,
  given: { readonly store: Store; readonly audit: Audit } & Partial<SinkParts>,
): SinkRunner {
  const { store, audit, ...more } = given
  const parts = { store, randomBytes: systemRandomBytes, monotonicMs: systemMonotonicMs }
  const lease = new Lease({ ...parts, holder: 'test', job: `sink-${sink.name}` })
  const commit: Audit['commit'] = async (one) => await audit.commit(one)
  return new SinkRunner(sink, {
    ...parts,
    subjects: { open: async () => undefined, isDamage: async () => false },
    lease,
    commit,
    ...more,
  })
}

/** A sink that takes all events but those with certain ids, and all or none of a batch. */
export function pickySink(
  more: Partial<Sink> = {},
): Sink & { readonly taken: LedgerEvent[]; readonly refuses: Set<string>; isDown: boolean } {
  const sink = {
    name: 'picky',
    taken: [] as LedgerEvent[],
    refuses: new Set<string>(),
    isDown: false,
    write: async (events: readonly LedgerEvent[]): Promise<void> => {
      if (sink.isDown) throw new Error('the sink is down')
      if (events.some(({ id }) => sink.refuses.has(id))) throw new Error('the sink refuses an event')
      sink.taken.push(...events)
    },
    ...more,
  }
  return sink
}

/** Records so many accesses. */
export async function allowTimes(audit: Audit, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await audit.emit('access.allowed', { data: { requirement: `r${turn}` } })
}

/** Everything in the log. */
export async function readLedger(store: Store): Promise<readonly LedgerEvent[]> {
  return (await store.read(0, 4_096)).map(parseEntry)
}
