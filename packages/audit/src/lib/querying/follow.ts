import { setTimeout } from 'node:timers/promises'

import type { Store, StoredEntry, TagQuery } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerEvent } from '../events/types.ts'
import type { LedgerQuery } from './query-contract.ts'
import { tagQueryOf, type QueryParts } from './tag-query.ts'

/** From where and until when to follow. */
export interface FollowOptions {
  /** The index of the first entry to look at; the end of the ledger as it is now if not given. */
  readonly from?: number | undefined
  /** How often to look for new entries, in milliseconds (10 to 60,000); 500 if not given. */
  readonly pollMs?: number | undefined
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
}

const PAGE = 256
const DEFAULT_POLL_MS = 500

/**
 * Gives events as they come, in ledger order, each once and none left out; ends when the signal says so.
 *
 * @param parts The store to read; the key ring when persons or addresses are searched.
 * @param query What must match.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` as `queryLedger`, and for `from` or `pollMs` out of bounds.
 */
export async function* followLedger(
  parts: QueryParts & { readonly store: Store },
  query: LedgerQuery,
  options: FollowOptions = {},
): AsyncGenerator<LedgerEvent, void, undefined> {
  const { store } = parts
  const { signal, pollMs = DEFAULT_POLL_MS } = options
  const wanted = await tagQueryOf(parts, query)
  let next = options.from ?? (await store.size())
  if (!Number.isSafeInteger(next) || next < 0 || !Number.isInteger(pollMs) || pollMs < 10 || pollMs > 60_000)
    throw new AuditError('ERR_AUDIT_INPUT', 'from is an index, and pollMs a whole number from 10 to 60000.')

  while (signal?.aborted !== true) {
    const entries = await store.read(next, PAGE)
    for (const entry of entries) {
      next = entry.index + 1
      if (isWanted(entry, wanted)) yield parseEntry(entry)
    }
    if (entries.length === 0) await pause(pollMs, signal)
  }
}

function isWanted({ at, tags }: StoredEntry, { tags: asked, since, until }: TagQuery): boolean {
  if ((since !== undefined && at < since) || (until !== undefined && at >= until)) return false
  return Object.entries(asked).every(([tag, values]) => {
    const value = Reflect.get(tags, tag)
    return typeof values === 'string' ? value === values : typeof value === 'string' && values.includes(value)
  })
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // To be told to end is no error here.
  await setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
}
