import { TAGS } from '@sallyport/store'
import type { Head } from './chunk.ts'
import { hashOf, postingOf, RUN_SIZES, tagNumber } from './postings.ts'

const [BLOCK_ENTRIES] = RUN_SIZES

/** Entries that the index does not cover yet, as it will need them: at most as many as its smallest run covers. */
export interface Block {
  readonly start: number
  /** Empty for entries that were dropped before they were read. */
  readonly ids: string[]
  /** Unsorted postings by the number of their tag. */
  readonly postings: readonly number[][]
  earliest: number
  latest: number
}

/** The newest entries, which are not in the index yet. They are kept in memory until they are. */
export class LogTail {
  readonly #ids = new Set<string>()
  #blocks: Block[] = []
  #next = 0
  #first = 0

  /** The index of the entry to come. */
  get next(): number {
    return this.#next
  }

  /** The index of the first entry that was not dropped. */
  get first(): number {
    return this.#first
  }

  /** Notes where the log begins. Entries before may be gone unread: none of them is to be waited for. */
  begins(first: number): void {
    this.#first = first
    while (this.#next < first) {
      if (this.#next % BLOCK_ENTRIES === 0) this.#next = Math.max(this.#next, first - (first % BLOCK_ENTRIES))
      if (this.#next === first) return
      this.#open().ids.push('')
      this.#next += 1
    }
  }

  /** Tells whether an entry of the tail has the id. */
  hasId(id: string): boolean {
    return this.#ids.has(id)
  }

  /** Takes the entry to come. */
  push([id, at, tags]: Head): void {
    const block = this.#open()
    const offset = block.ids.length
    for (const [name, value] of Object.entries(tags)) {
      block.postings[tagNumber(name)]?.push(postingOf(hashOf(String(value)), offset))
    }
    block.ids.push(id)
    block.earliest = Math.min(block.earliest, at)
    block.latest = Math.max(block.latest, at)
    this.#ids.add(id)
    this.#next += 1
  }

  /** The first blocks, those that will not grow any more. */
  fullBlocks(limit: number): readonly Block[] {
    return this.#blocks.slice(0, limit).filter((block) => block.ids.length === BLOCK_ENTRIES)
  }

  /** Forgets what the index covers now: all entries below an index at which a block starts. */
  forgetBelow(indexed: number): void {
    for (const block of this.#blocks) {
      if (block.start < indexed) for (const id of block.ids) this.#ids.delete(id)
    }
    this.#blocks = this.#blocks.filter((block) => block.start >= indexed)
    this.#next = Math.max(this.#next, indexed)
  }

  #open(): Block {
    const last = this.#blocks.at(-1)
    if (last !== undefined && last.ids.length < BLOCK_ENTRIES) return last
    const postings = TAGS.map(() => [])
    const block = { start: this.#next, ids: [], postings, earliest: Number.MAX_SAFE_INTEGER, latest: 0 }
    this.#blocks.push(block)
    return block
  }
}
