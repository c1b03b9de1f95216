import type { Store, Write } from '@sallyport/store'

import { StepUpError } from './errors.ts'
import { readRecord, writeRecord, type UserRecord } from './records.ts'
import { NEW_USER } from './session-state.ts'

/** A user's record with the version that the next write expects. */
export interface ReadUser {
  readonly record: UserRecord
  readonly version: string | null
}

/** Reads what is known of a user; nothing is known of a new one. */
export async function readUser(store: Store, user: string): Promise<ReadUser> {
  const [found] = await store.get([['user', user]])
  const kept = readRecord('user', found)
  return { record: kept?.value ?? NEW_USER, version: kept?.version ?? null }
}

/** Makes the write that changes a user's record; refused when it has changed since it was read. */
export function putUser(user: string, change: ReadUser): Write {
  return { op: 'put', key: ['user', user], value: writeRecord('user', change.record), expect: change.version }
}

/** Makes the write that ends all sessions of a user at once, on every instance. */
export function revocation({ user, record, version }: ReadUser & { readonly user: string }): Write {
  return putUser(user, { record: { ...record, generation: record.generation + 1 }, version })
}

/**
 * Refuses an id that could not be a user's: it becomes part of keys, and whoever can sign in can be locked.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_INPUT` and status 400.
 */
export function checkUser(user: string): void {
  if (/^[ -~]{1,128}$/.test(user)) return
  throw new StepUpError('ERR_STEP_UP_INPUT', "A user's id has 1 to 128 printable ASCII characters.", { status: 400 })
}
