import { StoreError } from '@sallyport/store'
import type { Commit, Committed, Entry } from '@sallyport/store'
import { formatCommit } from './wire.ts'
import type { WireBatch, WireOutcome } from './wire.ts'

const MAX_COMMITS = 512
const MAX_BYTES = 8 * 1024 * 1024
// Beyond this the database is not keeping up, and waiting longer would only fill the memory.
const MAX_WAITING_BATCHES = 128
const FIRST_CAPACITY = 4 * 1024

interface Settle {
  readonly resolve: (outcome: Committed) => void
  readonly reject: (error: unknown) => void
}

/** What the queue needs: a way to have a batch committed, and the time by which it is judged. */
export interface BatchQueueParts {
  commit(batch: WireBatch): Promise<readonly WireOutcome[]>
  clock(): number
}

/**
 * Gathers concurrent commits into batches: the first one starts the write at once, and all that arrive meanwhile form
 * the next batch, so that the disk's own latency decides how large batches are and no timer is needed.
 */
export class BatchQueue {
  readonly #parts: BatchQueueParts
  #waiting: Batch[] = []
  #running: Promise<void> | undefined

  constructor(parts: BatchQueueParts) {
    this.#parts = parts
  }

  /** Takes a checked commit; its values and bytes are copied before this returns. */
  add(commit: Commit): Promise<Committed> {
    const text = formatCommit(commit)
    const batch = this.#batchFor(text, commit.entries)
    if (batch === undefined) {
      return Promise.reject(new StoreError('ERR_STORE_UNAVAILABLE', 'Too many commits are waiting for the database.'))
    }
    const outcome = batch.add(text, commit.entries)
    this.#running ??= this.#run()
    return outcome
  }

  /** Resolves when everything taken so far has been answered. */
  async drain(): Promise<void> {
    await this.#running
  }

  #batchFor(text: string, entries: readonly Entry[]): Batch | undefined {
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.hasRoomFor(text, entries)) return last
    if (this.#waiting.length >= MAX_WAITING_BATCHES) return undefined
    const batch = new Batch()
    this.#waiting.push(batch)
    return batch
  }

  async #run(): Promise<void> {
    // After whatever is already due to run: callers that were answered together ask together again.
    await new Promise<void>((resolve) => process.nextTick(resolve))
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      await this.#commit(batch)
      await new Promise<void>((resolve) => process.nextTick(resolve))
    }
    this.#running = undefined
  }

  async #commit(batch: Batch): Promise<void> {
    try {
      batch.settle(await this.#parts.commit(batch.format(this.#parts.clock())))
    } catch (error) {
      batch.fail(error)
    }
  }
}

class Batch {
  readonly #texts: string[] = []
  readonly #settles: Settle[] = []
  #characters = 0
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #used = 0

  hasRoomFor(text: string, entries: readonly Entry[]): boolean {
    const size = entries.reduce((sum, entry) => sum + entry.bytes.length, this.#used + this.#characters + text.length)
    return this.#texts.length < MAX_COMMITS && size <= MAX_BYTES
  }

  add(text: string, entries: readonly Entry[]): Promise<Committed> {
    this.#texts.push(text)
    this.#characters += text.length
    for (const { bytes } of entries) {
      this.#reserve(bytes.length)
      this.#bytes.set(bytes, this.#used)
      this.#used += bytes.length
    }
    return new Promise((resolve, reject) => this.#settles.push({ resolve, reject }))
  }

  format(now: number): WireBatch {
    return { text: `[${this.#texts.join(',')}]`, bytes: this.#bytes.subarray(0, this.#used), now }
  }

  settle(outcomes: readonly WireOutcome[]): void {
    for (const [place, { resolve, reject }] of this.#settles.entries()) {
      const outcome = outcomes[place]
      if (outcome === undefined) reject(new StoreError('ERR_STORE_OUTCOME_UNKNOWN', 'The commit was not answered.'))
      else if (outcome === 'repeated_entry') {
        reject(new StoreError('ERR_STORE_INPUT', 'The log holds an entry of this id already.'))
      } else resolve(outcome)
    }
  }

  fail(error: unknown): void {
    for (const { reject } of this.#settles) reject(error)
  }

  #reserve(count: number): void {
    if (this.#used + count <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + count))
    larger.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = larger
  }
}
