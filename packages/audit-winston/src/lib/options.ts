import type { Sink } from '@sallyport/audit'
import { FORMATS } from '@sallyport/audit/formats'
import type { Format, FormatOptions } from '@sallyport/audit/formats'

import { AuditWinstonError } from './errors.ts'
import { resolveLevels } from './levels.ts'
import type { LevelOptions } from './levels.ts'
import { nearestKey } from './nearest-key.ts'

/** How `winstonSink` forwards events. */
export interface WinstonSinkOptions extends LevelOptions {
  /** Names the sink's cursor: 1 to 64 characters of a–z, 0–9, `-`; `winston` unless set. Each sink needs its own. */
  readonly name?: string | undefined
  /**
   * What an info carries: `object` unless set, the event as an object in the member `audit` and its type as the message.
   * With `json`, `ocsf`, `ecs` or `cef` the message is the event as one line of that format and there is no `audit`.
   */
  readonly format?: 'object' | Format | undefined
  /** What the lines of `ocsf`, `ecs` and `cef` say of the product and the ledger's name; see `formatEvent`. */
  readonly formatOptions?: FormatOptions | undefined
  /** Tells which events are forwarded; all of them unless set. */
  readonly filter?: Sink['filter']
  /** Which sealed fields are opened for this sink; none unless set. They come in `revealed` and in the lines' own fields. */
  readonly reveal?: Sink['reveal']
  /** How many events a batch has at most, 1 to 1,024: 256 unless set. */
  readonly batchSize?: number | undefined
  /** After how many refusals an event that the transports refuse is passed over, 1 to 1,000; never unless set. */
  readonly deadLetterAfter?: number | undefined
  /** The longest wait for the transports to take one event, in milliseconds: 10,000 unless set, 1 to 600,000. */
  readonly timeoutMs?: number | undefined
  /**
   * When a batch counts as delivered: `taken` unless set, when every transport has called back for every event and the
   * stream of a Stream transport holds nothing back. `logged` also waits until each transport has emitted `logged` for each
   * event, which is when an Http transport has its answer. `flushed` ends the logger after each batch and waits for its
   * transports to finish, which is when a File transport has handed all to the operating system. The last two need a
   * function that makes loggers.
   */
  readonly acknowledge?: 'taken' | 'logged' | 'flushed' | undefined
}

/** The options with every default filled in. */
export interface ResolvedOptions extends Pick<Sink, 'filter' | 'reveal' | 'batchSize' | 'deadLetterAfter'> {
  readonly name: string
  readonly format: 'object' | Format
  readonly formatOptions: FormatOptions | undefined
  readonly levels: LevelOptions
  readonly timeoutMs: number
  readonly acknowledge: 'taken' | 'logged' | 'flushed'
}

const KEYS = [
  'name',
  'format',
  'formatOptions',
  'filter',
  'reveal',
  'batchSize',
  'deadLetterAfter',
  'level',
  'failureLevel',
  'levels',
  'timeoutMs',
  'acknowledge',
]
const FORMAT_NAMES: readonly string[] = ['object', ...FORMATS]
const ACKNOWLEDGEMENTS: readonly string[] = ['taken', 'logged', 'flushed']

/**
 * Judges the options and fills in what was left out. The filter, reveal policy, batch size and dead letters are judged by
 * the ledger, when the sink is added.
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
  const { name = 'winston', format = 'object', formatOptions, timeoutMs = 10_000, acknowledge = 'taken' } = options
  demand(
    typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name),
    'The option name of winstonSink has 1 to 64 characters of a-z, 0-9 and "-".',
  )
  demand(FORMAT_NAMES.includes(format), `The option format of winstonSink is one of ${FORMAT_NAMES.join(', ')}.`)
  demand(
    Number.isSafeInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= 600_000,
    'The option timeoutMs of winstonSink is a whole number from 1 to 600000.',
  )
  demand(
    ACKNOWLEDGEMENTS.includes(acknowledge),
    'The option acknowledge of winstonSink is "taken", "logged" or "flushed".',
  )
  const { filter, reveal, batchSize, deadLetterAfter } = options
  const forwarded = { filter, reveal, batchSize, deadLetterAfter }
  return { ...forwarded, name, format, formatOptions, levels: resolveLevels(options), timeoutMs, acknowledge }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message)
}
