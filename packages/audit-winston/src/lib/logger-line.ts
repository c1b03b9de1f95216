import { once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'winston'
import { AuditWinstonError } from './errors.ts'
import { EVENT } from './event-info.ts'
import type { Info } from './event-info.ts'
import { guardTransport } from './guard-transport.ts'
import { isRotatingFile, watchInnerStream } from './inner-stream.ts'
import type { InnerStream } from './inner-stream.ts'
import { chooseLevels } from './levels.ts'
import type { LevelOf } from './levels.ts'
import type { ResolvedOptions } from './options.ts'
import { demandReady, demandTellingTransports, takesLevel } from './readiness.ts'

type Transport = Logger['transports'][number]

/** What is known of a transport since the line began. */
interface Watched {
  /** What it was given, and what it says that it has logged. */
  sent: number
  logged: number
  /** The ids of the events that it has logged, where its infos still say which event they are of. */
  readonly ids: Set<string>
  readonly inner: InnerStream | undefined
  readonly count: (info: unknown) => void
}

// A stream that is busy is looked at in every turn of the event loop at first, then now and then.
const QUICK_LOOKS = 20
const LOOK_EVERY_MS = 2

/** The way into one logger: one info at a time, each followed until every transport has dealt with it. */
export class LoggerLine {
  /** Gives an event's level in this logger. */
  readonly levelOf: LevelOf
  readonly #logger: Logger
  readonly #options: ResolvedOptions
  readonly #watched = new Map<Transport, Watched>()
  readonly #hear = (cause: unknown): void => {
    // What a transport says of the info in its hands leaves no doubt about those before it.
    this.#isInDoubt ||= cause !== this.#answered
    this.#failure = { cause }
    this.#wake()
  }
  #answered: unknown
  #isInDoubt = false
  #failure: { readonly cause: unknown } | undefined
  #wake: () => void = () => undefined

  constructor(logger: Logger, options: ResolvedOptions) {
    const { levelOf, all } = chooseLevels(options.levels, logger.levels)
    demandReady(logger, all)
    demandTellingTransports(logger, options.acknowledge)
    this.levelOf = levelOf
    this.#logger = logger
    this.#options = options
    // For as long as the line lives: an error event that nobody hears ends the process. An Http transport warns instead.
    logger.on('error', this.#hear)
    logger.on('warn', this.#hear)
  }

  /** Resolves when all transports have taken the info; one at a time, so that none is buffered behind a failed one. */
  async write(info: Info): Promise<void> {
    demandReady(this.#logger, [info.level])
    const transports = [...this.#logger.transports]
    for (const transport of transports) this.#watch(transport, info.level)
    if (!this.#isIdle()) await this.#untilIdle()
    this.demandNoFailure()
    this.#send(info)
    if (!this.#isIdle()) await this.#untilIdle()
    this.demandNoFailure()
    if (transports.some((transport) => !this.#logger.transports.includes(transport))) {
      throw new AuditWinstonError('ERR_AUDIT_WINSTON_UNPIPED', 'A transport was taken off the winston logger.')
    }
  }

  /** Resolves when no stream behind a transport holds anything back, and, if it is asked for, all is logged. */
  async settle(): Promise<void> {
    const until = performance.now() + this.#options.timeoutMs
    for (let looks = 0; !this.#isSettled(); looks++) {
      this.demandNoFailure()
      if (performance.now() > until) throw this.#stalled()
      await (looks < QUICK_LOOKS ? nextTurn() : pause(LOOK_EVERY_MS))
    }
    this.demandNoFailure()
    for (const { ids } of this.#watched.values()) ids.clear()
  }

  /** The ids of the events of the last batch that every transport has logged. */
  get logged(): ReadonlySet<string> {
    const [first = new Set<string>(), ...others] = [...this.#watched.values()].map(({ ids }) => ids)
    return new Set([...first].filter((id) => others.every((ids) => ids.has(id))))
  }

  /** Tells whether something went wrong that may have to do with what was taken before. */
  get isInDoubt(): boolean {
    return this.#isInDoubt
  }

  /** Throws, once, what went wrong since the last write. */
  demandNoFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failed(failure.cause)
    for (const { inner } of this.#watched.values()) {
      if (inner?.isBroken() !== true) continue
      this.#isInDoubt = true
      throw failed(new Error('The stream of a transport was ended or destroyed.'))
    }
  }

  /** Ends the logger and resolves when its transports have finished. */
  async end(): Promise<void> {
    const limit = AbortSignal.timeout(this.#options.timeoutMs)
    const finished = [once(this.#logger, 'finish', { signal: limit })]
    const rotating = this.#logger.transports.filter(isRotatingFile)
    this.#logger.end()
    try {
      for (const transport of rotating) finished.push(finishedTwice(transport, limit))
      await Promise.all(finished)
    } catch (cause) {
      throw limit.aborted ? this.#stalled() : failed(cause)
    }
  }

  /** Closes the logger after a failure. Errors that still come from it are heard and forgotten. */
  abandon(): void {
    this.#logger.close()
  }

  /** Leaves the logger to whoever it belongs to. */
  release(): void {
    this.#logger.off('error', this.#hear)
    this.#logger.off('warn', this.#hear)
    for (const [transport, { inner, count }] of this.#watched) {
      transport.off('logged', count)
      inner?.release()
    }
  }

  #watch(transport: Transport, level: string): void {
    const known = this.#watched.get(transport) ?? this.#guard(transport)
    if (takesLevel(this.#logger, transport, level)) known.sent += 1
  }

  #guard(transport: Transport): Watched {
    const count = (info: unknown): void => {
      watched.logged += 1
      const id: unknown = Object(info)[EVENT]?.id
      if (this.#options.acknowledge === 'logged' && typeof id === 'string') watched.ids.add(id)
    }
    const inner = watchInnerStream(transport, this.#hear)
    const watched: Watched = { sent: 0, logged: 0, ids: new Set(), inner, count }
    transport.on('logged', count)
    guardTransport(
      transport,
      () => this.#wake(),
      (error) => {
        this.#answered = error
      },
    )
    this.#watched.set(transport, watched)
    return watched
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
      const timer = setTimeout(() => reject(this.#stalled()), this.#options.timeoutMs)
      this.#wake = () => {
        if (this.#failure === undefined && !this.#isIdle()) return
        clearTimeout(timer)
        resolve()
      }
      this.#wake()
    })
  }

  #stalled(): AuditWinstonError {
    this.#isInDoubt = true
    return new AuditWinstonError('ERR_AUDIT_WINSTON_STALLED', 'The transports of the winston logger took too long.')
  }

  #isIdle(): boolean {
    const { writableLength, readableLength, transports } = this.#logger
    return writableLength === 0 && readableLength === 0 && transports.every((one) => one.writableLength === 0)
  }

  #isSettled(): boolean {
    const mustLog = this.#options.acknowledge === 'logged'
    return [...this.#watched.values()].every(
      ({ sent, logged, inner }) => (inner === undefined || inner.isEmpty()) && (!mustLog || logged >= sent),
    )
  }
}

async function finishedTwice(transport: Transport, signal: AbortSignal): Promise<unknown[]> {
  await once(transport, 'finish', { signal })
  return await once(transport, 'finish', { signal })
}

function failed(cause: unknown): AuditWinstonError {
  const message = 'A transport or the format of the winston logger failed.'
  return new AuditWinstonError('ERR_AUDIT_WINSTON_TRANSPORT', message, { cause })
}
