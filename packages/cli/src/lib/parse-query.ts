import { EVENTS } from '@sallyport/audit/vocabulary'
import type { Outcome } from '@sallyport/audit/ledger'
import type { LedgerQuery } from '@sallyport/audit/query'
import type { EventType } from '@sallyport/audit/vocabulary'
import { CliError } from './errors.ts'
import type { ParsedCommand } from './parse-command.ts'

const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'unknown']
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 100_000
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

/**
 * Makes a query of the options of `sallyport query`.
 *
 * @param parsed the parsed arguments.
 * @throws CliError `ERR_CLI_USAGE` for an event type, outcome or time that cannot be.
 */
export function parseQuery(parsed: ParsedCommand): LedgerQuery {
  const types = parsed.texts('type').map(parseType)
  const query: LedgerQuery = {
    actor: parsed.text('actor'),
    lineage: parsed.text('lineage'),
    flow: parsed.text('flow'),
    outcome: parseOutcome(parsed.text('outcome')),
    since: parseTime('--since', parsed.text('since')),
    until: parseTime('--until', parsed.text('until')),
  }
  return types.length === 0 ? query : { ...query, type: types }
}

/**
 * Reads how many events to show.
 *
 * @param text the option's value; 100 if not given.
 * @throws CliError `ERR_CLI_USAGE` for anything but a whole number from 1 to 100,000.
 */
export function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_LIMIT
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_LIMIT) return limit
  throw new CliError('ERR_CLI_USAGE', `--limit is a whole number from 1 to ${MAX_LIMIT}.`)
}

function parseType(text: string): EventType {
  if (isEventType(text)) return text
  throw new CliError('ERR_CLI_USAGE', `There is no event ${text}; sallyport inventory lists them.`)
}

function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENTS, text)
}

function parseOutcome(text: string | undefined): Outcome | undefined {
  if (text === undefined) return undefined
  const outcome = OUTCOMES.find((one) => one === text)
  if (outcome !== undefined) return outcome
  throw new CliError('ERR_CLI_USAGE', `--outcome is one of ${OUTCOMES.join(', ')}.`)
}

/** A day alone begins at midnight UTC; a time names its offset, so that no machine's time zone decides. */
function parseTime(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new CliError('ERR_CLI_USAGE', `${option} is a time such as 2026-11-21 or 2026-11-21T08:30:00Z.`)
}
