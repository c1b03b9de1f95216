import type { LedgerEvent, Sink } from '@sallyport/audit'
import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'
import { LoggerLine } from './logger-line.ts'
import type { Info } from './logger-line.ts'
import { resolveOptions } from './options.ts'
import type { ResolvedOptions, WinstonSinkOptions } from './options.ts'

/**
 * Makes a sink that forwards the ledger to winston: one info for each event, in ledger order, at least once.
 *
 * `write` resolves when every transport of the logger has called back for every event, and rejects when one failed,
 * went missing or took too long; the ledger then offers the same events again. An event may arrive more than once:
 * readers drop duplicates by `audit.id`. What a transport does after calling back (a remote queue, the buffer of a File,
 * whose own errors winston swallows) is out of sight unless `acknowledge` is `flushed`. An error that it reports later
 * rejects the next `write`, so that the ledger records it, and the last 256 events go out again.
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
  return {
    name: resolved.name,
    write: (events) => sink.write(events),
    close: () => sink.close(),
  }
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

  constructor(logger: Logger | (() => Logger), options: ResolvedOptions) {
    this.#owned = typeof logger === 'function'
    this.#make = typeof logger === 'function' ? logger : () => logger
    this.#options = options
    if (!this.#owned && options.acknowledge === 'flushed') {
      throw new AuditWinstonError(
        'ERR_AUDIT_WINSTON_OPTIONS',
        'The option acknowledge of winstonSink is "flushed" only with a function that makes loggers.',
      )
    }
    this.#line = this.#open()
  }

  async write(events: readonly LedgerEvent[]): Promise<void> {
    if (this.#closed) throw new AuditWinstonError('ERR_AUDIT_WINSTON_CLOSED', 'The winston sink was closed.')
    const offered = new Set(events.map(({ id }) => id))
    try {
      const line = (this.#line ??= this.#open())
      line.demandNoFailure()
      for (const event of this.#doubtful.filter(({ id }) => !offered.has(id))) await line.write(this.#infoOf(event))
      for (const event of events) await line.write(this.#infoOf(event))
      if (this.#options.acknowledge === 'flushed') await this.#flush(line)
    } catch (error) {
      this.#doubtful = this.#taken
      if (this.#owned) this.#drop()
      throw error
    }
    this.#doubtful = []
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

  #infoOf(event: LedgerEvent): Info {
    const { level, failureLevel } = this.#options
    return { level: event.outcome === 'failure' ? failureLevel : level, message: event.type, audit: event }
  }
}
