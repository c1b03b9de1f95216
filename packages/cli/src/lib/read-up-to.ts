import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'

// What a path leads to that holds no file: nothing, something below a file, a name that no file can have, a socket.
const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENXIO'])

/**
 * Reads a file, or its beginning.
 *
 * @param path the file; what is not an ordinary file counts as none.
 * @param limit how many bytes at most.
 * @param openFile how files are opened.
 * @returns the bytes; `undefined` when there is no file. Rejects with the error of the system when it cannot be read.
 */
export async function readUpTo(
  path: string,
  limit: number,
  openFile: (path: string, flags: number) => Promise<FileHandle> = open,
): Promise<Uint8Array | undefined> {
  // Without waiting for a writer, should the path be a pipe.
  const file = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(absent)
  if (file === undefined) return undefined
  try {
    const stats = await file.stat()
    return stats.isFile() ? await readAll(file, Math.min(stats.size, limit)) : undefined
  } finally {
    await file.close()
  }
}

/** Gives `undefined` for the errors that mean that there is no such file, and throws all others. */
export function absent(error: unknown): undefined {
  if (ABSENT.has(systemCode(error))) return undefined
  throw error
}

/** Gives the code of an error of the system, such as `ENOSPC`; empty when it is none. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

async function readAll(file: FileHandle, length: number): Promise<Uint8Array> {
  const buffer = Buffer.alloc(length)
  let end = 0
  while (end < length) {
    const { bytesRead } = await file.read(buffer, end, length - end, end)
    if (bytesRead === 0) break
    end += bytesRead
  }
  return buffer.subarray(0, end)
}
