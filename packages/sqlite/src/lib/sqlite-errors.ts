import { StoreError } from '@sallyport/store'
import type { WireFailure } from './wire.ts'

const BUSY = 5
const READ_ONLY = 8
const FULL = 13
const CANNOT_OPEN = 14
const NOT_A_DATABASE = 26

/** The primary result code of SQLite behind an error, or undefined when the error is not SQLite's. */
function sqliteCode(error: unknown): number | undefined {
  const code: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'errcode')
  // Extended codes keep the primary one in their low byte.
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Tells whether somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return sqliteCode(error) === BUSY
}

/** Turns whatever kept the database from being used into `ERR_STORE_UNAVAILABLE`, with a sentence that helps. */
export function unavailable(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  return new StoreError('ERR_STORE_UNAVAILABLE', sentenceFor(sqliteCode(error)), { cause: error })
}

/** Makes the error for a commit that may or may not be on disk. */
export function outcomeUnknown(cause: unknown): StoreError {
  return new StoreError(
    'ERR_STORE_OUTCOME_UNKNOWN',
    'It is not known whether the commit is on disk: repeat it with the same id to learn.',
    { cause },
  )
}

/** An error in a form that crosses threads. */
export function formatFailure({ code, message, cause }: StoreError): WireFailure {
  return { code, message, cause }
}

/** Reads what `formatFailure` wrote. */
export function parseFailure({ code, message, cause }: WireFailure): StoreError {
  return new StoreError(code, message, { cause })
}

function sentenceFor(code: number | undefined): string {
  if (code === BUSY) return 'The database is locked by another process; nothing was written.'
  if (code === READ_ONLY) return 'The database file or its folder cannot be written.'
  if (code === FULL) return 'The disk is full; nothing was written.'
  if (code === CANNOT_OPEN) return 'The database file cannot be opened; is its folder there and writable?'
  if (code === NOT_A_DATABASE) return 'The file is not a SQLite database.'
  return 'The database cannot be used; nothing was written.'
}
