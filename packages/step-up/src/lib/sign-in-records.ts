import type { Write } from '@sallyport/store'

import { uniqueKey, type EnrolledAuthenticator } from './authenticators.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord } from './records.ts'
import type { OpenSignIn } from './sign-in-cookie.ts'
import type { Factor } from './types.ts'

/** The authenticator that an answer names, unproved, and whose it is. */
export interface Known {
  readonly user: string
  readonly authenticator: EnrolledAuthenticator
  /** Nobody can be signed in as this user. */
  readonly locked: boolean
}

/** Finds the authenticator of a factor by its unique name, which is controlled by the client. */
export async function findPasskey(core: Core, factor: Factor, name: string): Promise<Known | undefined> {
  const [foundPointer] = await core.store.get([uniqueKey(factor.name, name)])
  const pointer = readRecord('unique', foundPointer)?.value
  if (pointer === undefined) return undefined

  const { user, authenticator: id } = pointer
  const [foundUser, foundAuthenticator] = await core.store.get([
    ['user', user],
    ['authenticator', user, id],
  ])
  const record = readRecord('authenticator', foundAuthenticator)
  if (record?.value.factor !== factor.name || record.value.unique !== name) return undefined
  return { user, authenticator: { ...record, id }, locked: readRecord('user', foundUser)?.value.locked === true }
}

/** Tells whether a challenge has been answered. The commit of the answer has the last word. */
export async function isUsed(core: Core, { id }: OpenSignIn): Promise<boolean> {
  const [found] = await core.store.get([['sign-in', id]])
  return found !== undefined
}

/** Makes the write that uses a challenge up; refused when an answer to it came before. */
export function usedMarker({ id, until }: OpenSignIn): Write {
  // From then on the challenge is too old by itself.
  return {
    op: 'put',
    key: ['sign-in', id],
    value: writeRecord('sign-in', {}),
    expect: null,
    expiresAt: until,
    atExpiry: 'drop',
  }
}
