import { sortableId, type Found, type Key, type Store, type Write } from '@sallyport/store'

import type { RandomBytes } from '../system.ts'
import { Repeat } from './repeat.ts'

/** What a lease needs. */
export interface LeaseParts {
  readonly store: Store
  readonly randomBytes: RandomBytes
  /** Milliseconds from any start, never set. */
  readonly monotonicMs: () => number
  /** Names the holder: one boot of one process. */
  readonly holder: string
  readonly job: string
}

const LEASE_MS = 5_000
const RENEW_MS = 1_000
// How far the clocks of processes that share a ledger may be apart.
const MAX_APART_MS = 60_000

/**
 * The right of one instance to do one job. A record that lapses after five seconds, so that a crashed holder is soon
 * replaced; work that must not be done twice puts `check` into its own commit.
 */
export class Lease {
  readonly #parts: LeaseParts
  readonly #key: Key
  #held: { readonly version: string; readonly until: number } | undefined
  #holding: Promise<boolean> | undefined
  #isReleased = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#key = ['lease', parts.job]
  }

  /** Takes or renews the lease. Resolves to whether this instance holds it now. */
  async hold(): Promise<boolean> {
    if (this.#isReleased) return false
    // Two renewals at once would take the lease from each other.
    const holding = (this.#holding ??= this.#hold())
    try {
      return await holding
    } finally {
      if (this.#holding === holding) this.#holding = undefined
    }
  }

  /** Does a piece of work if the lease can be had, and renews it until the work has ended, however long that takes. */
  async during(work: () => Promise<void>): Promise<void> {
    if (!(await this.hold())) return

    const renewing = new Repeat(async () => void (await this.hold()), RENEW_MS)
    try {
      await work()
    } finally {
      await renewing.stop()
    }
  }

  /** The write that refuses a commit when the lease has gone to another instance. Only after `hold` said yes. */
  check(): Write {
    return { op: 'check', key: this.#key, expect: this.#held?.version ?? '' }
  }

  /** Gives the lease back for good, so that another instance need not wait. */
  async release(): Promise<void> {
    // Work that never ends would go on renewing it.
    this.#isReleased = true
    await this.#holding?.catch(() => undefined)
    if (this.#held === undefined) return

    const id = sortableId(this.#parts.store.now(), this.#parts.randomBytes(10))
    const write: Write = { op: 'remove', key: this.#key, expect: this.#held.version }
    this.#held = undefined
    await this.#parts.store.commit({ id, writes: [write], entries: [] })
  }

  async #hold(): Promise<boolean> {
    const { store, randomBytes, holder, monotonicMs } = this.#parts
    const began = monotonicMs()
    // Half of the time is left for the work itself.
    if (this.#held !== undefined && this.#held.until - began > LEASE_MS / 2) return true

    const [found] = await store.get([this.#key])
    if (found !== undefined && found.version !== this.#held?.version && isHonest(found, store.now())) {
      this.#held = undefined
      return false
    }
    const now = store.now()
    const id = sortableId(now, randomBytes(10))
    const expect = found?.version ?? null
    const put: Write = { op: 'put', key: this.#key, value: holder, expect, expiresAt: now + LEASE_MS, atExpiry: 'drop' }
    const committed = await store.commit({ id, writes: [put], entries: [] })
    this.#held = committed.ok ? { version: id, until: began + LEASE_MS } : undefined
    return committed.ok
  }
}

// A record that ends later than any can is from before a clock was set back: nobody holds it, and it would stay for long.
function isHonest({ expiresAt = Infinity }: Found, now: number): boolean {
  return expiresAt <= now + LEASE_MS + MAX_APART_MS
}
