import { checkCommit, checkTag, checkWhole } from './check-commit.ts'
import { inputError, StoreError } from './errors.ts'
import { checkKey, checkPrefix } from './keys.ts'
import type { Commit, Committed, Found, Key, Store, StoredEntry, TagQuery } from './types.ts'

const MAX_KEYS = 64
const MAX_PAGE = 1_000
const MAX_READ = 4_096
const MAX_TAG_VALUES = 32

/**
 * Puts the checks of the contract in front of a store: every implementation is wrapped in it, so they all refuse alike.
 *
 * Input that breaks a bound rejects with `ERR_STORE_INPUT` and any use after `close()` with `ERR_STORE_CLOSED`, both
 * before the inner store is called. The inner store is called synchronously, so it sees the arguments as they were.
 * `close()` may be called again and answers as the first time.
 *
 * @param inner the implementation, which may then take its arguments as checked
 * @returns the store to hand out
 */
export function guardStore(inner: Store): Store {
  let closed: Promise<void> | undefined
  const checkOpen = (): void => {
    if (closed !== undefined) throw new StoreError('ERR_STORE_CLOSED', 'The store is closed.')
  }
  return {
    ...(inner.file === undefined ? {} : { file: inner.file }),
    async get(keys: readonly Key[]): Promise<readonly (Found | undefined)[]> {
      checkOpen()
      checkKeys(keys)
      return await inner.get(keys)
    },
    async list(prefix, page): Promise<readonly Found[]> {
      checkOpen()
      checkPrefix(prefix)
      if (page.after !== undefined) checkKey(page.after)
      checkLimit(page.limit, MAX_PAGE)
      return await inner.list(prefix, page)
    },
    async due(prefix: Key, limit: number): Promise<readonly Found[]> {
      checkOpen()
      checkPrefix(prefix)
      checkLimit(limit, MAX_PAGE)
      return await inner.due(prefix, limit)
    },
    async commit(commit: Commit): Promise<Committed> {
      checkOpen()
      checkCommit(commit)
      return await inner.commit(commit)
    },
    ...guardLog(inner, checkOpen),
    now: () => inner.now(),
    async close(): Promise<void> {
      closed ??= inner.close()
      await closed
    },
  }
}

function guardLog(inner: Store, checkOpen: () => void): Pick<Store, 'read' | 'readBytes' | 'find' | 'first' | 'size'> {
  return {
    async read(from: number, limit: number): Promise<readonly StoredEntry[]> {
      checkOpen()
      checkWhole(from)
      checkLimit(limit, MAX_READ)
      return await inner.read(from, limit)
    },
    async readBytes(from: number, limit: number): Promise<readonly Uint8Array[]> {
      checkOpen()
      checkWhole(from)
      checkLimit(limit, MAX_READ)
      return await inner.readBytes(from, limit)
    },
    async find(query, page): Promise<readonly StoredEntry[]> {
      checkOpen()
      checkQuery(query)
      if (page.before !== undefined) checkWhole(page.before)
      checkLimit(page.limit, MAX_PAGE)
      return await inner.find(query, page)
    },
    async first(): Promise<number> {
      checkOpen()
      return await inner.first()
    },
    async size(): Promise<number> {
      checkOpen()
      return await inner.size()
    },
  }
}

function checkKeys(keys: readonly Key[]): void {
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) throw inputError('At most 64 keys can be read at once.')
  for (const key of keys) checkKey(key)
}

function checkLimit(limit: number, max: number): void {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > max) {
    throw inputError(`A limit must be a whole number from 1 to ${max}.`)
  }
}

function checkQuery(query: TagQuery): void {
  for (const [name, wanted] of Object.entries(query.tags)) {
    const values: readonly unknown[] = typeof wanted === 'string' ? [wanted] : wanted
    if (!Array.isArray(values) || values.length > MAX_TAG_VALUES) {
      throw inputError('A tag can be looked for with at most 32 values.')
    }
    for (const value of values) checkTag(name, value)
  }
  if (query.since !== undefined) checkWhole(query.since)
  if (query.until !== undefined) checkWhole(query.until)
}
