import { AuditWinstonError } from './errors.ts'
import { nearestKey } from './nearest-key.ts'

/** How `winstonSink` forwards events. */
export interface WinstonSinkOptions {
  /** Names the sink's cursor: 1 to 64 characters of a–z, 0–9, `-`; `winston` unless set. Each sink needs its own. */
  readonly name?: string | undefined
  /** The level of events that report no failure: `info` unless set. */
  readonly level?: string | undefined
  /** The level of events whose outcome is a failure: `warn` unless set. With syslog levels it is `warning`. */
  readonly failureLevel?: string | undefined
  /** The longest wait for the transports to take one event, in milliseconds: 10,000 unless set, 1 to 600,000. */
  readonly timeoutMs?: number | undefined
  /**
   * When a batch counts as delivered: `taken` unless set, when every transport has called back for every event.
   * `flushed` ends the logger after each batch and waits for its transports to finish, which is when a File transport
   * has handed all to the operating system; it needs a function that makes loggers.
   */
  readonly acknowledge?: 'taken' | 'flushed' | undefined
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly name: string
  readonly level: string
  readonly failureLevel: string
  readonly timeoutMs: number
  readonly acknowledge: 'taken' | 'flushed'
}

const KEYS = ['name', 'level', 'failureLevel', 'timeoutMs', 'acknowledge']

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns Every option with its value.
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_OPTIONS`
 */
export function resolveOptions(options: WinstonSinkOptions): ResolvedOptions {
  demand(typeof options === 'object' && options !== null, 'The options of winstonSink are an object.')
  for (const key of Object.keys(options)) {
    const near = nearestKey(key, KEYS)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    demand(KEYS.includes(key), `winstonSink has no option "${key}"${hint}.`)
  }
  const { name = 'winston', level = 'info', failureLevel = 'warn', timeoutMs = 10_000 } = options
  const { acknowledge = 'taken' } = options
  demand(
    typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name),
    'The option name of winstonSink has 1 to 64 characters of a-z, 0-9 and "-".',
  )
  demand(typeof level === 'string', 'The option level of winstonSink is the name of a level.')
  demand(typeof failureLevel === 'string', 'The option failureLevel of winstonSink is the name of a level.')
  demand(
    Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= 600_000,
    'The option timeoutMs of winstonSink is a whole number from 1 to 600000.',
  )
  demand(
    acknowledge === 'taken' || acknowledge === 'flushed',
    'The option acknowledge of winstonSink is "taken" or "flushed".',
  )
  return { name, level, failureLevel, timeoutMs, acknowledge }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message)
}
