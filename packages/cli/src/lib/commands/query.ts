import { queryLedger } from '@sallyport/audit/query'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { LedgerQuery } from '@sallyport/audit/query'
import type { Store } from '@sallyport/store'
import { formatEvent } from '../format-event.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { parseLimit, parseQuery } from '../parse-query.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  type: { type: 'string', multiple: true },
  outcome: { type: 'string' },
  actor: { type: 'string' },
  lineage: { type: 'string' },
  flow: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  'newest-first': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

const PAGE = 1_000

/**
 * Shows the newest events that match, one a line, in the order in which they happened. What is sealed stays sealed: the
 * command has no key.
 */
export async function query(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const wanted = parseQuery(parsed)
  const limit = parseLimit(parsed.text('limit'))
  const store = await openLedgerStore(path)
  try {
    const { events, more } = await newest(store, wanted, limit)
    const ordered = parsed.flag('newest-first') ? events : events.toReversed()
    for (const event of ordered) terminal.print(parsed.flag('json') ? JSON.stringify(event) : formatEvent(event))
    if (more) terminal.report(`Only the newest ${limit} are shown; --limit shows more.`)
    return 0
  } finally {
    await store.close()
  }
}

async function newest(
  store: Store,
  wanted: LedgerQuery,
  limit: number,
): Promise<{ readonly events: readonly LedgerEvent[]; readonly more: boolean }> {
  const events: LedgerEvent[] = []
  let before: number | undefined
  do {
    const left = limit - events.length
    const page = await queryLedger({ store }, wanted, { before, limit: Math.min(left, PAGE) })
    events.push(...page.events)
    before = page.next
  } while (before !== undefined && events.length < limit)
  if (before === undefined) return { events, more: false }
  const { events: beyond } = await queryLedger({ store }, wanted, { before, limit: 1 })
  return { events, more: beyond.length > 0 }
}
