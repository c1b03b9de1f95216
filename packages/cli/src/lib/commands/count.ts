import { countEvents, GROUPINGS } from '@sallyport/audit/query'
import type { CountedGroup, Grouping, LedgerCount } from '@sallyport/audit/query'
import { CliError } from '../errors.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { parseQuery, QUERY_OPTIONS } from '../parse-query.ts'
import { printJson } from '../print-json.ts'
import { explainNothing, keyringFor } from '../query-keyring.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  ...QUERY_OPTIONS,
  by: { type: 'string', multiple: true },
  json: { type: 'boolean' },
} as const

const COUNT_WIDTH = 9

/** Counts the events that match, alone or in groups, the largest first. */
export async function count(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const wanted = parseQuery(parsed)
  const by = parsed.texts('by').map(parseGrouping)
  if (by.length > 3 || new Set(by).size !== by.length)
    throw new CliError('ERR_CLI_USAGE', '--by is given at most 3 times, each with another word.')
  const keyring = await keyringFor(parsed)
  const store = await openLedgerStore(path)
  try {
    const counted = await countEvents({ store, keyring }, wanted, by)
    if (parsed.flag('json')) printJson(terminal, counted)
    else for (const line of formatCount(counted)) terminal.print(line)
    if (counted.total === 0) explainNothing(parsed, terminal)
    if (!counted.complete) terminal.report('There is more than could be counted: ask for a shorter time.')
    return 0
  } finally {
    await store.close()
  }
}

function formatCount({ groups, total }: LedgerCount): readonly string[] {
  return [...groups.map(formatGroup), `${String(total).padStart(COUNT_WIDTH)}  in all`]
}

function formatGroup({ values, count: number }: CountedGroup): string {
  return `${String(number).padStart(COUNT_WIDTH)}  ${values.map((value) => oneLine(value ?? '-')).join('  ')}`
}

function parseGrouping(text: string): Grouping {
  const grouping = GROUPINGS.find((one) => one === text)
  if (grouping !== undefined) return grouping
  throw new CliError('ERR_CLI_USAGE', `--by is one of ${GROUPINGS.join(', ')}.`)
}
