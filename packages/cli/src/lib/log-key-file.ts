import { randomBytes } from 'node:crypto'
import { open, realpath, rename, stat, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { CliError } from './errors.ts'
import { systemCode } from './read-up-to.ts'

const MAX_COPIES = 1_000
const PERMISSIONS = 0o777

/**
 * Replaces the public key file of a ledger, whole or not at all: one verifier key a line, each ended. Its permissions stay.
 *
 * @param path the file, from the command line; it must be there.
 * @param keys the verifier keys, the oldest first.
 * @throws CliError `ERR_CLI_UNWRITABLE` when it cannot be written.
 */
export async function replaceLogKeys(path: string, keys: readonly string[]): Promise<void> {
  await orExplain(path, replace(path, keys))
}

/**
 * Keeps the lines of a public key file beside it, in the first of `<path>.1`, `<path>.2`, … that is not there.
 *
 * @param path the file, from the command line.
 * @param keys the verifier keys, the oldest first.
 * @returns the path of the copy.
 * @throws CliError `ERR_CLI_UNWRITABLE` when it cannot be written.
 */
export async function keepLogKeys(path: string, keys: readonly string[]): Promise<string> {
  return await orExplain(path, keep(path, keys))
}

async function replace(path: string, keys: readonly string[]): Promise<void> {
  // What a link leads to is replaced, not the link.
  const target = await realpath(path)
  const { mode } = await stat(target)
  const draft = join(dirname(target), `.${basename(target)}.${randomBytes(8).toString('hex')}.draft`)
  try {
    await write(draft, keys, mode & PERMISSIONS)
    await rename(draft, target)
  } catch (error) {
    await unlink(draft).catch(() => undefined)
    throw error
  }
  await syncFolder(target)
}

async function keep(path: string, keys: readonly string[]): Promise<string> {
  const { mode } = await stat(path)
  for (let number = 1; number <= MAX_COPIES; number++) {
    const copy = `${path}.${number}`
    try {
      await write(copy, keys, mode & PERMISSIONS)
      await syncFolder(copy)
      return copy
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
  }
  throw new CliError('ERR_CLI_EXISTS', `${path}.1 to ${path}.${MAX_COPIES} are all there already.`)
}

async function write(path: string, keys: readonly string[], mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.chmod(mode)
    await file.writeFile(keys.map((key) => `${key}\n`).join(''))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle | undefined = await open(dirname(path), 'r').catch(() => undefined)
  // Not every system can sync a folder; the file itself is on disk already.
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

async function orExplain<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    throw new CliError('ERR_CLI_UNWRITABLE', `The log key ${path} cannot be written.`, { cause })
  }
}
