import type { Store } from '@sallyport/store'
import { SessionStoreError } from './errors.ts'
import { nearestKey } from './nearest-key.ts'

/** What `createSessionStore` needs and how it behaves. */
export interface SessionStoreOptions {
  /** The database; required. It is shared and stays open: closing it is up to whoever opened it. */
  readonly store: Store
  /** The time that decides expiry: the database's own unless set. */
  readonly clock?: { now(): number } | undefined
  /**
   * How long a session lives after its last use when its cookie has no `maxAge`, in milliseconds: 24 hours unless set,
   * at least 1,000.
   */
  readonly ttlMs?: number | undefined
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  readonly store: Store
  readonly clock: { now(): number }
  readonly ttlMs: number
}

const KEYS = ['store', 'clock', 'ttlMs']
const DAY_MS = 24 * 60 * 60 * 1000

/**
 * Judges the options and fills in what was left out.
 *
 * @param options What the application configured.
 * @returns Every option with its value.
 * @throws SessionStoreError `ERR_SESSION_STORE_OPTIONS`
 */
export function resolveOptions(options: SessionStoreOptions): ResolvedOptions {
  demand(typeof options === 'object' && options !== null, 'The options of createSessionStore are an object.')
  for (const key of Object.keys(options)) {
    const near = nearestKey(key, KEYS)
    const hint = near === undefined ? '' : `; did you mean "${near}"?`
    demand(KEYS.includes(key), `createSessionStore has no option "${key}"${hint}.`)
  }
  const { store, ttlMs = DAY_MS } = options
  demand(typeof store?.commit === 'function', 'createSessionStore needs a store: pass the one that was opened.')
  const { clock = store } = options
  demand(typeof clock?.now === 'function', 'The option clock of createSessionStore has a function now.')
  demand(Number.isSafeInteger(ttlMs) && ttlMs >= 1000, 'The option ttlMs of createSessionStore is at least 1000.')
  return { store, clock, ttlMs }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new SessionStoreError('ERR_SESSION_STORE_OPTIONS', message)
}
