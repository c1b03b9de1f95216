import { eventTime } from '@sallyport/audit/ledger'
import { queryLedger } from '@sallyport/audit/query'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { LedgerQuery } from '@sallyport/audit/query'
import type { Store } from '@sallyport/store'
import { CliError } from './errors.ts'

const PAGE = 1_000

/**
 * Checks that a text can be the id of an event.
 *
 * @param text from the command line.
 * @throws CliError `ERR_CLI_USAGE`
 */
export function parseEventId(text: string): string {
  if (eventTime(text) !== undefined) return text
  throw new CliError(
    'ERR_CLI_USAGE',
    '--event is the id of an event: 26 letters and digits, as sallyport query --json shows.',
  )
}

/**
 * Finds an event by its id. The id begins with the event's time, so no more than one millisecond of the ledger is read.
 *
 * @param store the ledger's store.
 * @param id as `parseEventId` gave it.
 */
export async function findEvent(store: Store, id: string): Promise<LedgerEvent | undefined> {
  const at = eventTime(id)
  if (at === undefined) return undefined
  return await findNewest(store, { since: at, until: at + 1 }, (event) => event.id === id)
}

/**
 * Finds the newest event that a query and a condition fit.
 *
 * @param store the ledger's store.
 * @param search what narrows the search; `before`: the index below which to look, everything if not given.
 * @param fits the condition.
 */
export async function findNewest(
  store: Store,
  { before, ...query }: LedgerQuery & { readonly before?: number },
  fits: (event: LedgerEvent) => boolean,
): Promise<LedgerEvent | undefined> {
  let next = before
  do {
    const page = await queryLedger({ store }, query, { before: next, limit: PAGE })
    const found = page.events.find(fits)
    if (found !== undefined) return found
    next = page.next
  } while (next !== undefined)
  return undefined
}
