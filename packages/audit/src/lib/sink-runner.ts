import { sortableId, type Store } from '@sallyport/store'

import type { Audit, Sink } from './audit-contract.ts'
import { AuditError } from './errors.ts'
import type { Lease } from './lease.ts'
import { parseEntry } from './parse-entry.ts'
import type { RandomBytes } from './random.ts'

interface SinkParts {
  readonly store: Store
  readonly lease: Lease
  readonly randomBytes: RandomBytes
  readonly emit: Audit['emit']
}

const BATCH = 256

/** Forwards the ledger to one sink from the sink's cursor; a slow or dead sink delays nobody and loses nothing. */
export class SinkRunner {
  readonly sink: Sink
  readonly #parts: SinkParts
  #failing = false

  constructor(sink: Sink, parts: SinkParts) {
    if (!/^[a-z0-9-]{1,64}$/.test(sink.name)) {
      throw new AuditError(
        'ERR_AUDIT_INPUT',
        `A sink's name has 1 to 64 characters of a-z, 0-9 and "-", not ${JSON.stringify(sink.name)}.`,
      )
    }
    this.sink = sink
    this.#parts = parts
  }

  /** Offers the sink all that lies behind its cursor, if this instance holds its lease. */
  async run(): Promise<void> {
    if ((await this.#position()).index >= (await this.#parts.store.size())) return

    while ((await this.#parts.lease.hold()) && (await this.#forward())) {
      // One batch a round, so that the lease is renewed in between.
    }
  }

  async #forward(): Promise<boolean> {
    const { store, lease, randomBytes } = this.#parts
    const { index, version } = await this.#position()
    const entries = await store.read(index, BATCH)
    if (entries.length === 0) return false

    await this.#offer(entries.map(parseEntry), index)
    const next = index + entries.length
    const key = ['sink', this.sink.name]
    const committed = await store.commit({
      id: sortableId(store.now(), randomBytes(10)),
      writes: [lease.check(), { op: 'put', key, value: { next }, expect: version }],
      entries: [],
    })
    return committed.ok
  }

  async #offer(events: Parameters<Sink['write']>[0], index: number): Promise<void> {
    const data = { sink: this.sink.name, at: index }
    try {
      await this.sink.write(events)
    } catch (cause) {
      // Said once for each failure, not for each try.
      if (!this.#failing) await this.#parts.emit('sink.failed', { outcome: 'failure', data })
      this.#failing = true
      throw cause
    }
    if (this.#failing) await this.#parts.emit('sink.recovered', { outcome: 'success', data })
    this.#failing = false
  }

  async #position(): Promise<{ readonly index: number; readonly version: string | null }> {
    const [found] = await this.#parts.store.get([['sink', this.sink.name]])
    const value = found?.value
    const next = typeof value === 'object' && value !== null && 'next' in value ? value['next'] : 0
    return { index: typeof next === 'number' ? next : 0, version: found?.version ?? null }
  }
}
