import { contextOf } from '@sallyport/audit/context'
import type { Key, Write } from '@sallyport/store'
import type { Request } from 'express'

import { addressKey } from './address-key.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord } from './records.ts'
import type { Factor } from './types.ts'

/** An authenticator as far as its wrong answers are counted. */
export interface TriedAuthenticator {
  readonly id: string
  readonly uses: number
}

/** A write that moves a counter. */
export type CounterWrite = Extract<Write, { readonly op: 'add' }>

/** What an answer is about. */
export interface Answering {
  /** The challenge, enrolment or sign-in. */
  readonly challenge: string
  readonly user: string
  readonly factor: Pick<Factor, 'guessable'>
  /** For a password, which strangers can try without knowing anything: its tries are nobody else's. */
  readonly isPassword?: boolean
  /** Those that a wrong answer would be wrong for; none where there are none yet. */
  readonly authenticators: readonly TriedAuthenticator[]
}

/**
 * Whose tries an answer uses up. A browser in which the user has proved a factor before has tries of its own; all others
 * share the user's, and their address's. So a stranger who knows the password uses up what strangers have, and neither the
 * owner's on their own device nor, by codes, those of a passkey, which cannot be guessed.
 */
export interface Tries extends Answering {
  /** The known browser, or `new` for all that are not. */
  readonly budget: string
  /** The address that counts; none for a known browser. */
  readonly address: string | undefined
  /** Remembers this browser after a right answer; none if it is remembered, or has no id. */
  readonly remember: Write | undefined
  readonly now: number
}

// Longer than any authenticator lives; counters cannot do without an end.
const FOR_LIFE_MS = 20 * 365 * 86_400_000

/** Finds out whose tries an answer uses. */
export async function triesOf(core: Core, req: Request, answering: Answering): Promise<Tries> {
  const { user } = answering
  const context = contextOf(req)
  const id = context?.device?.id
  const now = core.store.now()
  const address = await countedAddress(core, req)
  if (id === undefined) return { ...answering, budget: 'new', address, remember: undefined, now }

  const key: Key = ['device', user, id]
  const [foundUser, foundDevice] = await core.store.get([['user', user], key])
  const epoch = readRecord('user', foundUser)?.value.epoch ?? 0
  const device = readRecord('device', foundDevice)
  // Older than the last change of authenticators, it proves nothing about its holder any more.
  if (device?.value.epoch === epoch) return { ...answering, budget: id, address: undefined, remember: undefined, now }

  const remember: Write = {
    op: 'put',
    key,
    value: writeRecord('device', { epoch }),
    expect: device?.version ?? null,
    expiresAt: now + LIMITS.deviceMs,
    atExpiry: 'drop',
  }
  return { ...answering, budget: 'new', address, remember, now }
}

/** The counters that a wrong answer moves: the challenge's, then the user's, the address's, and each authenticator's. */
export function attemptCounters(tries: Tries): readonly CounterWrite[] {
  return counters(tries, 1)
}

/** Lets a right answer pass only below the limits, without using a try: every counter goes up and down again. */
export function attemptGates(tries: Tries): readonly CounterWrite[] {
  return [...counters(tries, 1), ...counters(tries, -1)]
}

/** The counter of an address alone, where no user is known. */
export async function addressCounters(core: Core, req: Request, by: 1 | -1 = 1): Promise<readonly Write[]> {
  const address = await countedAddress(core, req)
  return address === undefined ? [] : [addressCounter(address, core.store.now(), by)]
}

/** What the request's address is counted under: keyed, so that the store does not show where people are. */
async function countedAddress(core: Core, req: Request): Promise<string | undefined> {
  const ip = contextOf(req)?.net?.ip
  const address = ip === undefined ? undefined : addressKey(ip)
  return address === undefined ? undefined : await core.keyring.pseudonym('step-up.address', address)
}

/** The counters by which an authenticator is locked for a while, and for good, in this order. */
export function authenticatorKeys(tried: TriedAuthenticator, budget: string): readonly [window: Key, life: Key] {
  const count = String(tried.uses)
  return [
    ['limit', 'authenticator', tried.id, count, budget],
    ['limit', 'authenticator-life', tried.id, count],
  ]
}

/**
 * Finds how many wrong answers in a row an authenticator has had in its life.
 *
 * @param counts What the commit gave whose adds were `attemptCounters`.
 */
export function lifeCountOf(tries: Tries, tried: TriedAuthenticator, counts: readonly number[]): number {
  const [, life] = authenticatorKeys(tried, tries.budget)
  const place = attemptCounters(tries).findIndex(({ key }) => key.join('\n') === life.join('\n'))
  return counts[place] ?? 0
}

/** What a refused counter counts. */
export function limitOf(key: Key): 'challenge' | 'user' | 'address' | 'authenticator' {
  const [, name] = key
  if (name === 'user' || name === 'address' || name === 'challenge') return name
  return 'authenticator'
}

function counters(tries: Tries, by: 1 | -1): readonly CounterWrite[] {
  const { challenge, user, factor, budget, address, now } = tries
  const kind = tries.isPassword === true ? 'password' : factor.guessable ? 'typed' : 'signed'
  const counter = (key: Key, max: number, expiresAt: number): CounterWrite => ({ op: 'add', key, by, max, expiresAt })
  // Longer than any challenge or enrolment lives, so that no try is forgotten before its end.
  const own = counter(['limit', 'challenge', challenge], LIMITS.challengeAttempts, now + LIMITS.stepUpMs)
  const users = counter(['limit', 'user', user, kind, budget], LIMITS.userAttempts, now + LIMITS.userWindowMs)
  const authenticators = tries.authenticators.flatMap((tried) => {
    const [window, life] = authenticatorKeys(tried, budget)
    return [
      counter(window, LIMITS.authenticatorAttempts, now + LIMITS.authenticatorWindowMs),
      counter(life, LIMITS.authenticatorLifeAttempts, now + FOR_LIFE_MS),
    ]
  })
  return [own, users, ...(address === undefined ? [] : [addressCounter(address, now, by)]), ...authenticators]
}

// The most that strangers from one address can do to all users together.
function addressCounter(address: string, now: number, by: 1 | -1): CounterWrite {
  const expiresAt = now + LIMITS.addressWindowMs
  return { op: 'add', key: ['limit', 'address', address], by, max: LIMITS.addressAttempts, expiresAt }
}
