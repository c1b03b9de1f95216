import { guardStore, StoreError } from '@sallyport/store'
import type { Commit, Committed, Store } from '@sallyport/store'
import { resolve } from 'node:path'
import { BatchQueue } from './batch-queue.ts'
import { FileWatch } from './file-watch.ts'
import { openBesideWriter, openForReading } from './open-reader.ts'
import { checkOptions } from './options.ts'
import type { SqliteOptions } from './options.ts'
import { ReadSession } from './read-session.ts'
import { readingHalf } from './reading-half.ts'
import type { WireAnswer, WireBatch } from './wire.ts'
import { WriterThread } from './writer-thread.ts'

/**
 * Opens the store on a SQLite file, creating it if need be.
 *
 * A commit that resolves is on disk (write-ahead log, a sync at every batch). Several processes of one host may share
 * the file; a network file system may not hold it. Writes happen in a worker thread, reads in the calling thread.
 *
 * @param options see `SqliteOptions`; all of it is the operator's
 * @returns an open store; close it to have everything moved into the one file
 * @throws StoreError `ERR_STORE_INPUT` for wrong options, `ERR_STORE_UNAVAILABLE` when the folder is missing, not writable
 * or on a network file system, or the file is no database, another application's or of another version of the schema
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
  const files = new FileWatch(path)
  const reads = new ReadSession(() => openBesideWriter(path, files))
  reads.start()
  const commit = async (batch: WireBatch): Promise<readonly WireAnswer[]> => {
    try {
      return await writer.commit(batch)
    } catch (error) {
      // The files may not be the same any more, and connections of one process share what they know of them.
      reads.close()
      throw error
    }
  }
  const queue = new BatchQueue({ commit, clock })
  return {
    file: path,
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
    file: path,
    ...readingHalf(reads, clock),
    async commit(): Promise<Committed> {
      throw new StoreError('ERR_STORE_INPUT', 'The store was opened for reading only.')
    },
    async close(): Promise<void> {
      reads.close()
    },
  }
}
