import type { Write } from '@sallyport/store'

import { eventTime } from '../events/event-id.ts'
import type { EventPayloads, EventType } from '../events/event-payloads.ts'
import { event } from '../events/event.ts'
import type { PendingEvent } from '../events/types.ts'
import type { ErasureState } from '../privacy/erased-persons.ts'
import { impersonal } from '../privacy/impersonal.ts'
import { isAway } from './commit-surely.ts'
import { FloodCounter, type Burst } from './flood-counter.ts'
import type { FloodLimits } from './flood-options.ts'

interface FloodParts extends FloodLimits {
  readonly now: () => number
  readonly newId: () => string
  /** Commits events together with checks; rejects when it cannot, `false` when a check refused it. */
  readonly commit: (events: readonly PendingEvent[], checks: readonly Write[]) => Promise<boolean>
  /** Tells whether persons were erased since a time; see `findErasure`. */
  readonly findErasure: (users: readonly string[], at: number) => Promise<ErasureState>
  /** Counts events that will never be recorded. */
  readonly lose: (type: EventType, count: number) => void
}

// Erasures that begin or end meanwhile.
const TRIES = 10
// Commits under way at a time.
const AT_ONCE = 64

/** Keeps failures of one source from filling the ledger: so many are written, the rest is counted, and the count written. */
export class FloodWriter {
  readonly #parts: FloodParts
  readonly #counter: FloodCounter
  #round: Promise<void> = Promise.resolve()
  #underWay = 0

  constructor(parts: FloodParts) {
    this.#parts = parts
    const { lose } = parts
    this.#counter = new FloodCounter({ ...parts, drop: ({ type, counted }) => lose(type, counted) })
  }

  /** How many failures were counted and are not written yet. */
  get waiting(): number {
    return this.#counter.counted + this.#underWay
  }

  /** See `FloodCounter.admit`. */
  admit(pending: PendingEvent, shaped: PendingEvent): PendingEvent | undefined {
    return this.#counter.admit(pending, shaped)
  }

  /** Forgets what is kept in memory of a person's failures and would be sealed for them. */
  forget(user: string): void {
    this.#counter.forget(user)
  }

  /** Writes what was counted in every window that has ended, or in all; resolves when the rounds before are done, too. */
  async record(which: 'ended' | 'all'): Promise<void> {
    const bursts = this.#counter.take(which)
    for (const { counted } of bursts) this.#underWay += counted
    this.#round = this.#round.then(async () => await this.#writeAll(bursts))
    await this.#round
  }

  async #writeAll(bursts: readonly Burst[]): Promise<void> {
    for (let from = 0; from < bursts.length; from += AT_ONCE) {
      await Promise.all(bursts.slice(from, from + AT_ONCE).map(async (burst) => await this.#write(burst)))
    }
  }

  /** Writes the last failure whole, and how many came before it. Never rejects. */
  async #write(burst: Burst): Promise<void> {
    const { type, counted, last } = burst
    try {
      const isTold = last !== undefined && (await this.#tryWithLast(burst, last))
      // One that cannot be written takes no count with it.
      if (!isTold) await this.#parts.commit([coalesced(burst, { count: counted, last: burst.first })], [])
    } catch {
      this.#parts.lose(type, counted)
    } finally {
      this.#underWay -= counted
    }
  }

  /** Tells whether the last failure could be written; rejects when the store is away. */
  async #tryWithLast(burst: Burst, last: NonNullable<Burst['last']>): Promise<boolean> {
    const count = burst.counted - 1
    const told = count === 0 ? [] : [coalesced(burst, { count, last: last.input.id })]
    try {
      await this.#commitLast(last, told)
      return true
    } catch (cause) {
      if (isAway(cause)) throw cause
      return false
    }
  }

  /** What is kept of a person who was erased since is written without what would be sealed: under a key that comes after. */
  async #commitLast(last: NonNullable<Burst['last']>, told: readonly PendingEvent[]): Promise<void> {
    const { commit, findErasure } = this.#parts
    const at = eventTime(last.input.id) ?? 0
    for (let tries = 1; tries <= TRIES; tries++) {
      const { isErased, checks } = await findErasure(personsOf(last), at)
      if (isErased) break
      if (await commit([last, ...told], checks)) return
    }
    await commit([impersonal(last), ...told], [])
  }
}

function personsOf({ input: { actor, subject } }: PendingEvent): readonly string[] {
  return [actor?.user, subject].filter((user) => user !== undefined)
}

function coalesced(
  { type, reason, sources, first, from, to }: Burst,
  told: Pick<EventPayloads['ledger.failures_coalesced'], 'count' | 'last'>,
): PendingEvent {
  const data = { type, ...(reason === undefined ? {} : { reason }), sources, first, from, to, ...told }
  return event('ledger.failures_coalesced', { data })
}
