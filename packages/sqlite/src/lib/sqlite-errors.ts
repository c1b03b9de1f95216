import { StoreError } from '@sallyport/store'
import type { WireFailure } from './wire.ts'

const BUSY = 5
const FULL = 13
const IO_ERROR_WRITE = 778
const IO_ERROR_SYNC = 1_034

// By SQLite's primary result code.
const SENTENCES: ReadonlyMap<number | undefined, string> = new Map([
  [
    BUSY,
    'Another process kept the database locked for too long, and nothing was written: end its transaction ' +
      '(a backup or a shell that was left open, perhaps).',
  ],
  [
    8,
    'The database file or its folder cannot be written, and nothing was written: make both writable for the user that ' +
      'runs the application.',
  ],
  [
    10,
    'The disk failed, or a limit on the size of files was met, and nothing was written: look at the log of the system, ' +
      'the disk and `ulimit -f`.',
  ],
  [11, 'The database file is damaged: stop the application, keep the file, and restore a backup.'],
  [FULL, 'The disk is full, and nothing was written: make room on it.'],
  [14, 'The database file cannot be opened: see that its folder is there and writable.'],
  [26, 'The file is not a SQLite database: see that the path is right.'],
])

/** The primary result code of SQLite behind an error, or undefined when the error is not SQLite's. */
function primaryCode(error: unknown): number | undefined {
  const code = extendedCode(error)
  // Extended codes keep the primary one in their low byte.
  return code === undefined ? undefined : code & 0xff
}

function extendedCode(error: unknown): number | undefined {
  const code: unknown = typeof error === 'object' && error !== null && Reflect.get(error, 'errcode')
  return typeof code === 'number' ? code : undefined
}

/** Tells whether somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return primaryCode(error) === BUSY
}

/** Turns whatever kept the database from being used into `ERR_STORE_UNAVAILABLE`, with a sentence that helps. */
export function unavailable(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const sentence = SENTENCES.get(primaryCode(error)) ?? 'The database cannot be used; nothing was written.'
  return new StoreError('ERR_STORE_UNAVAILABLE', sentence, { cause: error })
}

/** Tells whether there was no room on the disk. */
export function isFull(error: unknown): boolean {
  return extendedCode(error) === FULL
}

/** Tells whether writing failed, and not syncing. */
export function isWriteError(error: unknown): boolean {
  return extendedCode(error) === IO_ERROR_WRITE
}

/** Tells whether a sync failed, after which the system takes pages as written that are not. */
export function isSyncError(error: unknown): boolean {
  return extendedCode(error) === IO_ERROR_SYNC
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
