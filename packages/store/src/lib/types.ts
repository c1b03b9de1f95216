/** Any value a record may hold: plain JSON, no `undefined`, no class instances. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/**
 * The address of a record: 1 to 8 parts, 512 bytes of UTF-8 in all, no empty part, no NUL.
 *
 * Keys sort part by part in byte order, so every key below `['a']` stands together and `['a', 'b']` is no
 * prefix of `['a', 'bc']`. Keys that keep growing in number start with something time-ordered.
 */
export type Key = readonly string[]

/** A record as read. `version` is the id of the commit that wrote it, so a value restored later is not the same version. */
export interface Found {
  readonly key: Key
  readonly value: Json
  readonly version: string
  /** Milliseconds since the epoch. From then on a `drop` record reads as absent and a `keep` record is due. */
  readonly expiresAt?: number
}

/** One write of a commit. `expect` is the version the writer has seen, `null` for "there is none". */
export type Write =
  | {
      readonly op: 'put'
      readonly key: Key
      readonly value: Json
      readonly expect: string | null
      readonly expiresAt?: number
      /** What expiry means: `drop` (the default) reads as absent, `keep` stays readable and is listed by `due`. */
      readonly atExpiry?: 'drop' | 'keep'
    }
  | { readonly op: 'remove'; readonly key: Key; readonly expect: string }
  /** Writes nothing: the commit is refused when the record is no longer the version that was read. */
  | { readonly op: 'check'; readonly key: Key; readonly expect: string | null }
  /**
   * Adds `by` (may be negative, the sum never falls below 0) to a counter, absent or expired meaning 0. Refused with
   * `limit` when the sum would exceed `max`. Adds commute: they never conflict. `expiresAt` is set by the first add and
   * then stays, so a counter is a fixed window. A counter reads as a record whose value is its number.
   */
  | { readonly op: 'add'; readonly key: Key; readonly by: number; readonly max: number; readonly expiresAt: number }
  /**
   * Drops the entries with an index below `below` from the beginning of the log. `expect` is the first index that the log
   * has now (0 in a new log) and `below` at least that. Refused with `conflict` and the key `['log']` when the log begins
   * elsewhere, or ends before `below`: entries of the same commit cannot be dropped by it.
   */
  | { readonly op: 'drop'; readonly below: number; readonly expect: number }

/** What entries can be found by; values are at most 256 bytes. */
export const TAGS = [
  'type',
  'actor',
  'lineage',
  'flow',
  'target',
  'ip',
  'device',
  'outcome',
  'factor',
  'country',
  'tenant',
] as const

/** One of the fixed names in `TAGS`. */
export type Tag = (typeof TAGS)[number]

/**
 * One log entry to append. `bytes` are opaque to the store, 1 to 16,384 of them; `id` is unique in the log: that of a
 * dropped entry may have been forgotten, and then the store no longer refuses it.
 */
export interface Entry {
  readonly id: string
  /** Milliseconds since the epoch, given by the writer. */
  readonly at: number
  readonly bytes: Uint8Array
  readonly tags: Readonly<Partial<Record<Tag, string>>>
}

/** A log entry as read, with its place: indexes start at 0 and have no gaps; they stay when entries before are dropped. */
export interface StoredEntry extends Entry {
  readonly index: number
}

/**
 * Writes and entries that happen together or not at all. At most 128 writes, 64 entries; one write per key, `add` excepted;
 * one `drop`.
 */
export interface Commit {
  /** Chosen by the caller, unique: repeating a commit with the same id is safe and answers as the first time. */
  readonly id: string
  readonly writes: readonly Write[]
  readonly entries: readonly Entry[]
}

/** What became of a commit. `counts` holds the sums of its `add` writes, in their order. */
export type Committed =
  | { readonly ok: true; readonly firstIndex?: number; readonly counts: readonly number[] }
  | { readonly ok: false; readonly code: 'conflict' | 'limit'; readonly key: Key }

/** Which entries to find: all tags must match, any of several values of one tag will do; `since` ≤ at < `until`. */
export interface TagQuery {
  readonly tags: Readonly<Partial<Record<Tag, string | readonly string[]>>>
  readonly since?: number | undefined
  readonly until?: number | undefined
}

/**
 * Versioned records and a log, committed together.
 *
 * Every method rejects with a `StoreError`: `ERR_STORE_UNAVAILABLE` (this try wrote nothing),
 * `ERR_STORE_OUTCOME_UNKNOWN` (repeat the same commit to learn it; that a repeat is unavailable says nothing of this try), `ERR_STORE_CLOSED`, or `ERR_STORE_INPUT` when the
 * caller broke a bound above.
 */
export interface Store {
  /**
   * The absolute path of the one file that holds everything, if the store is one: what must not be lost together with it
   * is kept elsewhere, what belongs to it beside it.
   */
  readonly file?: string
  /** Reads up to 64 records in one snapshot, in the order asked; absent and dropped ones are `undefined`. */
  get(keys: readonly Key[]): Promise<readonly (Found | undefined)[]>
  /** Lists the records below a prefix in key order, after a key, at most `limit` (1 to 1,000). */
  list(prefix: Key, page: { readonly after?: Key | undefined; readonly limit: number }): Promise<readonly Found[]>
  /** Lists expired `keep` records below a prefix, the longest overdue first, at most `limit` (1 to 1,000). */
  due(prefix: Key, limit: number): Promise<readonly Found[]>
  /** Applies a commit whole or refuses it whole; when it resolves, it is on disk. */
  commit(commit: Commit): Promise<Committed>
  /** Reads entries `from` onwards in log order, dropped ones left out, at most `limit` (1 to 4,096). */
  read(from: number, limit: number): Promise<readonly StoredEntry[]>
  /**
   * Reads the bytes alone of the entries `from` onwards, in log order, at most `limit` (1 to 4,096): for hashing. Stops
   * before the first index that holds no entry, so the n-th bytes are those of entry `from + n`, and there are none when
   * entry `from` was dropped.
   */
  readBytes(from: number, limit: number): Promise<readonly Uint8Array[]>
  /**
   * Finds entries by tags, newest first, below index `before`, at most `limit` (1 to 1,000). Never misses a committed one,
   * never gives a dropped one.
   */
  find(
    query: TagQuery,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<readonly StoredEntry[]>
  /** The index of the first entry that was not dropped; the same as `size()` when none is left, 0 in a new log. */
  first(): Promise<number>
  /** The index of the entry to come: how many entries were ever appended. Dropping does not make it smaller. */
  size(): Promise<number>
  /** Milliseconds since the epoch by the store's clock, which decides expiry. */
  now(): number
  close(): Promise<void>
}
