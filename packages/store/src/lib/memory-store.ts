import { inputError } from './errors.ts'
import { guardStore } from './guard-store.ts'
import { encodeKey } from './keys.ts'
import { copyEntry, matcherOf } from './memory-log.ts'
import { formatFound, isExpired, judgeWrites, placeOf, presentAt } from './memory-records.ts'
import type { MemoryRecord } from './memory-records.ts'
import type { Commit, Committed, Found, Key, Store, StoredEntry, TagQuery } from './types.ts'

const REMEMBERED_COMMITS = 10_000

/** What `createMemoryStore` takes. */
export interface MemoryStoreOptions {
  /** Gives milliseconds since the epoch and decides expiry; the system's clock when left out. */
  readonly clock?: (() => number) | undefined
}

/**
 * Creates a store that lives in memory: the reference of the contract, for tests and for trying things out.
 *
 * It keeps every promise of the contract but durability: all is gone when the process ends, and no other process sees
 * it. It reads by scanning, so it is not made for many records.
 *
 * @param options see `MemoryStoreOptions`
 * @returns an open store
 * @throws StoreError `ERR_STORE_INPUT` for an option that is unknown or of the wrong type
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  checkOptions(options)
  return guardStore(new MemoryStore(options.clock ?? Date.now))
}

class MemoryStore implements Store {
  readonly #clock: () => number
  readonly #records = new Map<string, MemoryRecord>()
  // The entries that are left, from index #first on.
  readonly #log: StoredEntry[] = []
  #first = 0
  readonly #entryIds = new Set<string>()
  readonly #outcomes = new Map<string, Committed>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  async get(keys: readonly Key[]): Promise<readonly (Found | undefined)[]> {
    const now = this.now()
    return keys.map((key) => {
      const record = presentAt(this.#records, placeOf(key), now)
      return record === undefined ? undefined : formatFound(record)
    })
  }

  async list(
    prefix: Key,
    page: { readonly after?: Key | undefined; readonly limit: number },
  ): Promise<readonly Found[]> {
    const after = page.after === undefined ? '' : placeOf(page.after)
    return this.#below(prefix)
      .filter(([place]) => place > after)
      .slice(0, page.limit)
      .map(([, record]) => formatFound(record))
  }

  async due(prefix: Key, limit: number): Promise<readonly Found[]> {
    const now = this.now()
    return this.#below(prefix)
      .filter(([, record]) => isExpired(record, now))
      .toSorted(([, one], [, other]) => (one.expiresAt ?? 0) - (other.expiresAt ?? 0))
      .slice(0, limit)
      .map(([, record]) => formatFound(record))
  }

  async commit(commit: Commit): Promise<Committed> {
    const earlier = this.#outcomes.get(commit.id)
    if (earlier !== undefined) return structuredClone(earlier)
    const outcome = this.#apply(commit)
    this.#remember(commit.id, outcome)
    return structuredClone(outcome)
  }

  async read(from: number, limit: number): Promise<readonly StoredEntry[]> {
    const start = Math.max(0, from - this.#first)
    return this.#log.slice(start, start + limit).map(copyEntry)
  }

  async readBytes(from: number, limit: number): Promise<readonly Uint8Array[]> {
    const entries = from < this.#first ? [] : await this.read(from, limit)
    return entries.map(({ bytes }) => bytes)
  }

  async find(
    query: TagQuery,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<readonly StoredEntry[]> {
    const matches = matcherOf(query)
    const found: StoredEntry[] = []
    const before = Math.min(page.before ?? Infinity, this.#end)
    for (let place = before - this.#first - 1; place >= 0; place--) {
      const entry = this.#log[place]
      if (entry !== undefined && matches(entry)) found.push(copyEntry(entry))
      if (found.length === page.limit) break
    }
    return found
  }

  async first(): Promise<number> {
    return this.#first
  }

  async size(): Promise<number> {
    return this.#end
  }

  now(): number {
    return this.#clock()
  }

  async close(): Promise<void> {
    this.#records.clear()
  }

  #apply(commit: Commit): Committed {
    const firstIndex = this.#end
    const judged = judgeWrites(this.#records, commit, { now: this.now(), first: this.#first, size: firstIndex })
    if (!judged.ok) return judged
    if (commit.entries.some((entry) => this.#entryIds.has(entry.id))) {
      throw inputError('The log holds an entry of this id already.')
    }
    for (const [place, record] of judged.changes) {
      if (record === undefined) this.#records.delete(place)
      else this.#records.set(place, record)
    }
    for (const entry of commit.entries) {
      this.#entryIds.add(entry.id)
      this.#log.push(copyEntry({ ...entry, index: this.#end }))
    }
    this.#dropBelow(judged.first)
    return { ok: true, ...(commit.entries.length > 0 ? { firstIndex } : {}), counts: judged.counts }
  }

  get #end(): number {
    return this.#first + this.#log.length
  }

  #dropBelow(first: number): void {
    for (const { id } of this.#log.splice(0, first - this.#first)) this.#entryIds.delete(id)
    this.#first = first
  }

  #remember(id: string, outcome: Committed): void {
    this.#outcomes.set(id, outcome)
    const [oldest] = this.#outcomes.keys()
    if (this.#outcomes.size > REMEMBERED_COMMITS && oldest !== undefined) this.#outcomes.delete(oldest)
  }

  // The present records below a prefix, in key order.
  #below(prefix: Key): (readonly [string, MemoryRecord])[] {
    const now = this.now()
    const start = prefix.length === 0 ? '' : Buffer.from(encodeKey(prefix)).toString('latin1')
    return [...this.#records]
      .filter(
        ([place, record]) => place.startsWith(start) && place !== start && (record.keep || !isExpired(record, now)),
      )
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
  }
}

function checkOptions(options: MemoryStoreOptions): void {
  for (const name of Object.keys(options)) {
    if (name !== 'clock')
      throw inputError(`createMemoryStore has no option ${JSON.stringify(name)}: did you mean "clock"?`)
  }
  if (options.clock !== undefined && typeof options.clock !== 'function') {
    throw inputError('The option "clock" of createMemoryStore must be a function that returns milliseconds.')
  }
}
