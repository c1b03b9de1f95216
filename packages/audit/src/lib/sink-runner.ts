import type { Json, Store } from '@sallyport/store'

import type { Audit, Sink } from './audit-contract.ts'
import { AuditError } from './errors.ts'
import { event } from './event.ts'
import type { Lease } from './lease.ts'
import { parseEntry } from './parse-entry.ts'

interface SinkParts {
  readonly store: Store
  readonly lease: Lease
  readonly commit: Audit['commit']
}

/** How far a sink has come, for whichever instance serves it next. */
interface Cursor {
  readonly next: number
  /** The ledger says that the sink has failed, and not yet that it has recovered. */
  readonly failing: boolean
  readonly version: string | null
}

const BATCH = 256

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

    while ((await this.#parts.lease.hold()) && (await this.#forward())) {
      // One batch a round, so that the lease is renewed in between.
    }
  }

  async #forward(): Promise<boolean> {
    const cursor = await this.#cursor()
    const entries = await this.#parts.store.read(cursor.next, BATCH)
    if (entries.length === 0) return false

    try {
      await this.sink.write(entries.map(parseEntry))
    } catch (cause) {
      // Said once for each failure, not for each try.
      if (!cursor.failing) await this.#move(cursor, { next: cursor.next, failing: true })
      throw cause
    }
    return await this.#move(cursor, { next: cursor.next + entries.length, failing: false })
  }

  /** Moves the cursor together with the event that says so, if this instance still holds the lease. */
  async #move(from: Cursor, to: Pick<Cursor, 'next' | 'failing'>): Promise<boolean> {
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
    const { next, failing } = isRecord(value) ? value : {}
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

function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
