import { FORMATS, formatCsvHeader, formatCsvRow, formatEvent as projectEvent } from '@sallyport/audit/formats'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import { CliError } from './errors.ts'
import { formatEvent } from './format-event.ts'
import type { ParsedCommand } from './parse-command.ts'

/** How events are printed: what stands above them, and one line for each. */
export interface EventLines {
  readonly header?: string
  readonly line: (event: LedgerEvent) => string
}

/** The options that choose how events are printed. */
export const LINES_OPTIONS = { json: { type: 'boolean' }, format: { type: 'string' } } as const

/**
 * Chooses how events are printed: for people if nothing is said, as `--format` or `--json` say otherwise.
 *
 * @param parsed the parsed arguments.
 * @throws CliError `ERR_CLI_USAGE` for a format that there is not, or both options.
 */
export function eventLines(parsed: ParsedCommand): EventLines {
  const format = parsed.text('format') ?? (parsed.flag('json') ? 'json' : 'text')
  if (parsed.flag('json') && parsed.text('format') !== undefined)
    throw new CliError('ERR_CLI_USAGE', '--json is --format json.')
  if (format === 'text') return { line: formatEvent }
  if (format === 'csv') return { header: unended(formatCsvHeader()), line: (event) => unended(formatCsvRow(event)) }
  const known = FORMATS.find((one) => one === format)
  if (known !== undefined) return { line: (event) => projectEvent(event, known) }
  throw new CliError('ERR_CLI_USAGE', `--format is one of text, ${FORMATS.join(', ')}, csv.`)
}

// A line of a table ends with CR LF: the terminal adds the second of them.
function unended(row: string): string {
  return row.replace(/\n$/, '')
}
