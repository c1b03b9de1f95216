import type { EventContext } from '@sallyport/audit/context'
import type { Key, Store, Write } from '@sallyport/store'

import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord, type Kept, type LineageRecord, type UserRecord } from './records.ts'

/** A lineage as read, with its id. */
export interface KeptLineage extends Kept<LineageRecord> {
  readonly id: string
}

/** Why a sign-in lives no more. */
export type EndOfLife = 'idle' | 'lifetime' | 'revoked'

/** What decides over the life of a user's sign-ins. */
export interface Judges {
  readonly idleMs: number
  readonly user: UserRecord
  readonly now: number
}

// More than there are: parallel logins may pass the bound for a moment, and ended ones stand there until they are swept.
const LISTED = 4 * LIMITS.sessions
const MAX_CLIENT = 64

/** The key of a sign-in. */
export function lineageKey(user: string, id: string): Key {
  return ['lineage', user, id]
}

/** Makes the write that begins a sign-in, or notes its latest request. It stays readable after its end for a while, so that the end is noticed. */
export function putLineage(key: Key, lineage: LineageRecord, expect: string | null): Write {
  const expiresAt = lineage.until + LIMITS.tombstoneMs
  return { op: 'put', key, value: writeRecord('lineage', lineage), expect, expiresAt, atExpiry: 'drop' }
}

/** Makes the write that ends a sign-in: with it, every session that goes by it is over. */
export function removeLineage({ key, version }: Pick<KeptLineage, 'key' | 'version'>): Write {
  return { op: 'remove', key, expect: version }
}

/** Reads a sign-in. */
export function readLineage(found: Parameters<typeof readRecord>[1]): KeptLineage | undefined {
  const kept = readRecord('lineage', found)
  return kept && { ...kept, id: kept.key[2] ?? '' }
}

/** Lists what is kept of a user's sign-ins, those that have ended unnoticed among them. */
export async function listLineages(store: Store, user: string): Promise<readonly KeptLineage[]> {
  const found = await store.list(['lineage', user], { limit: LISTED })
  return found.flatMap((each) => readLineage(each) ?? [])
}

/** Judges whether a sign-in lives; `undefined` when it does. */
export function endOf({ value }: Pick<KeptLineage, 'value'>, { idleMs, user, now }: Judges): EndOfLife | undefined {
  if (user.locked || value.generation !== user.generation) return 'revoked'
  if (now >= value.until) return 'lifetime'
  return now - value.seenAt > idleMs ? 'idle' : undefined
}

/** How long a request may go unnoted: the last one is known to within a twentieth of the idle time. */
export function isDueForNote({ value }: Pick<KeptLineage, 'value'>, { idleMs, store }: Core): boolean {
  return store.now() - value.seenAt >= idleMs / 20
}

/** Browser and system of a request in a few words. */
export function clientOf(context: EventContext | undefined): string {
  const { browser, os } = context?.device ?? {}
  return [browser, os]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
    .slice(0, MAX_CLIENT)
    .toWellFormed()
}
