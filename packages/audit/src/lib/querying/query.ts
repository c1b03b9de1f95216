import type { Keyring } from '@sallyport/keyring'
import type { Store, Tag, TagQuery } from '@sallyport/store'

import type { LedgerPage, LedgerQuery } from './query-contract.ts'
import { AuditError } from '../errors.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { isEventType } from '../events/registry.ts'

/** Which part of a query's answer: entries below index `before`, at most `limit` (1 to 1,000; 100 if not given). */
export interface QueryPage {
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000
// Values of one tag that a store takes.
const MAX_TYPES = 32
const NAMES = ['type', 'user', 'actor', 'subject', 'lineage', 'flow', 'outcome', 'factor', 'device', 'since', 'until']

/**
 * Finds events, newest first. Needs no key but for a query by `user` or `subject`.
 *
 * @param parts The store to read; the key ring when persons are searched by the application's id.
 * @param query What must match.
 * @param page Which part of the answer.
 * @returns The events, and `next` when there may be more.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for a page or a time out of bounds, an unknown name or event type, more
 * than 32 types, `user` together with `actor`, or `user` or `subject` without a key ring; with `ERR_AUDIT_ENTRY` when an entry that
 * was found is no event.
 */
export async function queryLedger(
  parts: { readonly store: Store; readonly keyring?: Keyring | undefined },
  query: LedgerQuery,
  page: QueryPage = {},
): Promise<LedgerPage> {
  const limit = page.limit ?? DEFAULT_LIMIT
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw input(`A page of a query has 1 to ${MAX_LIMIT} events, not ${limit}.`)
  }
  checkQuery(query, page)
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
    if (keyring === undefined) throw input('A query by user needs the key ring: give `actor`, the pseudonym, instead.')
    tags.actor = await keyring.pseudonyms('audit.actor', query.user)
  }
  if (query.subject !== undefined) {
    if (keyring === undefined) throw input('A query by subject needs the key ring.')
    tags.target = await keyring.pseudonyms('audit.actor', query.subject)
  }
  return { tags, since: query.since, until: query.until }
}

// A misspelt name would otherwise widen the answer to all events.
function checkQuery(query: LedgerQuery, page: QueryPage): void {
  const unknown = Object.keys(query).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw input(`A query has no ${JSON.stringify(unknown)}; it has ${NAMES.join(', ')}.`)
  if (query.user !== undefined && query.actor !== undefined) throw input('A query is by `user` or by `actor`.')
  for (const [name, value] of Object.entries({ before: page.before, since: query.since, until: query.until })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw input(`${name} is a whole number, 0 or more, not ${value}.`)
  }
  const types: readonly string[] = [query.type ?? []].flat()
  if (types.length > MAX_TYPES) throw input(`A query asks for at most ${MAX_TYPES} types.`)
  if (!types.every(isEventType)) throw input('A query asks for a type that is not in the registry.')
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
