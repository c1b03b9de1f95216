import type { Keyring } from '@sallyport/keyring'
import type { Store, Tag, TagQuery } from '@sallyport/store'

import type { LedgerPage, LedgerQuery } from './audit-contract.ts'
import { AuditError } from './errors.ts'
import { parseEntry } from './parse-entry.ts'

/** Which part of a query's answer: entries below index `before`, at most `limit` (1 to 1,000; 100 if not given). */
export interface QueryPage {
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/**
 * Finds events, newest first. Needs no key but for a query by `user`.
 *
 * @param parts The store to read; the key ring when persons are searched by the application's id.
 * @param query What must match.
 * @param page Which part of the answer.
 * @returns The events, and `next` when there may be more.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a page out of bounds, or for `user` without a key ring.
 */
export async function queryLedger(
  parts: { readonly store: Store; readonly keyring?: Keyring | undefined },
  query: LedgerQuery,
  page: QueryPage = {},
): Promise<LedgerPage> {
  const limit = page.limit ?? DEFAULT_LIMIT
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new AuditError('ERR_AUDIT_INPUT', `A page of a query has 1 to ${MAX_LIMIT} events, not ${limit}.`)
  }
  const entries = await parts.store.find(await tagQuery(parts.keyring, query), { before: page.before, limit })
  const events = entries.map(parseEntry)
  const last = events.at(-1)
  return last !== undefined && events.length === limit ? { events, next: last.index } : { events }
}

async function tagQuery(keyring: Keyring | undefined, query: LedgerQuery): Promise<TagQuery> {
  const tags: Partial<Record<Tag, string | readonly string[]>> = {}
  for (const tag of ['type', 'actor', 'lineage', 'flow', 'outcome', 'factor', 'device'] as const) {
    const wanted = query[tag]
    if (wanted !== undefined) tags[tag] = wanted
  }
  if (query.user !== undefined) {
    if (keyring === undefined)
      throw new AuditError(
        'ERR_AUDIT_INPUT',
        'A query by user needs the key ring: give `actor`, the pseudonym, instead.',
      )
    tags.actor = await keyring.pseudonyms('audit.actor', query.user)
  }
  return { tags, since: query.since, until: query.until }
}
