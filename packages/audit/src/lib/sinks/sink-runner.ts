import type { Store, StoredEntry } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { event } from '../events/event.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerEvent, PendingEvent } from '../events/types.ts'
import type { EnvelopeOpener } from '../privacy/reveal-policy.ts'
import type { Lease } from '../running/lease.ts'
import type { RandomBytes } from '../system.ts'
import { BatchSize } from './batch-size.ts'
import { checkSink } from './check-sink.ts'
import type { Sink } from './sink-contract.ts'
import { moveCursor, readCursor, type SinkCursor, type SinkPlace } from './sink-cursor.ts'
import { ANSWER_MS, SinkDoor, SinkRefusal } from './sink-door.ts'
import { SinkHealth } from './sink-health.ts'
import { SinkRetry } from './sink-retry.ts'

/** What forwarding to a sink needs. */
export interface SinkParts {
  readonly store: Store
  readonly subjects: EnvelopeOpener
  readonly lease: Lease
  readonly commit: Audit['commit']
  readonly randomBytes: RandomBytes
  readonly monotonicMs: () => number
  /** How long a batch may take, in milliseconds; 130 seconds if not given. */
  readonly answerMs?: number | undefined
}

const BATCH = 256
// How far behind an event that is refused another one is looked for that the sink may take.
const PROBED = 1_024

/** Forwards the ledger to one sink from the sink's cursor; a slow or dead sink delays nobody and loses nothing. */
export class SinkRunner {
  readonly sink: Sink
  readonly #parts: SinkParts
  readonly #door: SinkDoor
  readonly #retry: SinkRetry
  readonly #health: SinkHealth
  readonly #batch: BatchSize
  // Refusals in a row of what begins at an index, and where the batch ended that was refused.
  #refused = { at: -1, times: 0, end: -1 }

  /** @throws `AuditError` with `ERR_AUDIT_INPUT` for a sink that could not be served. */
  constructor(sink: Sink, parts: SinkParts) {
    checkSink(sink)
    this.sink = sink
    this.#parts = parts
    this.#door = new SinkDoor(sink, parts)
    this.#retry = new SinkRetry(parts)
    this.#health = new SinkHealth(parts.monotonicMs)
    this.#batch = new BatchSize(sink.batchSize ?? BATCH, parts.answerMs ?? ANSWER_MS)
  }

  /**
   * Offers the sink all that lies behind its cursor, if this instance holds its lease. Rejects when the sink does; it is
   * then left alone for a while.
   */
  async run(): Promise<void> {
    if (!this.#retry.isDue || !(await this.#hasWork())) return

    await this.#parts.lease.during(async () => {
      while ((await this.#serves()) && (await this.#forward())) {
        // One batch a round: whoever has lost the lease goes no further.
      }
    })
  }

  /** Runs without waiting for the end of a pause. */
  async runAtOnce(): Promise<void> {
    this.#retry.hurry()
    await this.run()
  }

  async #hasWork(): Promise<boolean> {
    const { store } = this.#parts
    const { next, failing } = await readCursor(store, this.sink.name)
    return (failing && this.#health.hasHeld) || next < (await store.size())
  }

