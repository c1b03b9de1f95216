import { KeyringError, type Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Json, type Store, type Write } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { pagesOf, type DestroyParts } from './destroy-keys.ts'
import { ERASURE_PREFIX, erasureValue, readErasure } from './erasure-record.ts'
import { HOLD_PREFIX, holdValue, parseHold } from './hold-record.ts'
import { resealHold } from './holds.ts'
import { KEY_PREFIX } from './key-records.ts'
import { keyIdOf, newestKeyIds } from './newest-keys.ts'
import type { Requester } from './privacy-contract.ts'
import { askedBy } from './requester.ts'
import { KEY_CONTEXT } from './subject-keys.ts'

/** What wrapping anew needs. */
export interface RewrapParts extends DestroyParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly commit: Audit['commit']
}

const PAGE = 100

/** Wraps all keys of persons anew under the newest seal key; see `AuditPrivacy.rewrapKeys`. */
export async function rewrapKeys(parts: RewrapParts, by: Requester): Promise<{ readonly rewrapped: number }> {
  const asked = askedBy(by)
  const { 'keyring.seal': newest } = await newestKeyIds(parts.keyring)
  let rewrapped = 0
  let unreadable = 0
  for await (const page of pagesOf(parts.subjects, KEY_PREFIX, PAGE)) {
    const old = page.filter(({ value }) => typeof value !== 'string' || keyIdOf(value) !== newest)
    const puts = await Promise.all(old.map((found) => rewrap(parts.keyring, found)))
    const writes = puts.filter((put) => put !== undefined)
    unreadable += old.length - writes.length
    rewrapped += await putAll(parts, writes)
  }
  await resealHolds(parts)
  await resealErasures(parts)
  await parts.commit({
    writes: [],
    events: [event('privacy.keys.rewrapped', { ...asked, data: { keys: rewrapped } })],
  })
  if (unreadable === 0) return { rewrapped }
  throw new AuditError('ERR_AUDIT_ENVELOPE', `No key of the key ring opens ${unreadable} keys of persons.`)
}

async function rewrap(keyring: Keyring, { key, value, version }: Found): Promise<Write | undefined> {
  try {
    const secret = await keyring.unseal(KEY_CONTEXT, typeof value === 'string' ? value : '')
    return { op: 'put', key, value: await keyring.seal(KEY_CONTEXT, secret), expect: version }
  } catch (error) {
    if (error instanceof KeyringError && error.code === 'ERR_KEYRING_UNSEAL') return undefined
    throw error
  }
}

/** Writes what nobody has changed meanwhile: a key that was destroyed stays destroyed. Gives how many were written. */
async function putAll({ subjects, randomBytes }: DestroyParts, writes: readonly Write[]): Promise<number> {
  if (writes.length === 0) return 0
  const id = sortableId(subjects.now(), randomBytes(10))
  if ((await subjects.commit({ id, writes, entries: [] })).ok) return writes.length
  if (writes.length === 1) return 0
  let written = 0
  for (const one of writes) written += await putAll({ subjects, randomBytes }, [one])
  return written
}

async function resealHolds({ store, keyring, commit }: RewrapParts): Promise<void> {
  for await (const page of pagesOf(store, HOLD_PREFIX)) {
    for (const found of page) {
      const hold = await resealHold(keyring, parseHold(found))
      if (hold !== undefined) await put(commit, found, holdValue(hold))
    }
  }
}

async function resealErasures({ store, keyring, commit }: RewrapParts): Promise<void> {
  for await (const page of pagesOf(store, ERASURE_PREFIX)) {
    for (const found of page) await put(commit, found, await erasureValue(keyring, await readErasure(keyring, found)))
  }
}

async function put(commit: Audit['commit'], { key, version }: Found, value: Json): Promise<void> {
  await commit({ writes: [{ op: 'put', key, value, expect: version }], events: [] })
}
