/** A piece of work that is repeated until it is stopped; two rounds never overlap. */
export class Repeat {
  readonly #work: () => Promise<void>
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  /**
   * @param work One round. A rejection is the work's own affair: the next round comes all the same.
   * @param everyMs The pause between two rounds.
   */
  constructor(work: () => Promise<void>, everyMs: number) {
    this.#work = work
    this.#everyMs = everyMs
    this.#schedule()
  }

  /** Runs a round now, or other work in the place of one, after the round under way; resolves or rejects with it. */
  now(work: () => Promise<void> = this.#work): Promise<void> {
    const round = this.#round.then(() => work())
    this.#round = round.catch(() => undefined)
    return round
  }

  /** Lets the round under way end and starts no other. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#round
  }

  #schedule(): void {
    if (this.#stopped) return

    this.#timer = setTimeout(() => {
      void this.now()
        .catch(() => undefined)
        .finally(() => this.#schedule())
    }, this.#everyMs)
    // The ledger keeps no process alive that has nothing else to do.
    this.#timer.unref()
  }
}
