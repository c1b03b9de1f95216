import type { Store } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerPage, LedgerQuery } from './query-contract.ts'
import { tagQueryOf, type QueryParts } from './tag-query.ts'

/** Which part of a query's answer: entries below index `before`, at most `limit` (1 to 1,000; 100 if not given). */
export interface QueryPage {
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/**
 * Finds events, newest first. Needs no key but for a query by `user`, `subject` or `address`.
 *
 * @param parts The store to read; the key ring when persons or addresses are searched by what they really are.
 * @param query What must match.
 * @param page Which part of the answer.
 * @returns The events, and `next` when there may be more.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a page or a time out of bounds, an unknown name or event type, more
 * than 32 types, two names for one thing, or a missing key ring; with `ERR_AUDIT_ENTRY` when an entry that was found is
 * no event.
 */
export async function queryLedger(
  parts: QueryParts & { readonly store: Store },
  query: LedgerQuery,
  page: QueryPage = {},
): Promise<LedgerPage> {
  const { before, limit = DEFAULT_LIMIT } = page
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw input(`A page of a query has 1 to ${MAX_LIMIT} events, not ${limit}.`)
  if (before !== undefined && !(Number.isSafeInteger(before) && before >= 0))
    throw input(`before is a whole number, 0 or more, not ${before}.`)

  const entries = await parts.store.find(await tagQueryOf(parts, query), { before, limit })
  const events = entries.map(parseEntry)
  const last = events.at(-1)
  return last !== undefined && events.length === limit ? { events, next: last.index } : { events }
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
