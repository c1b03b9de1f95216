import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CliError } from './errors.ts'

const LOCK = '.export-lock'
const BUSY = 5

/**
 * Keeps other processes from exporting into a folder. The system itself ends the lock of a process that was killed: it is
 * a lock on the file `.export-lock`, which stays there, empty.
 *
 * @param folder which is there.
 * @returns how to let others in again.
 * @throws CliError `ERR_CLI_UNWRITABLE` when another export holds it, or the file cannot be written.
 */
export function lockExport(folder: string): () => void {
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(join(folder, LOCK))
    // A database is the one thing in Node that can be locked. Nothing is ever written into this one, nor beside it.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (cause) {
    lock?.close()
    const busy = cause instanceof Error && 'errcode' in cause && cause.errcode === BUSY
    const message = busy
      ? `Another export is writing to ${folder}: wait for it.`
      : `The folder ${folder} cannot be locked: it needs the right to write its file ${LOCK}.`
    throw new CliError('ERR_CLI_UNWRITABLE', message, { cause })
  }
  const held = lock
  return () => held.close()
}
