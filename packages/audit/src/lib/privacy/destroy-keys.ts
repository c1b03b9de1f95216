import { sortableId, type Found, type Key, type Store, type Write } from '@sallyport/store'

import { isJsonRecord } from '../json-record.ts'
import type { RandomBytes } from '../system.ts'
import type { HoldRecord } from './hold-record.ts'

/** What keys are destroyed with. */
export interface DestroyParts {
  readonly subjects: Store
  readonly randomBytes: RandomBytes
}

/** What was destroyed for one request. */
export interface DestroyedKeys {
  readonly keys: number
  /** The id of the event that says so; its time is when the last key went. Absent while keys may be left. */
  readonly eventId?: string
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
 * @param request `id` names the count, one for each request; `findHold` is asked before each commit that destroys.
 * @returns How many keys were destroyed under this id, by whomsoever; the hold that came before the last of them.
 */
export async function destroyAll(
  parts: DestroyParts,
  prefixes: readonly Key[],
  { id, findHold }: { readonly id: string; readonly findHold: () => Promise<HoldRecord | undefined> },
): Promise<Required<DestroyedKeys> | { readonly hold: HoldRecord }> {
  const { subjects, randomBytes } = parts
  const key = countKey(id)
  for (;;) {
    const [found] = await subjects.get([key])
    const { keys, eventId } = countOf(found)
    if (eventId !== undefined) return { keys, eventId }

    // From the beginning every time: what others have changed meanwhile is another version.
    const page = await firstOf(subjects, prefixes)
    const hold = page.length === 0 ? undefined : await findHold()
    if (hold !== undefined) return { hold }
    const now = subjects.now()
    const end = page.length === 0 ? { eventId: sortableId(now, randomBytes(10)) } : {}
    const put = { op: 'put', key, value: { keys: keys + page.length, ...end }, expect: found?.version ?? null } as const
    await removeKeys(parts, page, [{ ...put, expiresAt: now + COUNT_KEPT_MS }])
  }
}

/** Tells whether there are keys below one of the prefixes. */
export async function hasKeys({ subjects }: DestroyParts, prefixes: readonly Key[]): Promise<boolean> {
  return (await firstOf(subjects, prefixes)).length > 0
}

/** What was destroyed under an id so far. */
export async function readDestroyed(subjects: Store, id: string): Promise<DestroyedKeys> {
  return countOf((await subjects.get([countKey(id)]))[0])
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

function countKey(id: string): Key {
  return ['erased', id]
}

function countOf(found: Found | undefined): DestroyedKeys {
  const { keys, eventId } = isJsonRecord(found?.value) ? found.value : {}
  const end = typeof eventId === 'string' ? { eventId } : {}
  return { keys: typeof keys === 'number' ? keys : 0, ...end }
}
