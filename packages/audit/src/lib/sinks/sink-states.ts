import type { Store } from '@sallyport/store'

import type { SinkStatus } from './sink-contract.ts'
import { placeOf, SINK_PREFIX, type SinkPlace } from './sink-cursor.ts'

const MAX_SINKS = 1_000
const NEW: SinkPlace = { next: 0, failing: false, deadLettered: 0 }

/**
 * Tells how far the sinks of a ledger have come, by their cursors in the store: whichever instance serves them, and also
 * if none does.
 *
 * @param store The ledger's store.
 * @param added Names of sinks that may have no cursor yet.
 * @returns At most 1,000, by name.
 */
export async function listSinks(store: Store, added: readonly string[]): Promise<readonly SinkStatus[]> {
  // In this order: a cursor that moves meanwhile must not be ahead of the ledger.
  const found = await store.list(SINK_PREFIX, { limit: MAX_SINKS })
  const [size, first] = await Promise.all([store.size(), store.first()])
  const places = new Map<string, SinkPlace>(added.map((name) => [name, NEW]))
  for (const { key, value } of found) places.set(key[1] ?? '', placeOf(value))
  return [...places]
    .map(([name, place]) => statusOf(name, { ...place, next: Math.max(place.next, first) }, size))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, MAX_SINKS)
}

function statusOf(name: string, place: SinkPlace, size: number): SinkStatus {
  return { name, ...place, lag: Math.max(0, size - place.next) }
}
