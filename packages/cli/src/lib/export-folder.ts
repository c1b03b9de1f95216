import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import * as files from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ExportFolder } from '@sallyport/audit/export'
import { CliError } from './errors.ts'
import { lockExport } from './export-lock.ts'
import { listFolder } from './list-folder.ts'
import { absent, readUpTo, systemCode } from './read-up-to.ts'

/** What is used of `node:fs/promises`. */
export interface FileSystem {
  readonly mkdir: (path: string, options: { readonly recursive?: boolean; readonly mode: number }) => Promise<unknown>
  readonly open: (path: string, flags: string | number, mode?: number) => Promise<files.FileHandle>
  readonly readdir: (path: string, options: { readonly withFileTypes: true }) => Promise<readonly Dirent[]>
  readonly rename: (from: string, to: string) => Promise<void>
  readonly rmdir: (path: string) => Promise<void>
  readonly unlink: (path: string) => Promise<void>
}

// An export is a copy of the ledger, so nobody else may read it unless its owner says so.
const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700
const DRAFT = /^\..+\.[0-9a-f]{16}\.draft$/
const OF_LAYOUT = /^(?:tile|keys|entries|\d{1,2}|x\d{3}|\d{3}\.p)$/
const MAX_UNFLUSHED = 64
const MAX_KNOWN = 1_024
// Not every system can sync a folder; where it cannot, there is nothing to be done.
const CANNOT_SYNC = new Set(['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP', 'EBADF'])
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EACCES: 'there is no right to',
  EPERM: 'there is no right to',
  EROFS: 'the disk is read-only',
  EIO: 'the disk fails',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
}

/** A folder on disk that an export is written to; to be closed. */
export interface OpenedFolder extends ExportFolder {
  /** Lets other exports in. */
  close(): void
}

/**
 * Opens a folder to export to; makes it if it is not there, and removes what an export that was killed had not finished.
 *
 * A file is written to a draft beside its place, synced, and then renamed, so that it is there whole or not at all.
 *
 * @param path the folder, from the command line.
 * @param system how files are worked with.
 * @throws CliError `ERR_CLI_UNWRITABLE`, as all its methods do.
 */
export async function openExportFolder(path: string, system: FileSystem = files): Promise<OpenedFolder> {
  await orExplain(path, system.mkdir(path, { recursive: true, mode: PRIVATE_FOLDER }))
  const unlock = lockExport(path)
  try {
    await orExplain(path, removeDrafts(system, path))
  } catch (error) {
    unlock()
    throw error
  }
  const folder = new DiskFolder(path, system)
  return {
    read: async (name, limit) => await orExplain(path, readUpTo(join(path, name), limit, system.open)),
    write: async (name, bytes) => await orExplain(path, folder.write(join(path, name), bytes)),
    remove: async (name) => await orExplain(path, folder.remove(join(path, name))),
    flush: async () => await orExplain(path, folder.flush()),
    list: async (name) => await orExplain(path, listFolder(join(path, name), system.readdir)),
    close: unlock,
  }
}

class DiskFolder {
  readonly #root: string
  readonly #system: FileSystem
  /** Folders whose names have changed and are perhaps not on disk yet. */
  readonly #unflushed = new Set<string>()
  /** Folders that are there. */
  readonly #known = new Set<string>()

  constructor(root: string, system: FileSystem) {
    this.#root = root
    this.#system = system
    this.#unflushed.add(dirname(root))
  }

  async write(path: string, bytes: Uint8Array): Promise<void> {
    const folder = dirname(path)
    await this.#make(folder)
    const draft = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.draft`)
    try {
      await this.#writeDraft(draft, bytes)
      await this.#system.rename(draft, path)
    } catch (error) {
      await this.#system.unlink(draft).catch(() => undefined)
      throw error
    }
    await this.#changed(folder)
  }

  async remove(path: string): Promise<void> {
    await this.#system.unlink(path)
    const folder = dirname(path)
    const isGone = folder.endsWith('.p') && (await this.#removeEmpty(folder))
    await this.#changed(isGone ? dirname(folder) : folder)
  }

  async flush(): Promise<void> {
    for (const folder of this.#unflushed) await this.#sync(folder)
    this.#unflushed.clear()
  }

  async #writeDraft(draft: string, bytes: Uint8Array): Promise<void> {
    const file = await this.#system.open(draft, 'wx', PRIVATE_FILE)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #make(folder: string): Promise<void> {
    if (folder === this.#root || this.#known.has(folder)) return
    await this.#make(dirname(folder))
    try {
      await this.#system.mkdir(folder, { mode: PRIVATE_FOLDER })
      await this.#changed(dirname(folder))
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.add(folder)
  }

  async #removeEmpty(folder: string): Promise<boolean> {
    try {
      await this.#system.rmdir(folder)
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error))) return false
      throw error
    }
    this.#known.delete(folder)
    this.#unflushed.delete(folder)
    return true
  }

  async #changed(folder: string): Promise<void> {
    this.#unflushed.add(folder)
    if (this.#unflushed.size > MAX_UNFLUSHED) await this.flush()
  }

  async #sync(path: string): Promise<void> {
    const folder = await this.#system.open(path, 'r').catch(ignoreUnable)
    try {
      await folder?.sync().catch(ignoreUnable)
    } finally {
      await folder?.close()
    }
  }
}

// Only one export is at work here, so every draft is of one that is no more.
async function removeDrafts(system: FileSystem, folder: string): Promise<void> {
  for (const name of await listFolder(folder, system.readdir)) {
    const path = join(folder, name)
    if (DRAFT.test(name)) await system.unlink(path).catch(absent)
    else if (name.endsWith('/') && OF_LAYOUT.test(name.slice(0, -1))) await removeDrafts(system, path)
  }
}

function ignoreUnable(error: unknown): undefined {
  if (CANNOT_SYNC.has(systemCode(error))) return undefined
  throw error
}

async function orExplain<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (cause instanceof CliError) throw cause
    const reason = REASONS[systemCode(cause)] ?? (systemCode(cause) || 'an unknown error')
    throw new CliError(
      'ERR_CLI_UNWRITABLE',
      `The folder ${path} cannot be written: ${reason}. Run the export again when it can.`,
      { cause },
    )
  }
}
