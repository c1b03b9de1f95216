import { constants } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

import { AuditError } from '../errors.ts'
import type { RandomBytes } from '../system.ts'
import type { CheckpointPlace } from './signer-place.ts'

// A checkpoint with one signature has about 200 bytes.
const MAX_BYTES = 65_536
const PRIVATE = 0o600

/**
 * Makes the second place of the newest checkpoint: a file of its own, beside the database or on another disk.
 *
 * The file is replaced whole or not at all, and is on disk when `write` resolves. Several processes may write to it:
 * each makes its own draft.
 *
 * @param path From the configuration; its folder must exist.
 * @param randomBytes Names the drafts.
 * @returns The place; its methods reject with `AuditError` `ERR_AUDIT_CHECKPOINT_FILE`.
 */
export function checkpointFile(path: string, randomBytes: RandomBytes): CheckpointPlace {
  return {
    read: async () => await orExplain(path, readNote(path)),
    write: async (note) => {
      const draft = `${path}.${Buffer.from(randomBytes(8)).toString('hex')}`
      await orExplain(path, replace(path, draft, note))
    },
  }
}

async function readNote(path: string): Promise<string | undefined> {
  // Without waiting for a writer, should the path be a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(absent)
  if (file === undefined) return undefined
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

async function replace(path: string, draft: string, note: string): Promise<void> {
  try {
    const file = await open(draft, 'wx', PRIVATE)
    try {
      await file.writeFile(note)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncFolder(path)
}

async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle | undefined = await open(dirname(path), 'r').catch(() => undefined)
  // Not every system can sync a folder; the file itself is on disk already.
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

async function orExplain<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw new AuditError('ERR_AUDIT_CHECKPOINT_FILE', `The checkpoint file ${path} cannot be read or written.`, {
      cause,
    })
  }
}
