import { StoreError } from '@sallyport/store'
import type { Committed, Entry } from '@sallyport/store'
import { formatBatch, outcomeOf } from './wire.ts'
import type { CommitText, WireAnswer, WireBatch } from './wire.ts'

const MAX_COMMITS = 512
const MAX_BYTES = 8 * 1024 * 1024
const FIRST_CAPACITY = 4 * 1024
const CALLERS_AT_ONCE = 32

interface Settle {
  readonly resolve: (outcome: Committed) => void
  readonly reject: (error: unknown) => void
}

/** What a commit takes of the memory and of a batch: characters and bytes. */
export function sizeOf({ text, heads }: CommitText, entries: readonly Entry[]): number {
  const ofHeads = heads.reduce((sum, head) => sum + head.length, text.length)
  return entries.reduce((sum, entry) => sum + entry.bytes.length, ofHeads)
}

/** Commits that are sent together, and those who wait for their answers. */
export class Batch {
  readonly #texts: string[] = []
  readonly #heads: string[] = []
  readonly #settles: Settle[] = []
  #size = 0
  #settled = 0
  #bytes = new Uint8Array(FIRST_CAPACITY)
  #used = 0

  /** How many commits it holds. */
  get length(): number {
    return this.#settles.length
  }

  /** The characters and bytes of all its commits. */
  get size(): number {
    return this.#size
  }

  hasRoomFor(size: number): boolean {
    return this.#texts.length < MAX_COMMITS && this.#size + size <= MAX_BYTES
  }

  /** Takes a commit whole, or throws and is as before: there may be no memory for its bytes. */
  add({ text, entries, size }: { text: CommitText; entries: readonly Entry[]; size: number }): Promise<Committed> {
    this.#reserve(entries.reduce((sum, entry) => sum + entry.bytes.length, 0))
    let end = this.#used
    for (const { bytes } of entries) {
      this.#bytes.set(bytes, end)
      end += bytes.length
    }
    this.#used = end
    this.#texts.push(text.text)
    for (const head of text.heads) this.#heads.push(head)
    this.#size += size
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
