import type { WriterStamp } from '../events/types.ts'

const MAX_VOID = 64
// Refused numbers that may wait to be named before they are given again instead.
const MAX_WAITING = 1_000

/** Counts the events of one boot of one process, and remembers the numbers that were given but never committed. */
export class WriterCount {
  readonly #id: string
  readonly #boot: string
  // In the order in which they were refused.
  readonly #void = new Set<number>()
  #waiting = this.#void.values()
  // Stamps whose commit is under way.
  readonly #open = new Set<WriterStamp>()
  #last = 0
  // The highest number that may be on disk although its commit was not acknowledged.
  #doubtful = 0

  constructor(id: string, boot: string) {
    this.#id = id
    this.#boot = boot
  }

  /** Gives the next number, and names the refused ones that no event has named yet. */
  next(): WriterStamp {
    this.#last += 1
    const named = this.#takeVoid()
    const stamp: WriterStamp = {
      boot: this.#boot,
      id: this.#id,
      seq: this.#last,
      ...(named.length === 0 ? {} : { void: named }),
    }
    this.#open.add(stamp)
    return stamp
  }

  // Goes on where it was: by a look at all of them, very many that wait would make each event slow.
  #takeVoid(): readonly number[] {
    const taken: number[] = []
    while (taken.length < MAX_VOID) {
      const { done, value } = this.#waiting.next()
      if (done === true) {
        // All were taken; an iterator that has ended does not see what comes later.
        this.#waiting = this.#void.values()
        break
      }
      taken.push(value)
      this.#void.delete(value)
    }
    return taken
  }

  /** To be told of the stamps whose commit is on disk. */
  settle(stamps: readonly WriterStamp[]): void {
    for (const stamp of stamps) this.#open.delete(stamp)
  }

  /** Tells whether a number was refused that no event has named yet. */
  get hasUnnamed(): boolean {
    return this.#void.size > 0
  }

  /** The number up to which every one is on disk, as that of an entry or named by one. */
  get settled(): number {
    let first = this.#last + 1
    for (const number of this.#void) first = Math.min(first, number)
    for (const { seq, void: named = [] } of this.#open) first = Math.min(first, seq, ...named)
    return first - 1
  }

  /**
   * Takes back stamps whose commit was refused: they and what they named are named again later.
   *
   * While a store is away for long, refusals pile up. Then the newest numbers are given again instead, so that memory
   * and the lists in later events stay small; but never a number that may be on disk.
   *
   * @param stamps The stamps of one commit.
   * @param certainty `doubtful` when it is not known whether the commit is on disk.
   */
  refuse(stamps: readonly WriterStamp[], certainty: 'refused' | 'doubtful'): void {
    for (const stamp of stamps) {
      this.#open.delete(stamp)
      for (const number of [stamp.seq, ...(stamp.void ?? [])]) this.#void.add(number)
      if (certainty === 'doubtful') this.#doubtful = Math.max(this.#doubtful, stamp.seq)
    }
    if (this.#void.size <= MAX_WAITING) return
    while (this.#last > this.#doubtful && this.#void.delete(this.#last)) this.#last -= 1
  }
}
