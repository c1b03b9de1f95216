import type { WriteSession } from './write-session.ts'

const SHORT_PAUSE_MS = 1
const LONG_PAUSE_MS = 20
// Half of the second by which the tag index may lag.
const OVERDUE_MS = 500
const SMALL_SLICE = 64
const LARGE_SLICE = 2_048
// Batches since the last checkpoint; one writes about ten pages of 4 kiB.
const CHECKPOINT_BATCHES = 512

/**
 * Decides when the worker brings the tag index forward, sweeps dropped records and moves the write-ahead log into the
 * database: in the gaps between batches, in slices as long as the gap is likely to be, and between batches without a
 * gap only when the index would fall behind.
 */
export class Housekeeper {
  readonly #session: WriteSession
  readonly #monotonic: () => number
  #timer: NodeJS.Timeout | undefined
  #now = 0
  #lastBatch = 0
  #behindSince: number | undefined
  #batches = 0

  /** @param monotonic milliseconds from any start, never stepping back */
  constructor(session: WriteSession, monotonic: () => number) {
    this.#session = session
    this.#monotonic = monotonic
  }

  /** Notes that a batch has ended. `now` is the store's clock at that batch, by which dropped records are swept. */
  batchEnded(now: number): void {
    this.#now = now
    this.#lastBatch = this.#monotonic()
    this.#behindSince ??= this.#lastBatch
    this.#batches += 1
    this.#timer ??= setTimeout(() => this.#tick(), SHORT_PAUSE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const time = this.#monotonic()
    const pause = time - this.#lastBatch
    const isOverdue = this.#behindSince !== undefined && time - this.#behindSince >= OVERDUE_MS
    let wait: number | undefined = SHORT_PAUSE_MS
    if (this.#behindSince !== undefined && (pause >= SHORT_PAUSE_MS || isOverdue)) {
      const slice = isOverdue || pause >= LONG_PAUSE_MS ? LARGE_SLICE : SMALL_SLICE
      if (this.#session.housekeep(this.#now, slice)) wait = 0
      else this.#behindSince = undefined
    } else if (this.#behindSince === undefined) {
      wait = this.#checkpointAfter(pause)
    }
    this.#timer = wait === undefined ? undefined : setTimeout(() => this.#tick(), wait)
  }

  // The time until the next tick, or undefined when all is done.
  #checkpointAfter(pause: number): number | undefined {
    if (pause < LONG_PAUSE_MS && this.#batches < CHECKPOINT_BATCHES) return LONG_PAUSE_MS
    this.#session.checkpoint()
    this.#batches = 0
    return undefined
  }
}
