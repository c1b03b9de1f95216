import { StoreError } from '@sallyport/store'
import { closeSync, existsSync, openSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { checkSchema, createSchema } from './schema.ts'
import { isBusy, unavailable } from './sqlite-errors.ts'

const BUSY_TIMEOUT_MS = 5_000
const OPEN_TRIES = 100
const OPEN_PAUSE_MS = 20

/**
 * Opens the database for writing, creating it if need be: readable by its owner only, write-ahead log, a sync to disk
 * at every commit.
 *
 * @param path the database file, configured by the operator
 * @throws StoreError `ERR_STORE_UNAVAILABLE` when it cannot be opened or is not ours
 */
export function openForWriting(path: string): DatabaseSync {
  createFile(path)
  refuseNetworkFiles(path)
  for (let attempt = 1; ; attempt++) {
    try {
      return open(path)
    } catch (error) {
      // Switching a new file to the write-ahead log does not wait for the lock as everything else does.
      if (!isBusy(error) || attempt === OPEN_TRIES) throw unavailable(error)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, OPEN_PAUSE_MS)
    }
  }
}

/** Waits for locks for as long as every connection does. */
export function setBusyTimeout(db: DatabaseSync): void {
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
}

function open(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  try {
    setBusyTimeout(db)
    const state = checkSchema(db)
    useWriteAheadLog(db)
    // SQLite ignores that a sync fails while it moves the write-ahead log by itself (see log-bound.ts).
    db.exec('PRAGMA wal_autocheckpoint = 0')
    // On macOS only a full fsync reaches the disk; elsewhere the pragma changes nothing.
    db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
    // What is removed must be gone from the file, too: the destroyed key of a person, for one.
    db.exec('PRAGMA secure_delete = ON')
    if (state !== 'current') createSchema(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function useWriteAheadLog(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA journal_mode = WAL').get()
  if (row?.['journal_mode'] === 'wal') return
  throw new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'The file system lacks what the write-ahead log needs (shared memory and locks): put the database on a local disk.',
  )
}

// SQLite gives its side files the mode of the database, so only this one has to be right. A file that is there is not
// opened here: closing it again would drop the locks that connections of this process hold on it.
function createFile(path: string): void {
  if (existsSync(path)) return
  if (!existsSync(dirname(path))) {
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'The folder of the database does not exist.')
  }
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    // Another process may have created it in this very moment.
    if (existsSync(path)) return
    throw new StoreError('ERR_STORE_UNAVAILABLE', 'The folder of the database cannot be written.', { cause: error })
  }
}

// Linux names file systems by these numbers: NFS, SMB, CIFS and SMB2, on which locks of SQLite do not hold.
const NETWORK_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x69_69, 0x51_7b, 0xff_53_4d_42, 0xfe_53_4d_42])

/** Throws `ERR_STORE_UNAVAILABLE` for a file that several hosts might open. */
export function refuseNetworkFiles(path: string, typeOf = (file: string): number => statfsSync(file).type): void {
  if (!NETWORK_FILE_SYSTEMS.has(typeOf(path))) return
  throw new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'The database is on a network file system, whose locks do not keep writers apart: put it on a local disk.',
  )
}
