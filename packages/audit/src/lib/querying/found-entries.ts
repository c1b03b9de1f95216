import { setImmediate } from 'node:timers/promises'

import type { Store, StoredEntry, TagQuery } from '@sallyport/store'

const PAGE = 1_000

/** Gives every entry that matches, newest first, page by page; other work of the process goes on in between. */
export async function* foundEntries(store: Store, query: TagQuery): AsyncGenerator<StoredEntry, void, undefined> {
  let before: number | undefined
  for (;;) {
    const page = await store.find(query, { before, limit: PAGE })
    yield* page
    if (page.length < PAGE) return
    before = page.at(-1)?.index
    // The store may read in this thread.
    await setImmediate()
  }
}
