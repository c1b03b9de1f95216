import { StoreError } from '@sallyport/store'
import { Worker } from 'node:worker_threads'
import { outcomeUnknown, parseFailure } from './sqlite-errors.ts'
import { parseAnswers } from './wire.ts'
import type { WireAnswer, WireBatch, WriterReply, WriterRequest } from './wire.ts'

// The worker is loaded as the file beside this one: the source when types are stripped, the built file otherwise.
const IS_SOURCE = import.meta.url.endsWith('.ts')
const WRITER = new URL(IS_SOURCE ? './writer.ts' : './writer.js', import.meta.url)
// Older Node versions strip types only when asked, and announce it and node:sqlite as experiments in every thread anew.
const FLAGS = [...(IS_SOURCE ? ['--experimental-strip-types'] : []), '--disable-warning=ExperimentalWarning']

interface Waiting {
  readonly resolve: (reply: WriterReply) => void
  readonly reject: (error: unknown) => void
}

/**
 * The worker thread as seen from the calling thread: one request at a time, one reply to each.
 *
 * A worker that ends on its own rejects the request under way and is replaced at the next one. It keeps the process
 * alive only while a request is under way.
 */
export class WriterThread {
  readonly #path: string
  readonly #module: URL
  #worker: Worker | undefined
  #waiting: Waiting | undefined
  #crash: unknown

  /** @param module the worker's program, another one only to see what happens when it dies */
  constructor(path: string, module: URL = WRITER) {
    this.#path = path
    this.#module = module
  }

  /** Starts the worker unless it runs, and waits until the database is open. Rejects with `ERR_STORE_UNAVAILABLE`. */
  async start(): Promise<void> {
    if (this.#worker !== undefined) return
    const worker = this.#spawn()
    this.#worker = worker
    const reply = await this.#reply(worker).catch((cause: unknown) => {
      throw new StoreError('ERR_STORE_UNAVAILABLE', 'The writing thread could not be started.', { cause })
    })
    if (reply.kind !== 'failed') return
    this.#worker = undefined
    await worker.terminate()
    throw parseFailure(reply.failure)
  }

  /** Has a batch committed. Rejects with `ERR_STORE_UNAVAILABLE` or `ERR_STORE_OUTCOME_UNKNOWN` for all of it. */
  async commit(batch: WireBatch): Promise<readonly WireAnswer[]> {
    await this.start()
    const reply = await this.#ask({ kind: 'batch', ...batch }, [batch.bytes.buffer]).catch((cause: unknown) => {
      throw outcomeUnknown(cause)
    })
    if (reply.kind === 'failed') throw parseFailure(reply.failure)
    return reply.kind === 'done' ? parseAnswers(reply.answers) : []
  }

  /** Has the database closed and ends the worker. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === undefined) return
    // A worker that dies while closing has closed as well: the next opening replays its log.
    await this.#ask({ kind: 'close' }, []).catch(() => undefined)
    this.#worker = undefined
    await worker.terminate()
  }

  async #ask(request: WriterRequest, transfer: readonly ArrayBuffer[]): Promise<WriterReply> {
    const worker = this.#worker
    if (worker === undefined) throw new Error('WriterThread: asked before it was started')
    worker.ref()
    const reply = this.#reply(worker)
    worker.postMessage(request, transfer)
    return await reply
  }

  #reply(worker: Worker): Promise<WriterReply> {
    return new Promise<WriterReply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
    }).finally(() => {
      this.#waiting = undefined
      worker.unref()
    })
  }

  #spawn(): Worker {
    const worker = new Worker(this.#module, { workerData: { path: this.#path }, execArgv: FLAGS })
    this.#crash = undefined
    worker.on('message', (reply: WriterReply) => this.#waiting?.resolve(reply))
    worker.on('error', (error) => {
      this.#crash = error
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      this.#waiting?.reject(this.#crash ?? new Error('The writing thread ended.'))
    })
    return worker
  }
}
