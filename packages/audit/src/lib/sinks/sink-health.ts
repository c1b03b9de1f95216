const FIRST_MS = 60_000
const LONGEST_MS = 3_600_000
const RELAPSE_MS = 3_600_000

/**
 * When a sink that has failed may be called recovered. What the ledger says of a sink is offered to the sink as well, so one
 * that takes only some of its batches would make an event of each: whoever fails again within an hour has to hold for a
 * minute first, then for two, up to an hour. So one process records at most eight of each in two hours.
 */
export class SinkHealth {
  readonly #monotonicMs: () => number
  #goodSince: number | undefined
  #recoveredAt: number | undefined
  #holdMs = 0

  /** @param monotonicMs Milliseconds from any start, never set. */
  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Tells whether the sink has taken what it was offered for as long as it has to. */
  get hasHeld(): boolean {
    return this.#goodSince !== undefined && this.#monotonicMs() - this.#goodSince >= this.#holdMs
  }

  succeeded(): void {
    this.#goodSince ??= this.#monotonicMs()
  }

  /** A write has failed, or nobody knows: another instance serves the sink. */
  interrupted(): void {
    this.#goodSince = undefined
  }

  /** The ledger says from now on that the sink has failed. */
  toldFailed(): void {
    const since = this.#recoveredAt === undefined ? Infinity : this.#monotonicMs() - this.#recoveredAt
    this.#holdMs = since < RELAPSE_MS ? Math.min(LONGEST_MS, Math.max(FIRST_MS, 2 * this.#holdMs)) : 0
  }

  /** The ledger says from now on that the sink has recovered. */
  toldRecovered(): void {
    this.#recoveredAt = this.#monotonicMs()
  }
}
