import { StoreError } from '@sallyport/store'
import type { Commit, Committed } from '@sallyport/store'
import { Batch, sizeOf } from './batch.ts'
import { outcomeUnknown } from './sqlite-errors.ts'
import { formatCommit } from './wire.ts'
import type { WireAnswer, WireBatch } from './wire.ts'

// Beyond this the database is not keeping up, and waiting longer would only fill the memory.
const MAX_WAITING_BATCHES = 128
const MAX_WAITING_BYTES = 64 * 1024 * 1024

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
  #waitingBytes = 0
  #running: Promise<void> | undefined
  #answering: Promise<void> | undefined

  constructor(parts: BatchQueueParts) {
    this.#parts = parts
  }

  /** Takes a checked commit; its values and bytes are copied before this returns. */
  add(commit: Commit): Promise<Committed> {
    try {
      const outcome = this.#take(commit)
      this.#running ??= this.#run()
      return outcome
    } catch (error) {
      return Promise.reject(notSent(error))
    }
  }

  /** Resolves when everything taken so far has been answered. */
  async drain(): Promise<void> {
    await this.#running
  }

  #take(commit: Commit): Promise<Committed> {
    const text = formatCommit(commit)
    const size = sizeOf(text, commit.entries)
    const last = this.#waiting.at(-1)
    const hasRoom = last?.hasRoomFor(size) === true
    const isTooMany = !hasRoom && this.#waiting.length >= MAX_WAITING_BATCHES
    if (isTooMany || this.#waitingBytes + size > MAX_WAITING_BYTES) {
      throw new StoreError('ERR_STORE_UNAVAILABLE', 'Too many commits are waiting for the database.')
    }
    const batch = hasRoom ? last : new Batch()
    const outcome = batch.add({ text, entries: commit.entries, size })
    if (!hasRoom) this.#waiting.push(batch)
    this.#waitingBytes += size
    return outcome
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
    this.#waitingBytes -= batch.size
    const startedAt = performance.now()
    const answers = await this.#send(batch).catch((error: unknown) => batch.fail(error))
    // Those of the batch before are answered first.
    await this.#answering
    if (answers !== undefined) await this.#answer(batch, { answers, patience: performance.now() - startedAt })
    await nextTick()
  }

  // Rejects with a StoreError whatever goes wrong, so that it fails this batch alone and the queue goes on with the next.
  async #send(batch: Batch): Promise<readonly WireAnswer[]> {
    const wire = this.#format(batch)
    try {
      const answers = await this.#parts.commit(wire)
      // One too few or too many, and nobody can say whose answer is whose.
      if (answers.length === batch.length) return answers
      throw new Error(`${batch.length} commits got ${answers.length} answers`)
    } catch (error) {
      throw error instanceof StoreError ? error : outcomeUnknown(error)
    }
  }

  // The clock is the application's, and the memory for the text may be lacking.
  #format(batch: Batch): WireBatch {
    try {
      return batch.format(this.#parts.clock())
    } catch (error) {
      throw notSent(error)
    }
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

function notSent(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const sentence = 'The commit could not be handed to the database, and nothing was written.'
  return new StoreError('ERR_STORE_UNAVAILABLE', sentence, { cause: error })
}
