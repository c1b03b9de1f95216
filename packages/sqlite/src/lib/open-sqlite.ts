import { guardStore, StoreError } from '@sallyport/store'
import type { Commit, Committed, Store } from '@sallyport/store'
import { resolve } from 'node:path'
import { BatchQueue } from './batch-queue.ts'
import { openBesideWriter, openForReading } from './open-reader.ts'
import { checkOptions } from './options.ts'
import type { SqliteOptions } from './options.ts'
import { ReadSession } from './read-session.ts'
import { readingHalf } from './reading-half.ts'
import { WriterThread } from './writer-thread.ts'

/**
 * Opens the store on a SQLite file, creating it if need be.
 *
 * A commit that resolves is on disk (write-ahead log, a sync at every batch). Several processes of one host may share
 * the file; a network file system may not hold it. Writes happen in a worker thread, reads in the calling thread.
 *
 * @param options see `SqliteOptions`; all of it is the operator's
 * @returns an open store; close it to have everything moved into the one file
 * @throws StoreError `ERR_STORE_INPUT` for wrong options, `ERR_STORE_UNAVAILABLE` when the folder is missing or not
 * writable, the file is no database or another application's, or was written by a newer version
 *
 * @example
 * const store = await openSqlite({ path: '/var/lib/bank/sallyport.db' })
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  checkOptions(options)
  const path = resolve(options.path)
  const clock = options.clock ?? Date.now
  return guardStore(options.readOnly === true ? openReadOnly(path, clock) : await openWritable(path, clock))
}

async function openWritable(path: string, clock: () => number): Promise<Store> {
  const writer = new WriterThread(path)
  await writer.start()
  const reads = new ReadSession(() => openBesideWriter(path))
  const queue = new BatchQueue({ commit: (batch) => writer.commit(batch), clock })
  return {
    ...readingHalf(reads, clock),
    commit: (commit: Commit) => queue.add(commit),
    async close(): Promise<void> {
      await queue.drain()
      reads.close()
      await writer.close()
    },
  }
}

function openReadOnly(path: string, clock: () => number): Store {
  const reads = new ReadSession(() => openForReading(path))
  reads.start()
  return {
    ...readingHalf(reads, clock),
    async commit(): Promise<Committed> {
      throw new StoreError('ERR_STORE_INPUT', 'The store was opened for reading only.')
    },
    async close(): Promise<void> {
      reads.close()
    },
  }
}
