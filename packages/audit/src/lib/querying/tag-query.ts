import type { Keyring } from '@sallyport/keyring'
import type { Tag, TagQuery } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { normalizeAddress } from '../events/address.ts'
import { isEventType } from '../events/registry.ts'
import type { LedgerQuery } from './query-contract.ts'

/** What a query needs beside itself: the key ring where persons and addresses are searched by what they really are. */
export interface QueryParts {
  readonly keyring?: Pick<Keyring, 'pseudonyms'> | undefined
}

// Values of one tag that a store takes.
const MAX_TYPES = 32
// As they stand in the entries, one value each.
const TEXT_TAGS = [
  'actor',
  'target',
  'lineage',
  'flow',
  'outcome',
  'factor',
  'device',
  'country',
  'tenant',
] as const satisfies readonly Tag[]
const TEXTS = [...TEXT_TAGS, 'user', 'subject', 'address'] as const satisfies readonly (keyof LedgerQuery)[]
/** All members of a query. */
export const QUERY_NAMES: readonly string[] = ['type', ...TEXTS, 'since', 'until']

/**
 * Translates a query into what a store searches by.
 *
 * @param parts The key ring when persons or addresses are searched.
 * @param query What must match; not trusted.
 * @returns The tags; persons and addresses under the pseudonyms of every key.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for an unknown name or event type, more than 32 types, a time out of bounds,
 * two names of one tag (`user` and `actor`, `subject` and `target`), an address that is none, or no key ring.
 */
export async function tagQueryOf({ keyring }: QueryParts, query: LedgerQuery): Promise<TagQuery> {
  checkQuery(query)
  const tags: Partial<Record<Tag, string | readonly string[]>> = {}
  for (const tag of ['type', ...TEXT_TAGS] as const) {
    const wanted = query[tag]
    if (wanted !== undefined) tags[tag] = wanted
  }
  const pseudonyms = async (name: string, context: string, value: string): Promise<readonly string[]> => {
    if (keyring === undefined) throw input(`A query by ${name} needs the key ring.`)
    return await keyring.pseudonyms(context, value)
  }
  if (query.user !== undefined) tags.actor = await pseudonyms('user', 'audit.actor', query.user)
  if (query.subject !== undefined) tags.target = await pseudonyms('subject', 'audit.actor', query.subject)
  if (query.address !== undefined) tags.ip = await pseudonyms('address', 'audit.ip', addressOf(query.address))
  return { tags, since: query.since, until: query.until }
}

// A misspelt name would otherwise widen the answer to all events.
function checkQuery(query: LedgerQuery): void {
  const unknown = Object.keys(query).find((name) => !QUERY_NAMES.includes(name))
  if (unknown !== undefined) throw input(`A query has no ${JSON.stringify(unknown)}; it has ${QUERY_NAMES.join(', ')}.`)
  if (query.user !== undefined && query.actor !== undefined) throw input('A query is by `user` or by `actor`.')
  if (query.subject !== undefined && query.target !== undefined) throw input('A query is by `subject` or by `target`.')
  for (const [name, value] of Object.entries({ since: query.since, until: query.until })) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw input(`${name} is a whole number, 0 or more, not ${value}.`)
  }
  for (const name of TEXTS) {
    const value: unknown = query[name]
    if (value !== undefined && typeof value !== 'string') throw input(`${name} is a text.`)
  }
  const types: readonly string[] = [query.type ?? []].flat()
  if (types.length > MAX_TYPES) throw input(`A query asks for at most ${MAX_TYPES} types.`)
  if (!types.every(isEventType)) throw input('A query asks for a type that is not in the registry.')
}

function addressOf(text: string): string {
  const address = normalizeAddress(text)
  if (address === undefined) throw input('A query by address has an IPv4 or IPv6 address.')
  return address
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
