import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'

import type { Audit } from '../audit-contract.ts'
import { AuditError } from '../errors.ts'
import { event } from '../events/event.ts'
import { guardWrite, holdKey, holdValue, MAX_HOLDS, readHolds, type HoldRecord } from './hold-record.ts'
import type { AuditPrivacy, Hold, Requester } from './privacy-contract.ts'
import { askedBy, requireUser } from './requester.ts'

/** What holds are kept with. */
export interface HoldParts {
  readonly store: Store
  readonly keyring: Keyring
  readonly commit: Audit['commit']
}

const CONTEXT = 'audit.hold'
const NAME = /^[a-z0-9-]{1,64}$/
const REFERENCE = /^[\w./-]{1,64}$/
// Others that place or release holds meanwhile.
const TRIES = 100

/** Places a legal hold; see `AuditPrivacy.placeHold`. */
export async function placeHold(
  parts: HoldParts,
  hold: Parameters<AuditPrivacy['placeHold']>[0],
  by: Requester,
): Promise<boolean> {
  const { name, reference, user } = hold
  requireName(name)
  if (typeof reference !== 'string' || !REFERENCE.test(reference))
    throw input('The reference of a hold is 1 to 64 characters of A-Z, a-z, 0-9, ".", "_", "/" and "-".')
  const asked = askedBy(by)
  const person = user === undefined ? {} : await personOf(parts.keyring, user)
  const covers = user === undefined ? 'everything' : 'subject'
  const placed = event('privacy.hold.placed', { ...asked, subject: user, data: { hold: name, reference, covers } })

  for (let tries = 1; tries <= TRIES; tries++) {
    const standing = await readHolds(parts.store)
    if (standing.holds.some((one) => one.name === name)) return false
    if (standing.holds.length >= MAX_HOLDS) throw input(`At most ${MAX_HOLDS} holds stand at a time.`)
    const at = parts.store.now()
    const put = { op: 'put', key: holdKey(name), value: holdValue({ ...person, reference, at }), expect: null } as const
    const { ok } = await parts.commit({ writes: [put, guardWrite(standing, at)], events: [placed] })
    if (ok) return true
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
 * Finds the hold that covers a person.
 *
 * @param holds Those that stand.
 * @param pseudonyms The person's, of the context `audit.actor`, under every key.
 */
export function holdOf(holds: readonly HoldRecord[], pseudonyms: readonly string[]): HoldRecord | undefined {
  return holds.find(({ subject }) => subject === undefined || pseudonyms.includes(subject))
}

/**
 * Gives the names under which keys of held persons may stand, under every pseudonym key that there is now.
 *
 * @returns `everything` when a hold covers all keys, or says nothing that can be read of whom it covers.
 */
export async function heldNames(
  keyring: Keyring,
  holds: readonly HoldRecord[],
): Promise<ReadonlySet<string> | 'everything'> {
  const names = new Set<string>()
  for (const hold of holds) {
    const user = await userOf(keyring, hold)
    if (user === undefined) return 'everything'
    for (const name of await keyring.pseudonyms('audit.subject', user)) names.add(name)
  }
  return names
}

/** Seals a hold's person anew, under the newest seal key. `undefined` when there is none, or it cannot be read. */
export async function resealHold(keyring: Keyring, hold: HoldRecord): Promise<HoldRecord | undefined> {
  const user = await userOf(keyring, hold)
  return user === undefined ? undefined : { ...hold, user: await seal(keyring, user) }
}

async function personOf(keyring: Keyring, user: string): Promise<Pick<HoldRecord, 'subject' | 'user'>> {
  requireUser('user', user)
  return { subject: await keyring.pseudonym('audit.actor', user), user: await seal(keyring, user) }
}

// A pseudonym stands for one key alone: only the id itself leads to what stands under keys that come later.
async function seal(keyring: Keyring, user: string): Promise<string> {
  return await keyring.seal(CONTEXT, Buffer.from(user))
}

async function userOf(keyring: Keyring, { user }: HoldRecord): Promise<string | undefined> {
  if (user === undefined) return undefined
  try {
    return Buffer.from(await keyring.unseal(CONTEXT, user)).toString()
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
