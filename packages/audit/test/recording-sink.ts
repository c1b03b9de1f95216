import type { Sink } from '../src/lib/sinks/sink-contract.ts'
import type { LedgerEvent } from '../src/lib/events/types.ts'

/** A sink that remembers what it took, and can be told to fail. */
export interface RecordingSink extends Sink {
  /** Every event that was taken, as often as it was. */
  readonly taken: LedgerEvent[]
  /** How often `write` was called. */
  calls: number
  /** While true, `write` rejects and takes nothing. */
  isDown: boolean
}

/** Makes a sink. */
export function recordingSink(name = 'recording'): RecordingSink {
  const sink: RecordingSink = {
    name,
    taken: [],
    calls: 0,
    isDown: false,
    write: async (events) => {
      sink.calls += 1
      if (sink.isDown) throw new Error('the sink is down')
      sink.taken.push(...events)
    },
  }
  return sink
}
