import type { LedgerEvent } from '@sallyport/audit'

type Identified = Pick<LedgerEvent, 'id'>

// Several batches of the largest size.
const MOST = 4_096

/**
 * What was delivered last, whatever became of its batch: otherwise a server that refuses one request in a hundred would
 * never take a whole batch, and one that is slower than the ledger waits would begin the same one again and again.
 */
export class Delivered {
  // In the order in which they came.
  readonly #ids = new Set<string>()

  /** Remembers events by their ids: the last 4,096. */
  add(events: readonly Identified[]): void {
    this.addIds(events.map(({ id }) => id))
  }

  /** As `add`, by ids. */
  addIds(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id)
    for (const id of this.#ids) {
      if (this.#ids.size <= MOST) return
      this.#ids.delete(id)
    }
  }

  /**
   * Gives what is still to be sent of some events. When nothing is, the last of them is sent again: the ledger judges by
   * the answer whether the destination takes anything at all, so there must be one.
   */
  missingOf<T extends Identified>(events: readonly T[]): readonly T[] {
    const missing = events.filter(({ id }) => !this.#ids.has(id))
    return missing.length > 0 ? missing : events.slice(-1)
  }

  /** Forgets all, when it is in doubt. */
  clear(): void {
    this.#ids.clear()
  }
}
