import type { Found, Json, Key, Store, Write } from '@sallyport/store'

import { isJsonRecord } from '../json-record.ts'

/** The records of legal holds stand below it, under their names. */
export const HOLD_PREFIX: Key = ['hold']

/** How many holds may stand at a time. */
export const MAX_HOLDS = 1_000

const GUARD_KEY: Key = ['hold-guard']

/** A legal hold as it is kept. */
export interface HoldRecord {
  readonly name: string
  /** The pseudonym (context `audit.actor`) of whom it covers; everything if absent. */
  readonly subject?: string
  /** The application's own id of that person, sealed by the key ring: what stands under other pseudonyms is held, too. */
  readonly user?: string
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly version: string
}

/** The holds that stand at one moment. */
export interface StandingHolds {
  readonly holds: readonly HoldRecord[]
  /** Refuses a commit when a hold was placed or released since. */
  readonly check: Write
  /** Changes with every placing and releasing; `null` before the first. */
  readonly guard: string | null
}

/**
 * Reads the legal holds that stand. What may not be done under a hold is committed together with `check`.
 *
 * @param store The ledger's store.
 * @returns The holds in the order of their names.
 */
export async function readHolds(store: Store): Promise<StandingHolds> {
  // The guard first: a hold that is placed while the list is read is then noticed by the check.
  const [found] = await store.get([GUARD_KEY])
  const guard = found?.version ?? null
  const records = await store.list(HOLD_PREFIX, { limit: MAX_HOLDS })
  return { holds: records.map(parseHold), guard, check: { op: 'check', key: GUARD_KEY, expect: guard } }
}

/** The write that belongs into every commit that places or releases a hold. */
export function guardWrite({ guard }: Pick<StandingHolds, 'guard'>, at: number): Write {
  return { op: 'put', key: GUARD_KEY, value: { at }, expect: guard }
}

/** The key of a hold's record. */
export function holdKey(name: string): Key {
  return [...HOLD_PREFIX, name]
}

/** What a hold's record holds. */
export function holdValue({ subject, user, reference, at }: Omit<HoldRecord, 'name' | 'version'>): Json {
  return { at, reference, ...(subject === undefined ? {} : { subject }), ...(user === undefined ? {} : { user }) }
}

/**
 * Reads a hold. A record that somebody altered is still one: what cannot be read of it is left out, and without a person it
 * covers everything.
 */
export function parseHold({ key, value, version }: Found): HoldRecord {
  const { subject, user, reference, at } = isJsonRecord(value) ? value : {}
  const known = typeof subject === 'string' && typeof user === 'string' ? { subject, user } : {}
  return {
    name: key.at(-1) ?? '',
    reference: typeof reference === 'string' ? reference : '',
    at: typeof at === 'number' ? at : 0,
    version,
    ...known,
  }
}
