import type { EventType } from '../events/event-payloads.ts'

/** What was lost or delayed, in exact numbers by event type, until it is recorded. */
export interface GapCounts {
  readonly lost: Readonly<Record<string, number>>
  readonly delayed: Readonly<Record<string, number>>
}

/** Counts events that could not be recorded, or not in time. Losing one silently is what must never happen. */
export class Gaps {
  #lost = new Map<EventType, number>()
  #delayed = new Map<EventType, number>()

  /** Counts events that will never be recorded. */
  lost(type: EventType, count = 1): void {
    this.#lost.set(type, (this.#lost.get(type) ?? 0) + count)
  }

  /** Counts one event that its cause did not wait for to the end. */
  delayed(type: EventType): void {
    this.#delayed.set(type, (this.#delayed.get(type) ?? 0) + 1)
  }

  /** Tells whether there is nothing to be recorded. */
  get isEmpty(): boolean {
    return this.#lost.size === 0 && this.#delayed.size === 0
  }

  /** Takes the counts to be recorded; `undefined` when there are none. */
  take(): GapCounts | undefined {
    if (this.isEmpty) return undefined

    const counts = { lost: Object.fromEntries(this.#lost), delayed: Object.fromEntries(this.#delayed) }
    this.#lost = new Map()
    this.#delayed = new Map()
    return counts
  }

  /** Puts counts back that could not be recorded. */
  giveBack(counts: GapCounts): void {
    addAll(this.#lost, counts.lost)
    addAll(this.#delayed, counts.delayed)
  }
}

function addAll(into: Map<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [type, count] of Object.entries(counts)) into.set(type, (into.get(type) ?? 0) + count)
}
