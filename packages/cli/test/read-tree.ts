import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Reads all files below a folder, as base64 by path. */
export async function readTree(folder: string): Promise<Readonly<Record<string, string>>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(
    paths.toSorted().map(async (path) => [relative(folder, path), await readFile(path, 'base64')] as const),
  )
  return Object.fromEntries(contents)
}
