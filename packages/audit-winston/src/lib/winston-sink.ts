import type { LedgerEvent, Sink } from '@sallyport/audit'
import { formatEvent } from '@sallyport/audit/formats'
import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'
import { infoOf } from './event-info.ts'
import { LoggerLine } from './logger-line.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, WinstonSinkOptions } from './options.ts'

/**
 * Makes a sink that forwards the ledger to winston: one info for each event, in ledger order, at least once.
 *
 * `write` resolves when every transport of the logger has dealt with every event in the way that `acknowledge` says, and
 * rejects when one failed, warned, went missing or took too long; the ledger then offers the same events again. An event
 * may arrive more than once: readers drop duplicates by its id. What a transport does after that (a remote queue, the buffer
 * of a File, whose own errors winston swallows) is out of sight. An error that it reports later rejects the next `write`, so
 * that the ledger records it, and the last 256 events go out again.
 *
 * @param logger A logger used for nothing else, or a function that makes one. Only with a function can the sink
 * replace a logger whose transport broke for good, as a File transport does at its first error; the sink then owns the
 * loggers and ends the last one in `close`.
 * @param options See `WinstonSinkOptions`.
 * @returns The sink, for `audit.addSink`.
 * @throws AuditWinstonError `ERR_AUDIT_WINSTON_OPTIONS`, `_CLOSED`, `_NO_TRANSPORT`, `_SILENT` or `_LEVEL` when the
 * options are wrong or the logger would drop events without a word.
 * @see OWASP ASVS 5.0 16.2.3, 16.4.1, 16.4.3
 * @example
 * audit.addSink(winstonSink(() => winston.createLogger({ transports: [new winston.transports.File({ filename })] }), {
 *   acknowledge: 'flushed',
 * }))
 */
export function winstonSink(logger: Logger | (() => Logger), options: WinstonSinkOptions = {}): Sink {
  const resolved = resolveOptions(options)
  const sink = new WinstonSink(logger, resolved)
  const { name, filter, reveal, batchSize, deadLetterAfter } = resolved
  return {
    name,
    filter,
    reveal,
    batchSize,
    deadLetterAfter,
    write: (events) => sink.write(events),
    close: () => sink.close(),
  }
}

const SAMPLE: LedgerEvent = {
  v: 1,
  id: '01K00000000000000000000000',
  type: 'ledger.heartbeat',
  at: '2026-01-01T00:00:00.000Z',
  writer: { id: 'sample', boot: 'sample', seq: 1 },
  data: { queued: 0, pending: 0, monotonicMs: 0, settled: 0 },
  index: 0,
}

// A transport may report an error for what it took a moment ago, such as a file that then cannot be opened.
const REMEMBERED = 256

class WinstonSink {
  readonly #make: () => Logger
  readonly #owned: boolean
  readonly #options: ResolvedOptions
  #line: LoggerLine | undefined
  #closed = false
  #taken: readonly LedgerEvent[] = []
  #doubtful: readonly LedgerEvent[] = []
  // Of a batch that failed: what every transport has logged of it. Otherwise a server that refuses one request in a hundred
  // would never take a whole batch.
  readonly #logged = new Set<string>()

  constructor(logger: Logger | (() => Logger), options: ResolvedOptions) {
    this.#owned = typeof logger === 'function'
    this.#make = typeof logger === 'function' ? logger : () => logger
    this.#options = options
    if (!this.#owned && options.acknowledge !== 'taken') {
      throw new AuditWinstonError(
        'ERR_AUDIT_WINSTON_OPTIONS',
        `The option acknowledge of winstonSink is "${options.acknowledge}" only with a function that makes loggers.`,
      )
    }
    // A mistake in the options of a format is the application's, at start-up.
    tryFormat(options)
    this.#line = this.#open()
  }

  async write(events: readonly LedgerEvent[]): Promise<void> {
    if (this.#closed) throw new AuditWinstonError('ERR_AUDIT_WINSTON_CLOSED', 'The winston sink was closed.')
    const offered = new Set(events.map(({ id }) => id))
    const line = (this.#line ??= this.#open())
    try {
      line.demandNoFailure()
      const again = this.#doubtful.filter(({ id }) => !offered.has(id))
      const waiting = [...again, ...events].filter(({ id }) => !this.#logged.has(id))
      for (const event of waiting) await line.write(infoOf(event, line.levelOf(event), this.#options))
      await line.settle()
      if (this.#options.acknowledge === 'flushed') await this.#flush(line)
    } catch (error) {
      // Only what was merely taken can be lost afterwards.
      if (this.#options.acknowledge === 'taken' && line.isInDoubt) this.#doubtful = this.#taken
      for (const id of line.logged) this.#logged.add(id)
      if (this.#owned) this.#drop()
      throw error
    }
    this.#doubtful = []
    this.#logged.clear()
    this.#taken = [...this.#taken, ...events].slice(-REMEMBERED)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#owned) await this.#line?.end()
    else this.#line?.release()
  }

  #open(): LoggerLine {
    const logger = this.#make()
    const { write, transports } = Object(logger)
    if (typeof write === 'function' && Array.isArray(transports)) return new LoggerLine(logger, this.#options)
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', 'winstonSink needs what winston.createLogger returned.')
  }

  async #flush(line: LoggerLine): Promise<void> {
    await line.end()
    this.#line = undefined
  }

  #drop(): void {
    const line = this.#line
    this.#line = undefined
    line?.abandon()
  }
}

function tryFormat({ format, formatOptions }: ResolvedOptions): void {
  try {
    formatEvent(SAMPLE, format === 'object' ? 'json' : format, formatOptions)
  } catch (cause) {
    const message = 'The option formatOptions of winstonSink is not what formatEvent takes.'
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_OPTIONS', message, { cause })
  }
}
