import type { Store } from '@sallyport/store'

const DAY_MS = 86_400_000
const STOOD_STILL_DAYS = 8

/**
 * Tells whether the store's clock can be believed as far as destroying keys goes: no clock of ours contradicts it, and the
 * ledger has an entry that is between one and eight days old by it. A clock that stands years ahead at a start, on however
 * many instances, has only entries of the last minutes.
 *
 * @param store The ledger's store.
 * @param watch What the clocks of this process say.
 */
export async function isClockSound(store: Store, watch: { readonly isApart: boolean }): Promise<boolean> {
  if (watch.isApart) return false
  const now = store.now()
  const since = Math.max(0, now - STOOD_STILL_DAYS * DAY_MS)
  const until = Math.max(0, now - DAY_MS)
  return (await store.find({ tags: {}, since, until }, { limit: 1 })).length > 0
}
