import type { Keyring } from '@sallyport/keyring'
import { sortableId, type Found, type Json, type Key } from '@sallyport/store'

import { AuditError } from '../errors.ts'
import { isJsonRecord } from '../json-record.ts'
import type { RandomBytes } from '../system.ts'

/** An erasure that has been asked for and has not ended. */
export interface ErasureRequest {
  /** Names it, and the count of its keys. */
  readonly id: string
  /** The application's own id of whom it erases. */
  readonly user: string
  /** The one of who asked; `undefined` for a job. */
  readonly by: string | undefined
}

/** The records of erasures that have not ended stand below it, under the person's pseudonym. */
export const ERASURE_PREFIX: Key = ['erasure']

const CONTEXT = 'audit.erasure'

/** The record of a person's erasure. */
export function erasureKey(pseudonym: string): Key {
  return [...ERASURE_PREFIX, pseudonym]
}

/** Makes the name of a new request. */
export function newErasureId(now: number, randomBytes: RandomBytes): string {
  return sortableId(now, randomBytes(10))
}

/**
 * Gives what is kept of a request: the persons sealed by the key ring, because whoever goes on with it has to find the
 * keys that stand under pseudonyms which are made later.
 */
export async function erasureValue(keyring: Keyring, { id, user, by }: ErasureRequest): Promise<Json> {
  return { id, persons: await keyring.seal(CONTEXT, Buffer.from(JSON.stringify([user, by ?? null]))) }
}

/** Reads a request. Throws `AuditError` with `ERR_AUDIT_ENVELOPE` for one that the key ring did not seal. */
export async function readErasure(keyring: Keyring, { value }: Found): Promise<ErasureRequest> {
  const { id, persons } = isJsonRecord(value) ? value : {}
  try {
    const text = Buffer.from(await keyring.unseal(CONTEXT, typeof persons === 'string' ? persons : '')).toString()
    const [user, by]: readonly unknown[] = JSON.parse(text)
    if (typeof id === 'string' && typeof user === 'string')
      return { id, user, by: typeof by === 'string' ? by : undefined }
  } catch (cause) {
    throw unreadable(cause)
  }
  throw unreadable()
}

function unreadable(cause?: unknown): AuditError {
  return new AuditError('ERR_AUDIT_ENVELOPE', 'The record of an erasure that has not ended is not readable.', { cause })
}
