import { sortableId, type Key, type Store, type Write } from '@sallyport/store'

import type { RandomBytes } from './system.ts'
import { Repeat } from './repeat.ts'

interface LeaseParts {
  readonly store: Store
  readonly randomBytes: RandomBytes
  /** Names the holder: one boot of one process. */
  readonly holder: string
  readonly job: string
}

const LEASE_MS = 5_000
const RENEW_MS = 1_000

/**
 * The right of one instance to do one job. A record that lapses after five seconds, so that a crashed holder is soon
 * replaced; work that must not be done twice puts `check` into its own commit.
 */
export class Lease {
  readonly #parts: LeaseParts
  readonly #key: Key
  #held: { readonly version: string; readonly until: number } | undefined

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#key = ['lease', parts.job]
  }

  /** Takes or renews the lease. Resolves to whether this instance holds it now. */
  async hold(): Promise<boolean> {
    const now = this.#parts.store.now()
    // Half of the time is left for the work itself.
    if (this.#held !== undefined && this.#held.until - now > LEASE_MS / 2) return true

    const expect = this.#held !== undefined && this.#held.until > now ? this.#held.version : null
    const id = sortableId(now, this.#parts.randomBytes(10))
    const until = now + LEASE_MS
    const write: Write = {
      op: 'put',
      key: this.#key,
      value: this.#parts.holder,
      expect,
      expiresAt: until,
      atExpiry: 'drop',
    }
    const committed = await this.#parts.store.commit({ id, writes: [write], entries: [] })
    this.#held = committed.ok ? { version: id, until } : undefined
    return committed.ok
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

  /** Gives the lease back, so that another instance need not wait. */
  async release(): Promise<void> {
    if (this.#held === undefined) return

    const id = sortableId(this.#parts.store.now(), this.#parts.randomBytes(10))
    const write: Write = { op: 'remove', key: this.#key, expect: this.#held.version }
    this.#held = undefined
    await this.#parts.store.commit({ id, writes: [write], entries: [] })
  }
}
