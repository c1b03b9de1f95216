import type { SessionData } from 'express-session'
import { newCommitId } from './commit-id.ts'
import { SessionStoreError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { formatData, formatRecord, keyOf, parseData, parseRecord } from './session-record.ts'
import type { SessionRecord } from './session-record.ts'

/** What becomes of a record: another one and when it expires, or `undefined` to leave it alone. */
type Change = { readonly record: SessionRecord; readonly expiresAt: number } | undefined

// Longer than any request lasts: until then a late save of a destroyed session is recognised.
const TOMBSTONE_MS = 24 * 60 * 60 * 1000

// A commit costs a write to disk. An expiry that would move less than this is not worth one.
const TOUCH_GRAIN_MS = 60_000

// Each round of a race has one winner, so this is how many requests may write one session at once.
const MAX_TRIES = 100

/** The records of sessions, each changed under compare-and-set. */
export class SessionRecords {
  readonly #options: ResolvedOptions

  constructor(options: ResolvedOptions) {
    this.#options = options
  }

  /** Reads a session; `undefined` when there is none, when it has expired and when it was destroyed. */
  async read(sid: string): Promise<SessionData | undefined> {
    const [found] = await this.#options.store.get([keyOf(sid)])
    const record = parseRecord(found)
    return record?.state === 'live' && record.until > this.#options.clock.now() ? parseData(record.data) : undefined
  }

  /** Saves a session, new or known, unless its id was destroyed. */
  async save(sid: string, session: SessionData): Promise<void> {
    // Before anything is awaited, so that what the request does later is not half saved.
    const data = formatData(session)
    const lifetimeMs = this.#lifetimeOf(session)
    await this.#change(sid, (record, now) => {
      if (record?.state === 'ended') return undefined
      if (lifetimeMs <= 0) return tombstone(now)
      const until = now + lifetimeMs
      return { record: { state: 'live', data, until }, expiresAt: until }
    })
  }

  /** Prolongs a session that is there, when that makes a difference; its data but for the cookie stays. */
  async touch(sid: string, session: SessionData): Promise<void> {
    const lifetimeMs = this.#lifetimeOf(session)
    const { cookie } = session
    await this.#change(sid, (record, now) => {
      if (record?.state !== 'live' || record.until <= now) return undefined
      if (lifetimeMs <= 0) return tombstone(now)
      const until = now + lifetimeMs
      if (Math.abs(until - record.until) < Math.min(TOUCH_GRAIN_MS, lifetimeMs / 20)) return undefined
      const data = formatData({ ...parseData(record.data), cookie })
      return { record: { state: 'live', data, until }, expiresAt: until }
    })
  }

  /** Ends a session's id for good, whether or not anything was saved under it. */
  async destroy(sid: string): Promise<void> {
    await this.#change(sid, (record, now) => (record?.state === 'ended' ? undefined : tombstone(now)))
  }

  async #change(sid: string, decide: (record: SessionRecord | undefined, now: number) => Change): Promise<void> {
    const { store, clock } = this.#options
    const key = keyOf(sid)
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const [found] = await store.get([key])
      const now = clock.now()
      const change = decide(parseRecord(found), now)
      if (change === undefined) return
      const value = formatRecord(change.record)
      const expect = found?.version ?? null
      const writes = [{ op: 'put', key, value, expect, expiresAt: change.expiresAt } as const]
      const committed = await store.commit({ id: newCommitId(now), writes, entries: [] })
      if (committed.ok) return
    }
    throw new SessionStoreError('ERR_SESSION_STORE_BUSY', 'Too many requests wrote one session at the same time.')
  }

  // The cookie counts by the application's clock and the record by the store's: only the difference is common to both.
  #lifetimeOf({ cookie }: SessionData): number {
    const { maxAge } = cookie
    return typeof maxAge === 'number' && Number.isFinite(maxAge) ? Math.floor(maxAge) : this.#options.ttlMs
  }
}

function tombstone(now: number): Change {
  return { record: { state: 'ended' }, expiresAt: now + TOMBSTONE_MS }
}
