import { sortableId, type Found, type Key, type Store, type Write } from '@sallyport/store'

import { isJsonRecord } from '../json-record.ts'
import type { RandomBytes } from '../system.ts'

/** What keys are destroyed with. */
export interface DestroyParts {
  readonly subjects: Store
  readonly randomBytes: RandomBytes
}

// One commit of a store takes 128 writes; the count is one of them.
const PAGE = 100
// Longer than any interruption: a count that nobody asks for any more goes by itself.
const COUNT_KEPT_MS = 400 * 86_400_000

/** Gives records page by page, in the order of their keys; what is removed meanwhile is no matter. */
export async function* pagesOf(store: Store, prefix: Key, limit = 1_000): AsyncGenerator<readonly Found[], void> {
  let after: Key | undefined
  do {
    const page: readonly Found[] = await store.list(prefix, { after, limit })
    yield page
    after = page.length < limit ? undefined : page.at(-1)?.key
  } while (after !== undefined)
}

/**
 * Destroys every key below the prefixes, and counts each one exactly once, however many do it at a time and however often
 * they are interrupted: the count is in the commits that destroy. Once it is closed, whoever comes late destroys nothing
 * more: a key that is made afterwards stays.
 *
 * @param parts The store of the keys.
 * @param prefixes The keys of one person, under each of their pseudonyms.
 * @param id Names the count: one for each request.
 * @returns How many keys were destroyed under this id, by whomsoever.
 */
export async function destroyAll(parts: DestroyParts, prefixes: readonly Key[], id: string): Promise<number> {
  const key: Key = ['erased', id]
  for (;;) {
    const [found] = await parts.subjects.get([key])
    const { keys, isDone } = countOf(found)
    if (isDone) return keys

    // From the beginning every time: what others have changed meanwhile is another version.
    const page = await firstOf(parts.subjects, prefixes)
    const value = { keys: keys + page.length, done: page.length === 0 }
    const expiresAt = parts.subjects.now() + COUNT_KEPT_MS
    await removeKeys(parts, page, [{ op: 'put', key, value, expect: found?.version ?? null, expiresAt }])
  }
}

/** Removes records as they were read; `false` when one of them has changed, and then nothing is removed. */
export async function removeKeys(
  { subjects, randomBytes }: DestroyParts,
  records: readonly Found[],
  others: readonly Write[] = [],
): Promise<boolean> {
  const id = sortableId(subjects.now(), randomBytes(10))
  const removes = records.map(({ key, version }) => ({ op: 'remove', key, expect: version }) as const)
  return (await subjects.commit({ id, writes: [...removes, ...others], entries: [] })).ok
}

async function firstOf(store: Store, prefixes: readonly Key[]): Promise<readonly Found[]> {
  for (const prefix of prefixes) {
    const page = await store.list(prefix, { limit: PAGE })
    if (page.length > 0) return page
  }
  return []
}

function countOf(found: Found | undefined): { readonly keys: number; readonly isDone: boolean } {
  const { keys, done } = isJsonRecord(found?.value) ? found.value : {}
  return { keys: typeof keys === 'number' ? keys : 0, isDone: done === true }
}
