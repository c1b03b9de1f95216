import { once } from 'node:events'
import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'
import { guardTransport } from './guard-transport.ts'
import type { ResolvedOptions } from './options.ts'
import { demandReady } from './readiness.ts'

/** What winston gets for one event. */
export interface Info {
  readonly level: string
  readonly message: string
  readonly [member: string]: unknown
}

type Transport = Logger['transports'][number]

/** The way into one logger: one info at a time, each followed until every transport has dealt with it. */
export class LoggerLine {
  readonly #logger: Logger
  readonly #options: ResolvedOptions
  readonly #guarded = new WeakSet<Transport>()
  readonly #hear = (cause: unknown): void => {
    this.#failure = { cause }
    this.#wake()
  }
  #failure: { readonly cause: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(logger: Logger, options: ResolvedOptions) {
    demandReady(logger, [options.level, options.failureLevel])
    this.#logger = logger
    this.#options = options
    // For as long as the line lives: an error event that nobody hears ends the process.
    logger.on('error', this.#hear)
  }

  /** Resolves when all transports have taken the info; one at a time, so that none is buffered behind a failed one. */
  async write(info: Info): Promise<void> {
    demandReady(this.#logger, [info.level])
    const transports = [...this.#logger.transports]
    for (const transport of transports) this.#guard(transport)
    await this.#untilIdle()
    this.demandNoFailure()
    this.#send(info)
    await this.#untilIdle()
    this.demandNoFailure()
    if (transports.some((transport) => !this.#logger.transports.includes(transport))) {
      throw new AuditWinstonError('ERR_AUDIT_WINSTON_UNPIPED', 'A transport was taken off the winston logger.')
    }
  }

  /** Throws, once, what went wrong since the last write. */
  demandNoFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failed(failure.cause)
  }

  /** Ends the logger and resolves when its transports have finished. */
  async end(): Promise<void> {
    const limit = AbortSignal.timeout(this.#options.timeoutMs)
    const finished = once(this.#logger, 'finish', { signal: limit })
    this.#logger.end()
    try {
      await finished
    } catch (cause) {
      throw limit.aborted ? stalled() : failed(cause)
    }
  }

  /** Closes the logger after a failure. Errors that still come from it are heard and forgotten. */
  abandon(): void {
    this.#logger.close()
  }

  /** Leaves the logger to whoever it belongs to. */
  release(): void {
    this.#logger.off('error', this.#hear)
  }

  #guard(transport: Transport): void {
    if (this.#guarded.has(transport)) return
    this.#guarded.add(transport)
    guardTransport(transport, () => this.#wake())
  }

  #send(info: Info): void {
    try {
      this.#logger.write({ ...this.#logger.defaultMeta, ...info })
    } catch (cause) {
      throw failed(cause)
    }
  }

  #untilIdle(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(stalled()), this.#options.timeoutMs)
      this.#wake = () => {
        if (this.#failure === undefined && !this.#isIdle()) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
  }

  #isIdle(): boolean {
    const { writableLength, readableLength, transports } = this.#logger
    return writableLength === 0 && readableLength === 0 && transports.every((one) => one.writableLength === 0)
  }
}

function failed(cause: unknown): AuditWinstonError {
  return new AuditWinstonError(
    'ERR_AUDIT_WINSTON_TRANSPORT',
    'A transport or the format of the winston logger failed.',
    {
      cause,
    },
  )
}

function stalled(): AuditWinstonError {
  return new AuditWinstonError('ERR_AUDIT_WINSTON_STALLED', 'The transports of the winston logger took too long.')
}
