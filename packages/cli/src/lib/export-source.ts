import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExportSource } from '@sallyport/audit/export'
import { CliError } from './errors.ts'
import { listFolder } from './list-folder.ts'
import { readUpTo } from './read-up-to.ts'

/** Tells whether a path leads to a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/**
 * Gives the files of an export in a folder.
 *
 * @param folder from the command line.
 * @returns what reads them; rejects with `CliError` `ERR_CLI_UNREADABLE` when one cannot be read.
 */
export function exportSource(folder: string): ExportSource {
  return {
    read: async (path, limit) => await orExplain(join(folder, path), (whole) => readUpTo(whole, limit)),
    list: async (path) => await orExplain(join(folder, path), listFolder),
  }
}

async function orExplain<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  try {
    return await read(path)
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('ERR_CLI_UNREADABLE', `${path} cannot be read.`, { cause })
  }
}
