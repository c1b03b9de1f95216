import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { guardWrite, holdKey, holdValue, MAX_HOLDS, readHolds, type HoldRecord } from './hold-record.ts'
import { ANONYMOUS } from './key-records.ts'
import { keyIdOf } from './newest-keys.ts'
import type { AuditPrivacy, Hold, Placed, Requester } from './privacy-contract.ts'
import { askedBy, requireUser } from './requester.ts'
import { readUnderWay } from './under-way.ts'

/** What holds are kept with. */
export interface HoldParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly commit: Audit['commit']
}

const CONTEXT = 'audit.hold'
const NAME = /^[a-z0-9-]{1,64}$/
const REFERENCE = /^[\w./-]{1,64}$/
// Others that place or release holds, or ask for erasures, meanwhile.
const TRIES = 250

/** Places a legal hold; see `AuditPrivacy.placeHold`. */
export async function placeHold(
  parts: HoldParts,
  hold: Parameters<AuditPrivacy['placeHold']>[0],
  by: Requester,
): Promise<Placed> {
  const { name, reference, user } = hold
  requireName(name)
  if (typeof reference !== 'string' || !REFERENCE.test(reference))
    throw input('The reference of a hold is 1 to 64 characters of A-Z, a-z, 0-9, ".", "_", "/" and "-".')
  const asked = askedBy(by)
  const person = user === undefined ? {} : await personOf(parts.keyring, name, user)
  const covers = user === undefined ? 'everything' : 'subject'
  const placed = event('privacy.hold.placed', { ...asked, subject: user, data: { hold: name, reference, covers } })

  for (let tries = 1; tries <= TRIES; tries++) {
    const standing = await readHolds(parts.store)
    if (standing.holds.some((one) => one.name === name)) return { ok: false, code: 'exists' }
    if (standing.holds.length >= MAX_HOLDS) throw input(`At most ${MAX_HOLDS} holds stand at a time.`)
    // The check decides between this and what begins to be destroyed in the same moment.
    const { isUnderWay, check } = await readUnderWay(parts, user)
    const at = parts.store.now()
    const put = { op: 'put', key: holdKey(name), value: holdValue({ ...person, reference, at }), expect: null } as const
    const { ok } = await parts.commit({ writes: [put, guardWrite(standing, at), check], events: [placed] })
    if (ok) return isUnderWay ? { ok: false, code: 'under_way' } : { ok }
  }
  throw busy()
}

/** Releases a legal hold; see `AuditPrivacy.releaseHold`. */
export async function releaseHold(parts: HoldParts, name: string, by: Requester): Promise<boolean> {
  requireName(name)
  const asked = askedBy(by)
  for (let tries = 1; tries <= TRIES; tries++) {
    const standing = await readHolds(parts.store)
    const hold = standing.holds.find((one) => one.name === name)
    if (hold === undefined) return false
    const subject = await userOf(parts.keyring, hold)
    const released = event('privacy.hold.released', { ...asked, subject, data: { hold: name } })
    const remove = { op: 'remove', key: holdKey(name), expect: hold.version } as const
    const writes = [remove, guardWrite(standing, parts.store.now())]
    if ((await parts.commit({ writes, events: [released] })).ok) return true
  }
  throw busy()
}

/** Gives a hold as those who ask for it see it. */
export function showHold({ name, subject, reference, at }: HoldRecord): Hold {
  return { name, reference, placedAt: at, ...(subject === undefined ? {} : { subject }) }
}

/**
 * Finds the hold that covers a person: also one under a pseudonym key that this key ring lacks, and one of which cannot be
 * told whom it covers.
 */
export async function holdOf(
  keyring: Keyring,
  holds: readonly HoldRecord[],
  user: string,
): Promise<HoldRecord | undefined> {
  const pseudonyms = await keyring.pseudonyms('audit.actor', user)
  for (const hold of holds) {
    if (hold.subject === undefined || pseudonyms.includes(hold.subject)) return hold
    const covered = await userOf(keyring, hold)
    if (covered === undefined || covered === user) return hold
  }
  return undefined
}

/**
 * Gives what tells whether a key stands under a name of a held person, under every pseudonym key that there is now. Beside a
 * hold on a person nobody can tell whose the names of unknown pseudonym keys are: they are held.
 *
 * @returns `everything` when a hold covers all keys, was placed under a pseudonym key that this key ring lacks, or says
 * nothing that can be read of whom it covers.
 */
export async function heldNames(
  keyring: Keyring,
  holds: readonly HoldRecord[],
): Promise<((person: string) => boolean) | 'everything'> {
  const names = new Set<string>()
  for (const hold of holds) {
    const user = await userOf(keyring, hold)
    if (user === undefined || hold.subject === undefined) return 'everything'
    if (!(await keyring.pseudonyms('audit.actor', user)).includes(hold.subject)) return 'everything'
    for (const name of await keyring.pseudonyms('audit.subject', user)) names.add(name)
  }
  const known = new Set([...names].map(keyIdOf))
  return (person) => names.has(person) || (names.size > 0 && person !== ANONYMOUS && !known.has(keyIdOf(person)))
}

/** Seals a hold's person anew, under the newest seal key. `undefined` when there is none, or it cannot be read. */
export async function resealHold(keyring: Keyring, hold: HoldRecord): Promise<HoldRecord | undefined> {
  const user = await userOf(keyring, hold)
  return user === undefined ? undefined : { ...hold, user: await seal(keyring, hold, user) }
}

async function personOf(keyring: Keyring, name: string, user: string): Promise<Pick<HoldRecord, 'subject' | 'user'>> {
  requireUser('user', user)
  const subject = await keyring.pseudonym('audit.actor', user)
  return { subject, user: await seal(keyring, { name, subject }, user) }
}

// A pseudonym stands for one key alone: only the id itself leads to what stands under keys that come later. The rest binds
// it to its record, so that one which somebody altered is noticed.
async function seal(
  keyring: Keyring,
  { name, subject }: Pick<HoldRecord, 'name' | 'subject'>,
  user: string,
): Promise<string> {
  return await keyring.seal(CONTEXT, Buffer.from(JSON.stringify([name, subject, user])))
}

async function userOf(keyring: Keyring, { name, subject, user: sealed }: HoldRecord): Promise<string | undefined> {
  if (sealed === undefined) return undefined
  try {
    const parts: unknown = JSON.parse(Buffer.from(await keyring.unseal(CONTEXT, sealed)).toString())
    const [ofName, ofSubject, user]: readonly unknown[] = Array.isArray(parts) ? parts : []
    return ofName === name && ofSubject === subject && typeof user === 'string' ? user : undefined
  } catch {
    // Whoever cannot tell whom a hold covers destroys nothing.
    return undefined
  }
}

function requireName(name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return
  throw input('The name of a hold has 1 to 64 characters of a-z, 0-9 and "-".')
}

function busy(): AuditError {
  return input('Others place and release holds all the time.')
}

function input(message: string): AuditError {
  return new AuditError('ERR_AUDIT_INPUT', message)
}
