import session from 'express-session'
import type { SessionData } from 'express-session'
import { resolveOptions } from './options.ts'
import type { SessionStoreOptions } from './options.ts'
import { SessionRecords } from './session-records.ts'

/**
 * Makes a store for express-session on the same database as everything else.
 *
 * A destroyed session stays destroyed: `destroy`, which `regenerate` uses, leaves a tombstone for 24 hours, and a slow
 * request that saves or touches the old id later writes nothing, on any instance. That refusal is silent, since the
 * request itself did nothing wrong. Ids are stored as SHA-256 only; data is stored in clear and limited to 65,536 bytes.
 *
 * @param options See `SessionStoreOptions`; `store` is required.
 * @returns The store, for the option `store` of express-session. Its callbacks get the database's errors as they are,
 * `ERR_SESSION_STORE_TOO_LARGE`, `ERR_SESSION_STORE_BUSY` or `ERR_SESSION_STORE_RECORD`.
 * @throws SessionStoreError `ERR_SESSION_STORE_OPTIONS` for an unknown option or a value out of range.
 * @see OWASP ASVS 5.0 7.2.4, 7.4.1
 * @example
 * app.use(session({ store: createSessionStore({ store }), secret, resave: false, saveUninitialized: false }))
 */
export function createSessionStore(options: SessionStoreOptions): session.Store {
  return new SessionStore(new SessionRecords(resolveOptions(options)))
}

type Done = (error?: unknown) => void

class SessionStore extends session.Store {
  readonly #records: SessionRecords

  constructor(records: SessionRecords) {
    super()
    this.#records = records
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    answer(this.#records.read(sid), (error, found) => callback(error, found ?? null))
  }

  override set(sid: string, data: SessionData, callback?: Done): void {
    answer(this.#records.save(sid, data), (error) => callback?.(error))
  }

  override touch(sid: string, data: SessionData, callback?: Done): void {
    answer(this.#records.touch(sid, data), (error) => callback?.(error))
  }

  override destroy(sid: string, callback?: Done): void {
    answer(this.#records.destroy(sid), (error) => callback?.(error))
  }
}

/** Calls back outside of the promise, so that what a callback throws is thrown and no rejection that nobody handles. */
function answer<T>(work: Promise<T>, callback: (error: unknown, result?: T) => void): void {
  work.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) => process.nextTick(callback, error),
  )
}
