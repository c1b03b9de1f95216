import { createHash } from 'node:crypto'

import type { FactorName } from '@sallyport/audit'
import type { Json, Key, Write } from '@sallyport/store'

import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord, type AuthenticatorRecord, type Kept } from './records.ts'
import type { AuthenticatorState, Evidence } from './types.ts'

/** An authenticator with its id. */
export interface EnrolledAuthenticator extends Kept<AuthenticatorRecord> {
  readonly id: string
}

/** Lists a user's authenticators, the oldest first. */
export async function listAuthenticators(core: Core, user: string): Promise<readonly EnrolledAuthenticator[]> {
  const found = await core.store.list(['authenticator', user], { limit: LIMITS.authenticators })
  return found.flatMap((each) => {
    const record = readRecord('authenticator', each)
    return record === undefined ? [] : [{ ...record, id: each.key[2] ?? '' }]
  })
}

/** Leaves out the evidence whose authenticator is gone: what a grant or a step-up holds is not bound to the user's epoch. */
export async function stillEnrolled(
  core: Core,
  user: string,
  evidence: readonly Evidence[],
): Promise<readonly Evidence[]> {
  const ids = [...new Set(evidence.flatMap(({ authenticator }) => authenticator ?? []))]
  if (ids.length === 0) return evidence

  const found = await core.store.get(ids.map((id) => ['authenticator', user, id]))
  const gone = ids.filter((_, place) => found[place] === undefined)
  return evidence.filter(({ authenticator }) => authenticator === undefined || !gone.includes(authenticator))
}

/** Opens the factor's own state of an authenticator. */
export async function openState(
  core: Core,
  user: string,
  authenticator: EnrolledAuthenticator,
): Promise<AuthenticatorState> {
  const bytes = await core.keyring.unseal(stateContext(user, authenticator.id), authenticator.value.state)
  const state: Json = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return { id: authenticator.id, state }
}

/** Seals a factor's state for one authenticator of one user: moved to another record, it opens nothing. */
export async function sealState(core: Core, user: string, authenticator: AuthenticatorState): Promise<string> {
  return await core.keyring.seal(stateContext(user, authenticator.id), Buffer.from(JSON.stringify(authenticator.state)))
}

/** Makes the write that stores an authenticator. */
export function putAuthenticator(
  user: string,
  id: string,
  change: { readonly record: AuthenticatorRecord; readonly expect: string | null },
): Write {
  return {
    op: 'put',
    key: ['authenticator', user, id],
    value: writeRecord('authenticator', change.record),
    expect: change.expect,
  }
}

/**
 * Makes the writes that remove authenticators, each together with the pointer that its unique name has. A pointer that leads
 * to somebody else's authenticator stays.
 */
export async function removalWrites(
  core: Core,
  user: string,
  authenticators: readonly EnrolledAuthenticator[],
): Promise<readonly Write[]> {
  const keys = authenticators.flatMap(({ value }) =>
    value.unique === null ? [] : [uniqueKey(value.factor, value.unique)],
  )
  const found = keys.length === 0 ? [] : await core.store.get(keys)
  const ids = new Set(authenticators.map(({ id }) => id))
  const pointers = found
    .map((each) => readRecord('unique', each))
    .filter((pointer) => pointer?.value.user === user && ids.has(pointer.value.authenticator))
  return [...authenticators, ...pointers].flatMap((kept) =>
    kept === undefined ? [] : [{ op: 'remove', key: kept.key, expect: kept.version } as const],
  )
}

/**
 * Gives the key of the record that says whose authenticator has a name. A name that is long or of unusual characters stands
 * in it by its digest, so that what a client sends always makes a key that the store takes.
 *
 * @param factor The factor that the name belongs to.
 * @param name What the factor calls unique; may be controlled by the client.
 */
export function uniqueKey(factor: FactorName, name: string): Key {
  const isPlain = /^[A-Za-z0-9_-]{1,256}$/.test(name)
  return ['unique', factor, isPlain ? name : `#${createHash('sha256').update(name).digest('base64url')}`]
}

/** Seals what a person calls an authenticator; no name stays none. */
export async function sealLabel(
  core: Core,
  user: string,
  { id, label }: { readonly id: string; readonly label: string },
): Promise<string> {
  return label === '' ? '' : await core.keyring.seal(labelContext(user, id), Buffer.from(label))
}

/** Opens what a person calls an authenticator, to be shown to them. */
export async function openLabel(core: Core, user: string, { id, value }: EnrolledAuthenticator): Promise<string> {
  if (value.label === '') return ''
  return Buffer.from(await core.keyring.unseal(labelContext(user, id), value.label)).toString('utf8')
}

function labelContext(user: string, id: string): string {
  return `step-up.label ${user} ${id}`
}

function stateContext(user: string, id: string): string {
  return `step-up.authenticator ${user} ${id}`
}
