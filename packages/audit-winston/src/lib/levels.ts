import type { LedgerEvent } from '@sallyport/audit'
import { severityOf } from '@sallyport/audit/formats'
import type { Severity } from '@sallyport/audit/formats'

import { AuditWinstonError } from './errors.ts'

/** A level of the logger for each severity of events. */
export type LevelTable = { readonly [severity in Severity]: string }

/** Which levels events get: two by their outcome, or five by their severity. */
export interface LevelOptions {
  /** The level of events that report no failure: `info` unless set. */
  readonly level?: string | undefined
  /** The level of events whose outcome is a failure: `warn` unless set, or `warning` where the logger has that instead. */
  readonly failureLevel?: string | undefined
  /**
   * Levels by severity instead, as `severityOf` judges it: `npm` for winston's own level names, `syslog` for those of RFC
   * 5424, or a name for each severity.
   */
  readonly levels?: 'npm' | 'syslog' | LevelTable | undefined
}

const SEVERITIES: readonly Severity[] = ['informational', 'low', 'medium', 'high', 'critical']
const TABLES: { readonly [name in 'npm' | 'syslog']: LevelTable } = {
  npm: { informational: 'info', low: 'info', medium: 'warn', high: 'error', critical: 'error' },
  syslog: { informational: 'info', low: 'notice', medium: 'warning', high: 'error', critical: 'crit' },
}

/** Checks which levels were asked for. Throws `AuditWinstonError` with `ERR_AUDIT_WINSTON_OPTIONS`. */
export function resolveLevels({ level, failureLevel, levels }: LevelOptions): LevelOptions {
  demand(isNameOrAbsent(level), 'The option level of winstonSink is the name of a level.')
  demand(isNameOrAbsent(failureLevel), 'The option failureLevel of winstonSink is the name of a level.')
  if (levels === undefined) return { level, failureLevel }

  demand(
    level === undefined && failureLevel === undefined,
    'winstonSink has levels by outcome (level, failureLevel) or by severity (levels), not both.',
  )
  const isTable = typeof levels === 'object' && levels !== null && SEVERITIES.every((name) => isName(levels[name]))
  const isComplete = isTable && Object.keys(levels).length === SEVERITIES.length
  demand(
    levels === 'npm' || levels === 'syslog' || isComplete,
    `The option levels of winstonSink is "npm", "syslog" or has a level for each of ${SEVERITIES.join(', ')}.`,
  )
  return { levels }
}

/** Gives the level of an event, for a logger with these levels. */
export type LevelOf = (event: Pick<LedgerEvent, 'type' | 'outcome' | 'data'>) => string

/**
 * Chooses the levels for one logger.
 *
 * @param options What was asked for.
 * @param known The logger's levels, by name.
 * @returns What gives an event's level, and every level that it may give.
 */
export function chooseLevels(
  { level = 'info', failureLevel, levels }: LevelOptions,
  known: Readonly<Record<string, number>>,
): { readonly levelOf: LevelOf; readonly all: readonly string[] } {
  if (levels !== undefined) {
    const table = typeof levels === 'string' ? TABLES[levels] : levels
    return { levelOf: (event) => table[severityOf(event)], all: [...new Set(Object.values(table))] }
  }
  const failure = failureLevel ?? (known['warn'] === undefined && known['warning'] !== undefined ? 'warning' : 'warn')
  return { levelOf: ({ outcome }) => (outcome === 'failure' ? failure : level), all: [level, failure] }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function isNameOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message)
}