  async #serves(): Promise<boolean> {
    const holds = await this.#parts.lease.hold()
    if (!holds) this.#health.interrupted()
    return holds
  }

  async #forward(): Promise<boolean> {
    const { store, monotonicMs } = this.#parts
    const cursor = await readCursor(store, this.sink.name)
    const entries = await store.read(cursor.next, this.#limitAt(cursor.next))
    const last = entries.at(-1)
    if (last === undefined) return await this.#recover(cursor)

    const began = monotonicMs()
    try {
      await this.#door.offer(entries.map(parseEntry))
    } catch (cause) {
      return await this.#passOverOrFail(cursor, entries, cause)
    }
    this.#batch.taken(entries.length, monotonicMs() - began)
    this.#retry.succeeded()
    this.#health.succeeded()
    return await this.#move(cursor, { ...cursor, next: last.index + 1, failing: this.#stillFails(cursor) })
  }

  /** Says of a sink that has nothing left to take that it is back, when it has held. */
  async #recover(cursor: SinkCursor): Promise<boolean> {
    return cursor.failing && !this.#stillFails(cursor) && (await this.#move(cursor, { ...cursor, failing: false }))
  }

  #stillFails({ failing }: SinkCursor): boolean {
    return failing && !this.#health.hasHeld
  }

  /** One event alone as long as the cursor is in a batch that was refused too often, to find out which one it is. */
  #limitAt(next: number): number {
    const { times, end } = this.#refused
    const isSuspect = this.sink.deadLetterAfter !== undefined && times >= this.sink.deadLetterAfter
    return isSuspect && next < end ? 1 : this.#batch.size
  }

  async #passOverOrFail(cursor: SinkCursor, entries: readonly StoredEntry[], failure: unknown): Promise<boolean> {
    const isRefusal = failure instanceof SinkRefusal
    this.#health.interrupted()
    if (isRefusal && isTimeout(failure.cause)) this.#batch.timedOut(entries.length)
    if (isRefusal) this.#countRefusal(cursor.next, (entries.at(-1)?.index ?? cursor.next) + 1)
    const suspect = isRefusal ? await this.#findCulprit(entries) : undefined
    if (suspect === undefined) {
      this.#retry.failed()
      // Said once for each failure, not for each try.
      if (!cursor.failing) await this.#move(cursor, { ...cursor, failing: true })
      throw isRefusal ? failure.cause : failure
    }
    const data = { sink: this.sink.name, event: suspect.id, at: suspect.index, tries: this.#refused.times + 1 }
    const place = { ...cursor, next: suspect.index + 1, deadLettered: cursor.deadLettered + 1 }
    return await this.#move(cursor, place, [event('sink.dead_lettered', { outcome: 'failure', data })])
  }

  #countRefusal(at: number, end: number): void {
    const { times } = this.#refused
    // The events of a batch that was refused were each refused as often as it.
    const isKnown = at >= this.#refused.at && at < this.#refused.end
    this.#refused = isKnown ? { at, times: times + 1, end: this.#refused.end } : { at, times: 1, end }
  }

  /** The event, if it was offered alone and the sink refuses it both before and after it took another one. */
  async #findCulprit(entries: readonly StoredEntry[]): Promise<LedgerEvent | undefined> {
    const { deadLetterAfter } = this.sink
    const [entry, ...others] = entries
    const isTooSoon = deadLetterAfter === undefined || this.#refused.times < deadLetterAfter
    if (isTooSoon || entry === undefined || others.length > 0) return undefined

    try {
      const suspect = parseEntry(entry)
      return (await this.#takesOneAfter(entry.index)) && !(await this.#takes(suspect)) ? suspect : undefined
    } catch {
      // Whatever keeps it from being judged, it is not passed over.
      return undefined
    }
  }

  /** Tries one event behind another; each time one further behind, because the next ones may be refused, too. */
  async #takesOneAfter(index: number): Promise<boolean> {
    const behind = await this.#parts.store.read(index + 1, PROBED)
    const wanted = behind.map(parseEntry).filter((one) => this.#mayWant(one))
    const distance = 2 ** (this.#refused.times % (Math.log2(PROBED) + 1))
    const probe = wanted[Math.min(distance, wanted.length) - 1]
    return probe !== undefined && (await this.#takes(probe))
  }

  #mayWant(next: LedgerEvent): boolean {
    try {
      return this.#door.wants(next)
    } catch {
      return false
    }
  }

  async #takes(one: LedgerEvent): Promise<boolean> {
    try {
      return (await this.#door.offer([one])) === 1
    } catch (error) {
      if (error instanceof SinkRefusal) return false
      throw error
    }
  }

  /** Moves the cursor together with the events that say so, if this instance still holds the lease. */
  async #move(from: SinkCursor, to: SinkPlace, events: readonly PendingEvent[] = []): Promise<boolean> {
    if (await this.#tryMove(from, to, events)) return true
    // The lease may have been renewed between the check and the commit; the cursor's version lets nobody move it twice.
    return (await this.#parts.lease.hold()) && (await this.#tryMove(from, to, events))
  }

  async #tryMove(from: SinkCursor, to: SinkPlace, events: readonly PendingEvent[]): Promise<boolean> {
    const data = { sink: this.sink.name, at: from.next }
    const failed = event('sink.failed', { outcome: 'failure', data })
    const recovered = event('sink.recovered', { outcome: 'success', data })
    const committed = await this.#parts.commit({
      writes: [this.#parts.lease.check(), moveCursor(this.sink.name, from, to)],
      events: from.failing === to.failing ? events : [...events, to.failing ? failed : recovered],
    })
    if (committed.ok && !from.failing && to.failing) this.#health.toldFailed()
    if (committed.ok && from.failing && !to.failing) this.#health.toldRecovered()
    return committed.ok
  }
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError'
}
