import { createHmac } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { EventInput } from '@sallyport/audit'
import type { RecordAccessOptions } from '../src/index.ts'

type Emitted = {
  readonly type: string
} & Pick<EventInput<'access.completed'>, 'actor' | 'target' | 'authn' | 'lineage' | 'outcome' | 'reason' | 'tenant'> & {
    readonly data: Readonly<Record<string, unknown>>
    readonly requestId: string | undefined
  }

/** A ledger that keeps what it is told, and what the events of one type were. */
export interface Recorder {
  readonly audit: RecordAccessOptions['audit']
  readonly events: Emitted[]
  readonly of: (type: string) => readonly Emitted[]
  /** Resolves when so many events are there, and whatever follows at once. */
  readonly until: (count: number) => Promise<readonly Emitted[]>
}

/** Makes a ledger that only remembers. */
export function createRecorder(): Recorder {
  const events: Emitted[] = []
  const waiting: (() => void)[] = []
  const emit: RecordAccessOptions['audit']['emit'] = async (type, input) => {
    const { actor, target, authn, lineage, outcome, reason, tenant, data, context } = input
    const about = { actor, target, authn, lineage, outcome, reason, tenant, data: { ...data } }
    events.push({ type, ...about, requestId: context?.requestId })
    for (const wake of waiting.splice(0)) wake()
    return 'recorded'
  }
  return {
    audit: { emit },
    events,
    of: (type) => events.filter((event) => event.type === type),
    until: async (count) => {
      while (events.length < count) await new Promise<void>((resolve) => void waiting.push(resolve))
      // One too many would come with it or a few turns later.
      for (let turn = 0; turn < 5; turn += 1) await nextTurn()
      return events
    },
  }
}

/** A key ring with one key. */
export const keyring = {
  pseudonym: (context: string, value: string): Promise<string> =>
    Promise.resolve(`k.${createHmac('sha256', 'key').update(`${context}\n${value}`).digest('base64url').slice(0, 22)}`),
}
