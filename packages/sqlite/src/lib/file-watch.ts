import { StoreError } from '@sallyport/store'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { FolderWatch } from './folder-watch.ts'
import { numberOf } from './rows.ts'

const SIDE_FILES = ['-wal', '-shm']

/**
 * Notices when the database file or a side file of it was deleted, replaced or cut short while it was in use. A process
 * that has such a file open goes on writing to what nobody will ever find again, and SQLite does not tell.
 *
 * The database must remain the file that was opened first, so that what comes in its place is not taken for it; when the
 * file is back, so is the store.
 */
export class FileWatch {
  readonly #path: string
  readonly #folder: FolderWatch
  #database: string | undefined
  #size = 0
  #wasCut = false
  #sides: readonly (string | undefined)[] = []

  /** @param monotonic milliseconds from any start, never stepping back */
  constructor(path: string, monotonic: () => number = () => performance.now()) {
    this.#path = path
    this.#folder = new FolderWatch(dirname(path), monotonic)
  }

  /** Call it before a connection is opened: opening creates what is missing. Throws `ERR_STORE_UNAVAILABLE`. */
  opening(): void {
    if (this.#database !== undefined && this.#identify('') !== this.#database) throw movedError()
  }

  /**
   * Notes the files of a connection that has read something and so has created them all. After the file was cut short the
   * whole of it is looked through, since SQLite may have filled what was missing with zeros.
   */
  opened(db: DatabaseSync): void {
    if (this.#wasCut) requireSound(db)
    this.#wasCut = false
    this.#database ??= this.#identify('')
    this.#folder.forget()
    this.#sides = SIDE_FILES.map((side) => this.#identify(side))
    // A connection of this process that was opened earlier may share with this one what was deleted since.
    if (this.#sides.includes(undefined)) throw movedError()
  }

  /** Notes that the database file may have grown. */
  grown(): void {
    this.#size = Math.max(this.#size, statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0)
  }

  /** Throws `ERR_STORE_UNAVAILABLE` unless the files are those of the connection. */
  check(db: DatabaseSync): void {
    const file = statSync(this.#path, { throwIfNoEntry: false })
    const isThere = file !== undefined && `${file.dev}:${file.ino}` === this.#database
    if (!isThere || !this.#hasSides()) {
      saveLog(db)
      throw movedError()
    }
    if (file.size < this.#size && !hasShrunk(db, this.#size)) {
      this.#wasCut = true
      throw new StoreError(
        'ERR_STORE_UNAVAILABLE',
        'The database file was cut short while it was in use, and nothing was written: stop the application and restore the file.',
      )
    }
    this.#size = file.size
  }

  // They are looked at only when a name in the folder may have changed: Linux gives a file that was looked at a new time at
  // its next change, and each sync of the write-ahead log would have to write that time, too.
  #hasSides(): boolean {
    if (this.#folder.isSettled()) return true
    const areThere = SIDE_FILES.every((side, place) => this.#identify(side) === this.#sides[place])
    if (areThere) this.#folder.checked()
    return areThere
  }

  #identify(side: string): string | undefined {
    const file = statSync(this.#path + side, { throwIfNoEntry: false })
    return file && `${file.dev}:${file.ino}`
  }
}

function requireSound(db: DatabaseSync): void {
  const row = db.prepare('PRAGMA quick_check(1)').get()
  if (row?.['quick_check'] === 'ok') return
  throw new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'The database file was cut short and is damaged: stop the application, keep the file, and restore a backup.',
  )
}

// What was committed so far is in a log that may be lost with its name: it is moved into the database while it is open.
function saveLog(db: DatabaseSync): void {
  db.exec('ROLLBACK')
  db.exec('PRAGMA wal_checkpoint(PASSIVE)')
}

// Somebody may have had SQLite itself make the file smaller (VACUUM): then the database says so too.
function hasShrunk(db: DatabaseSync, size: number): boolean {
  const row = db.prepare('SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size').get()
  return row !== undefined && numberOf(row, 'bytes') < size
}

function movedError(): StoreError {
  return new StoreError(
    'ERR_STORE_UNAVAILABLE',
    'The database file, or the -wal or -shm file beside it, was deleted, moved or replaced while it was in use, and nothing ' +
      'was written: put the file back, or restart the application to go on with what is there now.',
  )
}
