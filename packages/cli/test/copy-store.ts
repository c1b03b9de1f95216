import type { Store } from '@sallyport/store'

/** Copies a ledger of at most 4,096 entries into an empty store, or its first `size` entries with all its records. */
export async function copyStore(from: Store, to: Store, size?: number): Promise<void> {
  const records = await from.list(['ledger'], { limit: 1_000 })
  const writes = records.map(({ key, value }) => ({ op: 'put', key, value, expect: null }) as const)
  for (let at = 0; at < writes.length; at += 100) {
    await to.commit({ id: `records-${at}`, writes: writes.slice(at, at + 100), entries: [] })
  }
  const entries = (await from.read(0, 4_096)).slice(0, size)
  for (let at = 0; at < entries.length; at += 64) {
    const part = entries.slice(at, at + 64).map(({ index: _index, ...entry }) => entry)
    await to.commit({ id: `entries-${at}`, writes: [], entries: part })
  }
}
