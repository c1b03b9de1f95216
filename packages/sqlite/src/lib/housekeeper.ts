import type { WireBatch } from './wire.ts'

const SHORT_PAUSE_MS = 1
const LONG_PAUSE_MS = 20
// A quarter of the second by which the index may lag: the rest is for catching up.
const OVERDUE_MS = 250
// How long callers may be kept waiting at a time, in a short pause and otherwise.
const SHORT_TURN_MS = 1
const LONG_TURN_MS = 8
// Between two steps of pruning while the store is busy: nothing waits for them.
const PRUNE_PAUSE_MS = 4
// Pages of the write-ahead log after which a checkpoint no longer waits for a long pause.
const CHECKPOINT_PAGES = 4_096
// What a batch writes: about ten pages of the trees it touches, and its entries, of which a page takes half its size.
const PAGES_PER_BATCH = 10
const PAGES_PER_PRUNING = 8
const ENTRY_BYTES_PER_PAGE = 2_048

/** The work that the housekeeper decides when to do: a write session, seen from its quiet side. */
export interface Household {
  /** Does a small step by the store's clock and tells whether more may be left. */
  housekeep(now: number): boolean
  /** Removes a little of what is left of dropped entries and tells whether more may be left. */
  prune(): boolean
  /** Moves the write-ahead log into the database. */
  checkpoint(): void
}

/**
 * Decides when the worker brings the index forward, sweeps dropped records, removes dropped entries and moves the write-ahead log into the
 * database: in the pauses between batches, in turns as short as the pause, and between batches without a pause only
 * when the index would fall behind.
 */
export class Housekeeper {
  readonly #session: Household
  readonly #monotonic: () => number
  #timer: NodeJS.Timeout | undefined
  #now = 0
  #lastBatch = 0
  #behindSince: number | undefined
  #pages = 0

  /** @param monotonic milliseconds from any start, never stepping back */
  constructor(session: Household, monotonic: () => number) {
    this.#session = session
    this.#monotonic = monotonic
  }

  /** Notes that a batch has ended. Dropped records are swept by the store's clock at that batch. */
  batchEnded(batch: WireBatch): void {
    this.#now = batch.now
    this.#lastBatch = this.#monotonic()
    this.#behindSince ??= this.#lastBatch
    this.#pages += PAGES_PER_BATCH + batch.bytes.length / ENTRY_BYTES_PER_PAGE
    this.#timer ??= setTimeout(() => this.#tick(), SHORT_PAUSE_MS)
  }

  /** Goes on with what was left undone when the database was closed or its process ended. */
  opened(): void {
    if (this.#session.prune()) this.#timer ??= setTimeout(() => this.#tick(), SHORT_PAUSE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const wait = this.#behindSince === undefined ? this.#tidy() : this.#catchUp(this.#behindSince)
    this.#timer = wait === undefined ? undefined : setTimeout(() => this.#tick(), wait)
  }

  #catchUp(behindSince: number): number {
    const time = this.#monotonic()
    const pause = time - this.#lastBatch
    const isOverdue = time - behindSince >= OVERDUE_MS
    if (pause < SHORT_PAUSE_MS && !isOverdue) return SHORT_PAUSE_MS
    const end = time + (isOverdue || pause >= LONG_PAUSE_MS ? LONG_TURN_MS : SHORT_TURN_MS)
    while (this.#session.housekeep(this.#now)) if (this.#monotonic() >= end) return 0
    this.#behindSince = undefined
    return 0
  }

  // The time until the next tick, or undefined when all is done.
  #tidy(): number | undefined {
    const isPaused = this.#monotonic() - this.#lastBatch >= LONG_PAUSE_MS
    if (this.#pages < CHECKPOINT_PAGES && this.#prune(isPaused ? LONG_TURN_MS : 0)) {
      return isPaused ? 0 : PRUNE_PAUSE_MS
    }
    if (!isPaused && this.#pages < CHECKPOINT_PAGES) return LONG_PAUSE_MS
    this.#session.checkpoint()
    this.#pages = 0
    return this.#prune(0) ? SHORT_PAUSE_MS : undefined
  }

  // At least one step. Tells whether more may be left.
  #prune(turn: number): boolean {
    const end = this.#monotonic() + turn
    while (this.#session.prune()) {
      this.#pages += PAGES_PER_PRUNING
      if (this.#monotonic() >= end || this.#pages >= CHECKPOINT_PAGES) return true
    }
    return false
  }
}
