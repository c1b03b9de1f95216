import { hash } from 'node:crypto'
import type { Found, Json, Key } from '@sallyport/store'
import type { SessionData } from 'express-session'
import { SessionStoreError } from './errors.ts'

/** What is stored under a session's id: its data, or a tombstone that keeps a destroyed id from coming back. */
export type SessionRecord =
  | { readonly state: 'live'; readonly data: string; readonly until: number }
  | { readonly state: 'ended' }

const MAX_DATA_BYTES = 65_536

/**
 * Gives the key of a session's record. The id itself is a secret of the browser and never stored.
 *
 * @param sid The session id.
 * @returns A key below `express-session`.
 */
export function keyOf(sid: string): Key {
  return ['express-session', hash('sha256', sid, 'base64url')]
}

/**
 * Writes a session's data.
 *
 * @param session What express-session holds, its cookie included.
 * @returns JSON.
 * @throws SessionStoreError `ERR_SESSION_STORE_TOO_LARGE` above 65,536 bytes; TypeError when it has no JSON form.
 */
export function formatData(session: SessionData): string {
  const data = JSON.stringify(session)
  if (Buffer.byteLength(data) > MAX_DATA_BYTES) {
    throw new SessionStoreError('ERR_SESSION_STORE_TOO_LARGE', 'The data of a session has more than 65,536 bytes.')
  }
  return data
}

/**
 * Reads a session's data back.
 *
 * @param data From `formatData`.
 * @returns What express-session makes a session of; dates are strings, as in all its stores.
 * @throws SessionStoreError `ERR_SESSION_STORE_RECORD` for anything else.
 */
export function parseData(data: string): SessionData {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (cause) {
    throw recordError(cause)
  }
  if (!isSessionData(value)) throw recordError()
  return value
}

/**
 * Writes a record's value.
 *
 * @param record What to store.
 * @returns JSON for the store.
 */
export function formatRecord(record: SessionRecord): Json {
  return record.state === 'ended' ? { ended: true } : { data: record.data, until: record.until }
}

/**
 * Reads a record as found in the store.
 *
 * @param found The record, if there is one.
 * @returns What it says, or `undefined` when there is none.
 * @throws SessionStoreError `ERR_SESSION_STORE_RECORD` when this package did not write it.
 */
export function parseRecord(found: Found | undefined): SessionRecord | undefined {
  if (found === undefined) return undefined
  const { data, until, ended } = Object(found.value)
  if (ended === true) return { state: 'ended' }
  if (typeof data !== 'string' || typeof until !== 'number') throw recordError()
  return { state: 'live', data, until }
}

function isSessionData(value: unknown): value is SessionData {
  if (typeof value !== 'object' || value === null || !('cookie' in value)) return false
  return typeof value.cookie === 'object' && value.cookie !== null
}

function recordError(cause?: unknown): SessionStoreError {
  return new SessionStoreError('ERR_SESSION_STORE_RECORD', 'A stored session is not one that this package wrote.', {
    cause,
  })
}
