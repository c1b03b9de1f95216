import type { Store } from '@sallyport/store'
import { eventTime } from '../events/event-id.ts'

const PAGE = 1_000

/**
 * Finds the index of an event by its id. The id begins with the time, so no more than one millisecond of the log is read;
 * while a clock stands still that may be many entries.
 */
export async function findIndex(store: Store, id: string): Promise<number | undefined> {
  const at = eventTime(id)
  if (at === undefined) return undefined
  let before: number | undefined
  for (;;) {
    const page = await store.find({ tags: {}, since: at, until: at + 1 }, { before, limit: PAGE })
    const found = page.find((entry) => entry.id === id)
    if (found !== undefined || page.length < PAGE) return found?.index
    before = page.at(-1)?.index
  }
}
