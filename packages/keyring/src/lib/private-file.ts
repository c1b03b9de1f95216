import { constants } from 'node:fs'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { KeyringError } from './errors.ts'
import type { FileHandle } from 'node:fs/promises'

const MAX_BYTES = 65_536
const OTHERS = 0o077
const PRIVATE = 0o600

/**
 * Reads a file that only this user may read or write.
 *
 * Judges the opened file and not its path, so that nobody can swap it in between; a symbolic link is followed, and what
 * it leads to must be ours.
 *
 * @throws KeyringError `ERR_KEYRING_FILE_MISSING`, `ERR_KEYRING_FILE_EXPOSED`, `ERR_KEYRING_FILE_DAMAGED` when it is
 * above 64 kB, `ERR_KEYRING_FILE_UNAVAILABLE`
 */
export async function readPrivateFile(path: string): Promise<string> {
  // Without waiting for a writer, should the path be a pipe.
  const file = await orExplain(open(path, constants.O_RDONLY | constants.O_NONBLOCK), path)
  try {
    await requirePrivate(file, path)
    // One byte more than allowed tells a file that is too long, whatever its size was a moment ago.
    const { bytesRead, buffer } = await orExplain(file.read(Buffer.alloc(MAX_BYTES + 1), 0, MAX_BYTES + 1, 0), path)
    if (bytesRead > MAX_BYTES) throw new KeyringError('ERR_KEYRING_FILE_DAMAGED', 'The key file is above 64 kB.')
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Creates a file that only this user may read or write, whole or not at all.
 *
 * @throws KeyringError `ERR_KEYRING_FILE_EXISTS` when there is one already, `ERR_KEYRING_FILE_UNAVAILABLE`
 */
export async function createPrivateFile(path: string, suffix: string, content: string): Promise<void> {
  const draft = `${path}.${suffix}`
  const file = await orExplain(open(draft, 'wx', PRIVATE), draft)
  try {
    await writeAndClose(file, draft, async () => content)
    // Unlike a rename, a link never replaces what is there.
    await orExplain(link(draft, path), path)
  } finally {
    await rm(draft, { force: true })
  }
  await syncDirectory(path)
}

/**
 * Replaces a file's content, whole or not at all, while no other process does.
 *
 * The draft beside the file is the lock: of several processes one makes it, and the rename that puts it in place also
 * gives the lock back.
 *
 * @throws KeyringError `ERR_KEYRING_FILE_BUSY` while another process does the same, `ERR_KEYRING_FILE_UNAVAILABLE`,
 * and what `change` throws
 */
export async function replacePrivateFile(path: string, change: () => Promise<string>): Promise<void> {
  const draft = `${path}.rotating`
  const file = await orExplain(open(draft, 'wx', PRIVATE), draft)
  try {
    await writeAndClose(file, draft, change)
    await orExplain(rename(draft, path), path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
  await syncDirectory(path)
}

async function writeAndClose(file: FileHandle, path: string, content: () => Promise<string>): Promise<void> {
  try {
    const text = await content()
    if (text.length > MAX_BYTES) throw new KeyringError('ERR_KEYRING_KEYS', 'The key file would be above 64 kB.')
    await orExplain(file.writeFile(text), path)
    await orExplain(file.sync(), path)
  } finally {
    await file.close()
  }
}

async function requirePrivate(file: FileHandle, path: string): Promise<void> {
  const stat = await orExplain(file.stat(), path)
  if (!stat.isFile()) throw exposed(`${path} is not a regular file.`)
  // Where there are no users (Windows), modes say nothing: the directory's access list has to protect the file.
  const user = process.getuid?.()
  if (user === undefined) return
  if (stat.uid !== user && stat.uid !== 0) throw exposed(`${path} belongs to another user: chown ${user} ${path}`)
  if ((stat.mode & OTHERS) !== 0) throw exposed(`${path} is open to other users: chmod 600 ${path}`)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r').catch(() => undefined)
  // Not every system can sync a directory; the file itself is on disk already.
  await directory?.sync().catch(() => undefined)
  await directory?.close()
}

async function orExplain<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw explain(cause, path)
  }
}

function explain(cause: unknown, path: string): KeyringError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return new KeyringError('ERR_KEYRING_FILE_MISSING', `There is no ${path}.`, { cause })
  if (code === 'EEXIST' && path.endsWith('.rotating')) {
    return new KeyringError('ERR_KEYRING_FILE_BUSY', `Keys are being rotated; if not, remove ${path}`, { cause })
  }
  if (code === 'EEXIST') return new KeyringError('ERR_KEYRING_FILE_EXISTS', `There already is ${path}.`, { cause })
  return new KeyringError('ERR_KEYRING_FILE_UNAVAILABLE', `${path} cannot be read or written.`, { cause })
}

function exposed(message: string): KeyringError {
  return new KeyringError('ERR_KEYRING_FILE_EXPOSED', message)
}
