import { StoreError } from '@sallyport/store'
import type { Commit, Committed, Entry } from '@sallyport/store'
import { formatBatch, formatCommit, outcomeOf } from './wire.ts'
import type { CommitText, WireAnswer, WireBatch } from './wire.ts'

const MAX_COMMITS = 512
const MAX_BYTES = 8 * 1024 * 1024
// Beyond this the database is not keeping up, and waiting longer would only fill the memory.
const MAX_WAITING_BATCHES = 128
const FIRST_CAPACITY = 4 * 1024
const CALLERS_AT_ONCE = 32

interface Settle {
  readonly resolve: (outcome: Committed) => void
  readonly reject: (error: unknown) => void
}

/** What the queue needs: a way to have a batch committed, and the time by which it is judged. */
export interface BatchQueueParts {
  commit(batch: WireBatch): Promise<readonly WireAnswer[]>
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
  #answering: Promise<void> | undefined

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

  #batchFor(text: CommitText, entries: readonly Entry[]): Batch | undefined {
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.hasRoomFor(text, entries)) return last
    if (this.#waiting.length >= MAX_WAITING_BATCHES) return undefined
    const batch = new Batch()
    this.#waiting.push(batch)
    return batch
  }

  async #run(): Promise<void> {
    // After whatever is already due to run: callers that were answered together ask together again.
    await nextTick()
    for (;;) {
      const batch = this.#waiting.shift()
      if (batch === undefined && this.#answering === undefined) break
      if (batch === undefined) await this.#answering
      else await this.#commit(batch)
    }
    this.#running = undefined
  }

  async #commit(batch: Batch): Promise<void> {
    const startedAt = performance.now()
    const committed = this.#parts.commit(batch.format(this.#parts.clock()))
    const answers = await committed.catch((error: unknown) => batch.fail(error))
    // Those of the batch before are answered first.
    await this.#answering
    if (answers !== undefined) await this.#answer(batch, { answers, patience: performance.now() - startedAt })
    await nextTick()
  }

  // Callers who are answered ask again. Once that has taken them as long as the batch took to be committed, the database
  // is given what they have asked so far, so that it works while the rest of them is answered.
  #answer(batch: Batch, { answers, patience }: { answers: readonly WireAnswer[]; patience: number }): Promise<void> {
    return new Promise((goOn) => {
      const answering = async (): Promise<void> => {
        let startedAt = performance.now()
        while (batch.settleSome(answers)) {
          await nextTick()
          if (performance.now() - startedAt < patience) continue
          goOn()
          await nextTurn()
          startedAt = performance.now()
        }
      }
      this.#answering = answering().then(() => {
        this.#answering = undefined
        goOn()
      })
    })
  }
}

async function nextTick(): Promise<void> {
  await new Promise<void>((resolve) => process.nextTick(resolve))
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}

class Batch {
  readonly #texts: string[] = []
  readonly #heads: string[] = []
  readonly #settles: Settle[] = []
  #characters = 0
  #settled = 0
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #used = 0

  hasRoomFor({ text }: CommitText, entries: readonly Entry[]): boolean {
    const size = entries.reduce((sum, entry) => sum + entry.bytes.length, this.#used + this.#characters + text.length)
    return this.#texts.length < MAX_COMMITS && size <= MAX_BYTES
  }

  add({ text, heads }: CommitText, entries: readonly Entry[]): Promise<Committed> {
    this.#texts.push(text)
    this.#characters += text.length
    for (const head of heads) {
      this.#heads.push(head)
      this.#characters += head.length
    }
    for (const { bytes } of entries) {
      this.#reserve(bytes.length)
      this.#bytes.set(bytes, this.#used)
      this.#used += bytes.length
    }
    return new Promise((resolve, reject) => this.#settles.push({ resolve, reject }))
  }

  format(now: number): WireBatch {
    return { text: formatBatch(this.#texts, this.#heads), bytes: this.#bytes.subarray(0, this.#used), now }
  }

  /** Answers the next few callers, and tells whether there are more. */
  settleSome(answers: readonly WireAnswer[]): boolean {
    const end = this.#settled + CALLERS_AT_ONCE
    for (const { resolve, reject } of this.#settles.slice(this.#settled, end)) {
      const answer = answers[this.#settled++]
      if (answer === undefined) reject(new StoreError('ERR_STORE_OUTCOME_UNKNOWN', 'The commit was not answered.'))
      else if (answer === 'repeated_entry') {
        reject(new StoreError('ERR_STORE_INPUT', 'The log holds an entry of this id already.'))
      } else resolve(outcomeOf(answer))
    }
    return this.#settled < this.#settles.length
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
