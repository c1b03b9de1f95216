import type { Keyring } from '@sallyport/keyring'
import type { Found, Key, Store, Write } from '@sallyport/store'

import { pagesOf } from './destroy-keys.ts'
import { ERASURE_PREFIX, readErasure } from './erasure-record.ts'

/** Months of keys that are being destroyed stand below it, by class and month. */
export const EXPIRY_PREFIX: Key = ['expiry']

/** What is being destroyed at one moment. */
export interface UnderWay {
  /** Keys of the person, or of anybody, may be among it. */
  readonly isUnderWay: boolean
  /** Refuses a commit when some destruction was begun since. */
  readonly check: Write
}

const GUARD_KEY: Key = ['destruction-guard']
const GUARD_KEPT_MS = 86_400_000

/**
 * The write that belongs into every commit that begins to destroy keys, so that a hold which is placed in the same moment
 * either stops it or knows of it. Two that begin at a time do not hinder each other.
 */
export function beginDestroying(now: number): Write {
  return { op: 'add', key: GUARD_KEY, by: 1, max: Number.MAX_SAFE_INTEGER, expiresAt: now + GUARD_KEPT_MS }
}

/** Reads whether keys of a person, of anybody if `undefined`, are being destroyed. */
export async function readUnderWay(
  { store, keyring }: { readonly store: Store; readonly keyring: Keyring },
  user: string | undefined,
): Promise<UnderWay> {
  // The guard first: what is begun while the lists are read is then noticed by the check.
  const [guard] = await store.get([GUARD_KEY])
  const check: Write = { op: 'check', key: GUARD_KEY, expect: guard?.version ?? null }
  if ((await store.list(EXPIRY_PREFIX, { limit: 1 })).length > 0) return { isUnderWay: true, check }
  for await (const page of pagesOf(store, ERASURE_PREFIX)) {
    for (const found of page) if (await mayBeOf(keyring, found, user)) return { isUnderWay: true, check }
  }
  return { isUnderWay: false, check }
}

async function mayBeOf(keyring: Keyring, found: Found, user: string | undefined): Promise<boolean> {
  if (user === undefined) return true
  const request = await readErasure(keyring, found).catch(() => undefined)
  return request === undefined || request.user === user
}
