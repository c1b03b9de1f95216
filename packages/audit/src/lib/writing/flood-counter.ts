import type { PendingEvent } from '../events/types.ts'
import type { FloodLimits } from './flood-options.ts'
import { floodSource } from './flood-source.ts'
import { FloodTable, type Burst, type NamedEvent } from './flood-table.ts'

export type { Burst } from './flood-table.ts'

interface CounterParts extends FloodLimits {
  /** Gives the time by which windows end, in milliseconds since the epoch. */
  readonly now: () => number
  /** Makes the id of an event that happens now. */
  readonly newId: () => string
  /** To be told of a source whose count there is no more room for. */
  readonly drop: (burst: Burst) => void
}

/**
 * Decides which failures are written one by one, and counts the others by their source. Of one source so many are written
 * in a window that begins with its first failure; the rest is counted, and the last one kept.
 */
export class FloodCounter {
  readonly #parts: CounterParts
  // One for strangers and one for each type of failure that has a place of its own: a closed number.
  readonly #tables = new Map<string, FloodTable>()
  #counted = 0

  constructor(parts: CounterParts) {
    this.#parts = parts
  }

  /** How many failures were counted and are in no burst that was taken. */
  get counted(): number {
    return this.#counted
  }

  /**
   * Gives the event as it is to be written now, or `undefined` when it was counted.
   *
   * @param pending The event as it happened; it decides whose it is.
   * @param shaped The same as it is to be recorded.
   */
  admit(pending: PendingEvent, shaped: PendingEvent): PendingEvent | undefined {
    const source = floodSource(pending)
    if (source === undefined) return shaped

    const table = this.#tableOf(source.table)
    const event = this.#named(shaped)
    const isWritten = table.admit(source, event, this.#parts.now()) === 'written'
    if (!isWritten) this.#counted += 1
    for (const burst of table.takeExcess()) {
      this.#counted -= burst.counted
      this.#parts.drop(burst)
    }
    return isWritten ? event : undefined
  }

  /** Takes what is to be written of every window that has ended; with `all` of those that have not, too. */
  take(which: 'ended' | 'all'): readonly Burst[] {
    const now = this.#parts.now()
    const bursts = [...this.#tables.values()].flatMap((table) => table.take(which, now))
    for (const { counted } of bursts) this.#counted -= counted
    return bursts
  }

  /** Forgets what would be sealed for a person of the last failures that are kept. */
  forget(user: string): void {
    for (const table of this.#tables.values()) table.forget(user)
  }

  #tableOf(name: string): FloodTable {
    const table = this.#tables.get(name) ?? new FloodTable(this.#parts)
    this.#tables.set(name, table)
    return table
  }

  // Its id says when it happened, also where it is written at the end of the window.
  #named({ type, input }: PendingEvent): NamedEvent {
    return { type, input: { ...input, id: input.id ?? this.#parts.newId() } }
  }
}
