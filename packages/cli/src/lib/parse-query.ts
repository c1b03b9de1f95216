import { FACTORS } from '@sallyport/audit'
import type { FactorName } from '@sallyport/audit'
import type { Outcome } from '@sallyport/audit/ledger'
import type { LedgerQuery } from '@sallyport/audit/query'
import { EVENTS } from '@sallyport/audit/vocabulary'
import type { EventType } from '@sallyport/audit/vocabulary'
import { CliError } from './errors.ts'
import type { ParsedCommand } from './parse-command.ts'

/** The options by which events are chosen, the same for every command that searches. */
export const QUERY_OPTIONS = {
  type: { type: 'string', multiple: true },
  outcome: { type: 'string' },
  factor: { type: 'string' },
  actor: { type: 'string' },
  user: { type: 'string' },
  subject: { type: 'string' },
  target: { type: 'string' },
  device: { type: 'string' },
  address: { type: 'string' },
  country: { type: 'string' },
  tenant: { type: 'string' },
  lineage: { type: 'string' },
  flow: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  keys: { type: 'string' },
} as const

const OUTCOMES: readonly Outcome[] = ['success', 'failure', 'unknown']
const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/
const DEFAULT_LIMIT = 100
const MAX_LIMIT = 100_000

/**
 * Makes a query of the options of a command that searches.
 *
 * @param parsed the parsed arguments.
 * @throws CliError `ERR_CLI_USAGE` for an event type, outcome, factor or time that cannot be, and for two options that say
 * different things of one.
 */
export function parseQuery(parsed: ParsedCommand): LedgerQuery {
  refuseTwo(parsed, ['user', 'actor'])
  refuseTwo(parsed, ['subject', 'target'])
  const types = parsed.texts('type').map(parseType)
  const query: LedgerQuery = {
    user: parsed.text('user'),
    subject: parsed.text('subject'),
    actor: parsed.text('actor'),
    target: parsed.text('target'),
    lineage: parsed.text('lineage'),
    flow: parsed.text('flow'),
    device: parsed.text('device'),
    address: parsed.text('address'),
    country: parsed.text('country'),
    tenant: parsed.text('tenant'),
    outcome: oneOf('outcome', parsed.text('outcome'), OUTCOMES),
    factor: oneOf<FactorName>('factor', parsed.text('factor'), FACTORS),
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

function refuseTwo(parsed: ParsedCommand, [one, other]: readonly [string, string]): void {
  if (parsed.text(one) !== undefined && parsed.text(other) !== undefined)
    throw new CliError('ERR_CLI_USAGE', `A search is by --${one} or by --${other}.`)
}

function parseType(text: string): EventType {
  if (isEventType(text)) return text
  throw new CliError('ERR_CLI_USAGE', `There is no event ${text}; sallyport inventory lists them.`)
}

function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENTS, text)
}

function oneOf<Value extends string>(
  option: string,
  text: string | undefined,
  values: readonly Value[],
): Value | undefined {
  if (text === undefined) return undefined
  const value = values.find((one) => one === text)
  if (value !== undefined) return value
  throw new CliError('ERR_CLI_USAGE', `--${option} is one of ${values.join(', ')}.`)
}

/** A day alone begins at midnight UTC; a time names its offset, so that no machine's time zone decides. */
function parseTime(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const at = TIME.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw new CliError('ERR_CLI_USAGE', `${option} is a time such as 2026-11-21 or 2026-11-21T08:30:00Z.`)
}
