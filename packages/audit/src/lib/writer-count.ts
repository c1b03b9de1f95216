import type { WriterStamp } from './types.ts'

const MAX_VOID = 64

/** Counts the events of one boot of one process, and remembers the numbers that were given but never committed. */
export class WriterCount {
  readonly #id: string
  readonly #boot: string
  #last = 0
  #void: number[] = []

  constructor(id: string, boot: string) {
    this.#id = id
    this.#boot = boot
  }

  /** Gives the next number, and names the refused ones that no event has named yet. */
  next(): WriterStamp {
    this.#last += 1
    const named = this.#void.splice(0, MAX_VOID)
    return { boot: this.#boot, id: this.#id, seq: this.#last, ...(named.length === 0 ? {} : { void: named }) }
  }

  /** Takes back stamps whose commit was refused: they and what they named are named again later. */
  refuse(stamps: readonly WriterStamp[]): void {
    for (const stamp of stamps) this.#void.push(stamp.seq, ...(stamp.void ?? []))
  }
}
