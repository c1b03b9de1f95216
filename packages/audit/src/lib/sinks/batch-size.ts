/** How many events a sink is offered at once: half as many after each batch that took too long, and more again when there is time. */
export class BatchSize {
  readonly #largest: number
  readonly #answerMs: number
  #size: number

  /**
   * @param largest As many as the sink said.
   * @param answerMs How long a batch may take.
   */
  constructor(largest: number, answerMs: number) {
    this.#largest = largest
    this.#answerMs = answerMs
    this.#size = largest
  }

  get size(): number {
    return this.#size
  }

  /** So many were not taken in time. */
  timedOut(count: number): void {
    this.#size = Math.max(1, Math.floor(Math.min(this.#size, count) / 2))
  }

  /** So many were taken in that time. Twice as many must not be too many again. */
  taken(count: number, tookMs: number): void {
    if (count >= this.#size && tookMs < this.#answerMs / 4) this.#size = Math.min(this.#largest, this.#size * 2)
  }
}
