import type { Json, Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import type { Sink } from './sink-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { isDoneWithin } from '../running/is-done-within.ts'
import type { Lease } from '../running/lease.ts'
import { parseEntry } from '../events/parse-entry.ts'
import type { LedgerEvent } from '../events/types.ts'
import { isJsonRecord } from '../json-record.ts'

interface SinkParts {
  readonly store: Store
  readonly lease: Lease
  readonly commit: Audit['commit']
  /** How long a batch may take, in milliseconds; 130 seconds if not given. */
  readonly answerMs?: number | undefined
}

/** How far a sink has come, for whichever instance serves it next. */
interface Cursor {
  readonly next: number
  /** The ledger says that the sink has failed, and not yet that it has recovered. */
  readonly failing: boolean
  readonly version: string | null
}

const BATCH = 256
// A sink has shorter limits of its own; this one is for those that have none.
const ANSWER_MS = 130_000

/** Forwards the ledger to one sink from the sink's cursor; a slow or dead sink delays nobody and loses nothing. */
export class SinkRunner {
  readonly sink: Sink
  readonly #parts: SinkParts

  /** @throws `AuditError` with `ERR_AUDIT_INPUT` for a sink whose name cannot name a cursor. */
  constructor(sink: Sink, parts: SinkParts) {
    checkName('sink', sink.name)
    this.sink = sink
    this.#parts = parts
  }

  /** Offers the sink all that lies behind its cursor, if this instance holds its lease. Rejects when the sink does. */
  async run(): Promise<void> {
    if ((await this.#cursor()).next >= (await this.#parts.store.size())) return

    const { lease } = this.#parts
    await lease.during(async () => {
      while ((await lease.hold()) && (await this.#forward())) {
        // One batch a round: whoever has lost the lease goes no further.
      }
    })
  }

  async #forward(): Promise<boolean> {
    const cursor = await this.#cursor()
    const entries = await this.#parts.store.read(cursor.next, BATCH)
    if (entries.length === 0) return false

    try {
      await this.#write(entries.map(parseEntry))
    } catch (cause) {
      // Said once for each failure, not for each try.
      if (!cursor.failing) await this.#move(cursor, { next: cursor.next, failing: true })
      throw cause
    }
    return await this.#move(cursor, { next: cursor.next + entries.length, failing: false })
  }

  /** What comes of a batch after its time is over changes nothing: it was counted as a failure, and is written again. */
  async #write(events: readonly LedgerEvent[]): Promise<void> {
    const writing = (async () => this.sink.write(events))()
    const isDone = await isDoneWithin(this.#parts.answerMs ?? ANSWER_MS, writing)
    if (!isDone) throw new DOMException('The sink did not take its events in time.', 'TimeoutError')
    await writing
  }

  /** Moves the cursor together with the event that says so, if this instance still holds the lease. */
  async #move(from: Cursor, to: Pick<Cursor, 'next' | 'failing'>): Promise<boolean> {
    if (await this.#tryMove(from, to)) return true
    // The lease may have been renewed between the check and the commit; the cursor's version lets nobody move it twice.
    return (await this.#parts.lease.hold()) && (await this.#tryMove(from, to))
  }

  async #tryMove(from: Cursor, to: Pick<Cursor, 'next' | 'failing'>): Promise<boolean> {
    const data = { sink: this.sink.name, at: from.next }
    const failed = event('sink.failed', { outcome: 'failure', data })
    const recovered = event('sink.recovered', { outcome: 'success', data })
    const value: Json = { next: to.next, ...(to.failing ? { failing: true } : {}) }
    const committed = await this.#parts.commit({
      writes: [this.#parts.lease.check(), { op: 'put', key: this.#key, value, expect: from.version }],
      events: from.failing === to.failing ? [] : [to.failing ? failed : recovered],
    })
    return committed.ok
  }

  async #cursor(): Promise<Cursor> {
    const [found] = await this.#parts.store.get([this.#key])
    const value = found?.value
    const { next, failing } = isJsonRecord(value) ? value : {}
    return {
      next: typeof next === 'number' ? next : 0,
      failing: failing === true,
      version: found?.version ?? null,
    }
  }

  get #key(): readonly string[] {
    return ['sink', this.sink.name]
  }
}

/** Refuses a name that cannot stand in a key. Throws `AuditError` with `ERR_AUDIT_INPUT`. */
export function checkName(what: 'sink' | 'job', name: string): void {
  if (/^[a-z0-9-]{1,64}$/.test(name)) return
  throw new AuditError(
    'ERR_AUDIT_INPUT',
    `The name of a ${what} has 1 to 64 characters of a-z, 0-9 and "-", not ${JSON.stringify(name)}.`,
  )
}
