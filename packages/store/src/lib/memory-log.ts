import type { Entry, StoredEntry, TagQuery } from './types.ts'

/** A copy of an entry that shares nothing with the original. */
export function copyEntry(entry: StoredEntry): StoredEntry {
  const { index, id, at, bytes, tags } = entry
  return { index, id, at, bytes: Uint8Array.from(bytes), tags: { ...tags } }
}

/** The test that a query puts to an entry: all of its tags match, by any of their values, and its time is inside. */
export function matcherOf(query: TagQuery): (entry: Entry) => boolean {
  const { since = 0, until = Infinity } = query
  const wanted = Object.entries(query.tags).map(([name, values]) => ({ name, values: new Set([values].flat()) }))
  return (entry) => {
    if (entry.at < since || entry.at >= until) return false
    const tags = new Map<string, string>(Object.entries(entry.tags))
    return wanted.every(({ name, values }) => {
      const value = tags.get(name)
      return value !== undefined && values.has(value)
    })
  }
}
