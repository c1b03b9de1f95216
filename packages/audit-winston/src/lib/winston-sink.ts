import type { LedgerEvent, Sink } from '@sallyport/audit'
import { formatEvent } from '@sallyport/audit/formats'
import type { Logger } from 'winston'
import { Delivered } from './delivered.ts'
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
 * A batch that takes longer than the ledger waits is not written twice at once: offered again, it goes on where it was.
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
  readonly #delivered = new Delivered()
  #line: LoggerLine | undefined
  #closed = false
  #taken: readonly LedgerEvent[] = []
  #doubtful: readonly LedgerEvent[] = []
  #writes = 0
  #writing: Promise<unknown> = Promise.resolve()

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

  /** One batch at a time: whoever offers another one has given up the one before, which ends after the event in its hands. */
  async write(events: readonly LedgerEvent[]): Promise<void> {
    const turn = ++this.#writes
    const writing = this.#writing.then(async () => this.#write(events, turn))
    this.#writing = writing.catch(() => undefined)
    await writing
  }

  async #write(events: readonly LedgerEvent[], turn: number): Promise<void> {
    if (this.#closed) throw new AuditWinstonError('ERR_AUDIT_WINSTON_CLOSED', 'The winston sink was closed.')
    this.#demandWanted(turn)
    const offered = new Set(events.map(({ id }) => id))
    const line = (this.#line ??= this.#open())
    const sent: LedgerEvent[] = []
    try {
      line.demandNoFailure()
      const again = this.#doubtful.filter(({ id }) => !offered.has(id))
      for (const event of this.#delivered.missingOf([...again, ...events])) {
        if (turn !== this.#writes) break
        await line.write(infoOf(event, line.levelOf(event), this.#options))
        sent.push(event)
      }
      await line.settle()
      if (this.#options.acknowledge === 'flushed') await this.#flush(line)
    } catch (error) {
      this.#failed(line)
      throw error
    }
    this.#delivered.add(sent)
    this.#demandWanted(turn)
    this.#doubtful = []
    this.#taken = [...this.#taken, ...events].slice(-REMEMBERED)
  }

  #demandWanted(turn: number): void {
    if (turn === this.#writes) return
    throw new AuditWinstonError('ERR_AUDIT_WINSTON_STALLED', 'The batch was offered again before it was written.')
  }

  #failed(line: LoggerLine): void {
    // Only what was merely taken can be lost afterwards.
    if (this.#options.acknowledge === 'taken') {
      this.#delivered.clear()
      if (line.isInDoubt) this.#doubtful = this.#taken
    }
    this.#delivered.addIds(line.logged)
    if (this.#owned) this.#drop()
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
