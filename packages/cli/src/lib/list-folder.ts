import { readdir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { CliError } from './errors.ts'
import { absent } from './read-up-to.ts'

// The layout of an export has at most 3,000 names in one folder.
const MAX_NAMES = 100_000

/**
 * Lists a folder.
 *
 * @param path the folder.
 * @param readFolder how folders are read.
 * @returns the names in order, those of folders with a slash at the end; none when there is no such folder. Rejects with
 * `CliError` `ERR_CLI_UNREADABLE` when there are more than 100,000, with the error of the system when it cannot be read.
 */
export async function listFolder(
  path: string,
  readFolder: (path: string, options: { readonly withFileTypes: true }) => Promise<readonly Dirent[]> = readdir,
): Promise<readonly string[]> {
  const found = (await readFolder(path, { withFileTypes: true }).catch(absent)) ?? []
  if (found.length > MAX_NAMES) throw new CliError('ERR_CLI_UNREADABLE', `The folder ${path} holds too many names.`)
  return found.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted()
}
