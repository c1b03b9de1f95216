import { AuditError } from '../errors.ts'
import type { LedgerEvent } from '../events/types.ts'
import { toCef } from './cef.ts'
import { toEcs } from './ecs.ts'
import { escapeJson } from './escape.ts'
import { resolveFormatOptions, type FormatOptions } from './format-options.ts'
import { toOcsf } from './ocsf.ts'

/** The formats of one event a line. */
export const FORMATS = ['json', 'ocsf', 'ecs', 'cef'] as const

/** One of `FORMATS`. */
export type Format = (typeof FORMATS)[number]

/**
 * Writes an event as one line of text without a line end: NDJSON for `json`, `ocsf` and `ecs`, a record for `cef`.
 *
 * Whatever stands in the event, the line has no control characters, no bidirectional controls and no line or paragraph
 * separators in it, and reading it gives exactly what was written. `json` is the event as read, with its index and what
 * was revealed; the others leave out what FORMATS.md says.
 *
 * @param event The event as read from the ledger, with what was revealed for this reader; its texts may be an attacker's.
 * @param format One of `FORMATS`.
 * @param options Who makes the log, and the ledger's name.
 * @throws `AuditError` with `ERR_AUDIT_INPUT` for another format and for options out of bounds; never because of the event.
 * @example
 * for (const event of (await audit.query({ flow })).events) process.stdout.write(`${formatEvent(event, 'ocsf')}\n`)
 */
export function formatEvent(event: LedgerEvent, format: Format, options?: FormatOptions): string {
  switch (format) {
    case 'json':
      resolveFormatOptions(options)
      return escapeJson(JSON.stringify(event))
    case 'ocsf':
      return escapeJson(JSON.stringify(toOcsf(event, options)))
    case 'ecs':
      return escapeJson(JSON.stringify(toEcs(event, options)))
    case 'cef':
      return toCef(event, options)
    default:
      throw new AuditError('ERR_AUDIT_INPUT', `A format is one of ${FORMATS.join(', ')}.`)
  }
}
