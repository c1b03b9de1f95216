import type { LedgerEvent } from '@sallyport/audit/ledger'
import { followLedger, queryLedger } from '@sallyport/audit/query'
import type { LedgerQuery } from '@sallyport/audit/query'
import { CliError } from '../errors.ts'
import { eventLines, LINES_OPTIONS } from '../event-lines.ts'
import type { EventLines } from '../event-lines.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import type { ParsedCommand } from '../parse-command.ts'
import { parseLimit, parseQuery, QUERY_OPTIONS } from '../parse-query.ts'
import { explainNothing, keyringFor } from '../query-keyring.ts'
import type { Terminal } from '../terminal.ts'
import { untilSignal } from '../until-signal.ts'

const OPTIONS = {
  ...QUERY_OPTIONS,
  ...LINES_OPTIONS,
  limit: { type: 'string' },
  'newest-first': { type: 'boolean' },
  follow: { type: 'boolean' },
} as const

const PAGE = 1_000

type Parts = Parameters<typeof queryLedger>[0]

/**
 * Shows the newest events that match, one a line, in the order in which they happened, and with `--follow` those that
 * come. What is sealed stays sealed.
 */
export async function query(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const wanted = parseQuery(parsed)
  const limit = parseLimit(parsed.text('limit'))
  const lines = eventLines(parsed)
  refuseNewestFollowed(parsed)
  const keyring = await keyringFor(parsed)
  const store = await openLedgerStore(path)
  try {
    if (lines.header !== undefined) terminal.print(lines.header)
    // Before the search, so that nothing that comes meanwhile is left out.
    const from = await store.size()

    const { events, more } = await newest({ store, keyring }, wanted, { limit, below: from })
    const ordered = parsed.flag('newest-first') ? events : events.toReversed()
    for (const event of ordered) terminal.print(lines.line(event))
    if (events.length === 0) explainNothing(parsed, terminal)
    if (more) terminal.report(`Only the newest ${limit} are shown; --limit shows more.`)
    if (parsed.flag('follow')) await follow({ store, keyring }, wanted, { from, lines, terminal })
    return 0
  } finally {
    await store.close()
  }
}

function refuseNewestFollowed(parsed: ParsedCommand): void {
  if (parsed.flag('follow') && parsed.flag('newest-first'))
    throw new CliError(
      'ERR_CLI_USAGE',
      'What follows comes oldest first: --follow and --newest-first do not go together.',
    )
}

async function follow(
  parts: Parts,
  wanted: LedgerQuery,
  { from, lines, terminal }: { readonly from: number; readonly lines: EventLines; readonly terminal: Terminal },
): Promise<void> {
  const { signal, forget } = untilSignal()
  try {
    for await (const event of followLedger(parts, wanted, { from, signal })) terminal.print(lines.line(event))
  } finally {
    forget()
  }
}

async function newest(
  parts: Parts,
  wanted: LedgerQuery,
  { limit, below }: { readonly limit: number; readonly below: number },
): Promise<{ readonly events: readonly LedgerEvent[]; readonly more: boolean }> {
  const events: LedgerEvent[] = []
  let before: number | undefined = below
  do {
    const left = limit - events.length
    const page = await queryLedger(parts, wanted, { before, limit: Math.min(left, PAGE) })
    events.push(...page.events)
    before = page.next
  } while (before !== undefined && events.length < limit)
  if (before === undefined) return { events, more: false }
  const { events: beyond } = await queryLedger(parts, wanted, { before, limit: 1 })
  return { events, more: beyond.length > 0 }
}
