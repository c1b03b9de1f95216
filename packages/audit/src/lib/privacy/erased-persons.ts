import type { Keyring } from '@sallyport/keyring'
import type { Key, Store, Write } from '@sallyport/store'

import { isJsonRecord } from '../json-record.ts'
import { erasureKey } from './erasure-record.ts'

/** What `findErasure` says of persons. */
export interface ErasureState {
  /** One of them is being erased, or was erased at the time or later. */
  readonly isErased: boolean
  /** Refuse a commit when that has changed since. */
  readonly checks: readonly Write[]
}

// Longer than anything waits in memory.
const KEPT_MS = 86_400_000

/** Gives what makes every instance know that a person was erased, under each pseudonym, for a day. */
export async function markErased(store: Store, pseudonyms: readonly string[], at: number): Promise<readonly Write[]> {
  const found = await store.get(pseudonyms.map(erasedKey))
  return pseudonyms.map((pseudonym, place) => ({
    op: 'put',
    key: erasedKey(pseudonym),
    value: { at },
    expect: found[place]?.version ?? null,
    expiresAt: store.now() + KEPT_MS,
  }))
}

/**
 * Tells whether what happened to persons may still be sealed for them: not when they were erased since, because it would be
 * sealed under a new key that no erasure knows of.
 *
 * @param parts The ledger's store and the key ring.
 * @param users The application's own ids.
 * @param at When it happened, in milliseconds since the epoch.
 */
export async function findErasure(
  { store, keyring }: { readonly store: Store; readonly keyring: Keyring },
  users: readonly string[],
  at: number,
): Promise<ErasureState> {
  const pseudonyms: string[] = []
  for (const user of new Set(users)) pseudonyms.push(...(await keyring.pseudonyms('audit.actor', user)))
  const keys = [...pseudonyms.map(erasedKey), ...pseudonyms.map(erasureKey)]
  const found = keys.length === 0 ? [] : await store.get(keys)
  const isErased = found.some((record, place) => {
    if (record === undefined) return false
    // Beside an erasure that is under way anything could be sealed too late.
    return place >= pseudonyms.length || !(at > erasedAt(record.value))
  })
  return { isErased, checks: keys.map((key, place) => ({ op: 'check', key, expect: found[place]?.version ?? null })) }
}

function erasedKey(pseudonym: string): Key {
  return ['erased', pseudonym]
}

function erasedAt(value: Parameters<typeof isJsonRecord>[0]): number {
  const at = isJsonRecord(value) ? value['at'] : undefined
  return typeof at === 'number' ? at : Infinity
}
