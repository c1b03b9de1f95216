import type { RandomBytes } from '../system.ts'

const FIRST_MS = 250
const LONGEST_MS = 30_000
// A sink that fails every now and then does not begin anew with each batch that it takes.
const STEADY_MS = 60_000
const DOUBLINGS = Math.ceil(Math.log2(LONGEST_MS / FIRST_MS))

/**
 * When a sink that refused is tried again: after a pause of random length, whose limit doubles from 0.25 to 30 seconds, and
 * begins anew when nothing has failed for a minute.
 */
export class SinkRetry {
  readonly #parts: { readonly randomBytes: RandomBytes; readonly monotonicMs: () => number }
  #failures = 0
  #goodSince: number | undefined
  #notBefore = -Infinity

  /** @param parts Randomness, and milliseconds from any start, never set. */
  constructor(parts: { readonly randomBytes: RandomBytes; readonly monotonicMs: () => number }) {
    this.#parts = parts
  }

  /** Tells whether the pause is over, or there is none. */
  get isDue(): boolean {
    return this.#parts.monotonicMs() >= this.#notBefore
  }

  /** Ends the pause, for whoever wants a try at once. */
  hurry(): void {
    this.#notBefore = -Infinity
  }

  succeeded(): void {
    this.#goodSince ??= this.#parts.monotonicMs()
    this.#notBefore = -Infinity
  }

  failed(): void {
    if (this.#goodSince !== undefined && this.#parts.monotonicMs() - this.#goodSince >= STEADY_MS) this.#failures = 0
    this.#goodSince = undefined
    const limit = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.#failures, DOUBLINGS))
    this.#failures += 1
    // Full jitter: the instances of an application that lost one receiver do not come back to it in step.
    this.#notBefore = this.#parts.monotonicMs() + limit * fractionOf(this.#parts.randomBytes(4))
  }
}

/** A number from 0 to below 1. */
function fractionOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => (sum + byte) / 256, 0)
}
