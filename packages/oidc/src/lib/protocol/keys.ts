import { setTimeout } from 'node:timers/promises'
import { OidcError, refuseStore } from '../errors.ts'
import { systemMonotonicMs } from '../system.ts'
import { digestOfKeys, fitsHeader, readKeys } from './check-keys.ts'
import type { ProviderKey } from './check-keys.ts'
import type { FetchLike } from './guarded-fetch.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { TokenHeader } from './signed-token.ts'

/** Where keys come from: the address in the provider's configuration, and the way there. */
interface KeySource {
  readonly uri: string
  readonly fetch: FetchLike
}

/** The provider's keys, as this process knows them. */
export interface Keys {
  /**
   * Gives the keys to check a signature with. When none of those that are known fits the header, the provider is asked
   * again, and the answer is that of a fetch that began after the call: a key that was published a moment ago counts at
   * once.
   *
   * However many tokens come with unknown keys, they share one fetch in `KEY_FETCH_GAP_MS`. Rejects with an `OidcError`.
   */
  find(source: KeySource, header: TokenHeader): Promise<readonly ProviderKey[]>
}

/** By what time fetches are spaced; both in milliseconds. */
interface Pace {
  /** A clock that nobody sets. */
  now(): number
  wait(ms: number): Promise<unknown>
}

/** For how long a key set counts. A key that the provider has withdrawn is not accepted for longer. */
export const KEYS_MAX_AGE_MS: number = 300_000
/** The least time between two fetches of the key set that unknown keys cause. */
export const KEY_FETCH_GAP_MS: number = 2_000

interface KeySet {
  readonly uri: string
  readonly keys: readonly ProviderKey[]
  /** By the application's clock. */
  readonly at: number
  /** Which of the fetches it came from. */
  readonly fetched: number
}

/** Prepares the keeping of keys; nothing is fetched until the first signature. */
export function createKeys(
  { clock, onKeysRotated }: Pick<ProviderSettings, 'clock' | 'onKeysRotated'>,
  pace: Pace = { now: systemMonotonicMs, wait: (ms) => setTimeout(ms) },
): Keys {
  let known: KeySet | undefined
  let pending: Promise<void> | undefined
  let fetches = 0
  let askedForUnknownAt = Number.NEGATIVE_INFINITY
  let reported: ReadonlySet<string> | undefined

  const report = async (keys: readonly ProviderKey[]): Promise<void> => {
    const before = reported
    const now = new Set(keys.map(({ thumbprint }) => thumbprint))
    const added = before === undefined ? 0 : countMissing(now, before)
    const removed = before === undefined ? 0 : countMissing(before, now)
    if (added + removed > 0) await onKeysRotated({ digest: digestOfKeys(now), added, removed }).catch(refuseStore)
    reported = now
  }
  const fetchKeys = async ({ uri, fetch }: KeySource): Promise<void> => {
    fetches += 1
    const set = { uri, at: clock.now(), fetched: fetches }
    const keys = await readKeys(await fetch(uri, { method: 'GET', headers: { accept: 'application/json' } }))
    await report(keys)
    known = { ...set, keys }
  }
  const fetchForUnknown = async (source: KeySource): Promise<void> => {
    const early = askedForUnknownAt + KEY_FETCH_GAP_MS - pace.now()
    if (early > 0) await pace.wait(early)
    askedForUnknownAt = pace.now()
    await fetchKeys(source)
  }
  const renew = (fetching: (source: KeySource) => Promise<void>, source: KeySource): Promise<void> => {
    pending ??= fetching(source).finally(() => {
      pending = undefined
    })
    return pending
  }
  const current = ({ uri }: KeySource): KeySet | undefined => {
    const age = known === undefined ? KEYS_MAX_AGE_MS : clock.now() - known.at
    // Also where the clock was put back: then nobody knows how old they are.
    return known?.uri === uri && age >= 0 && age < KEYS_MAX_AGE_MS ? known : undefined
  }
  return {
    async find(source, header) {
      const before = fetches
      // A fetch that was under way may have been too early, and the address may just have changed.
      for (let tries = 0; tries < 3; tries += 1) {
        const set = current(source)
        if (set && (set.fetched > before || set.keys.some((key) => fitsHeader(key, header)))) return set.keys
        await renew(set === undefined ? fetchKeys : fetchForUnknown, source)
      }
      const set = current(source)
      if (set === undefined) throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE')
      return set.keys
    },
  }
}

function countMissing(these: ReadonlySet<string>, from: ReadonlySet<string>): number {
  return [...these].filter((one) => !from.has(one)).length
}
