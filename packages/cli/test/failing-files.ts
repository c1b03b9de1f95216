import * as files from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { FileSystem } from '../src/lib/export-folder.ts'

/** A file system that counts its steps, and is dead from one of them on. */
export interface FailingFiles {
  readonly system: FileSystem
  /** Steps that were taken or tried. */
  readonly steps: () => number
}

/**
 * Makes a file system that works until step `dieAt`, from 1, is begun. Of a write that it dies in, half is done; nothing
 * that is tried afterwards has any effect, as after a kill.
 *
 * @param error what every step from then on rejects with.
 */
export function failingFiles(dieAt: number, error: Error = new Error('killed')): FailingFiles {
  let steps = 0
  const step = async (): Promise<void> => {
    steps++
    if (steps >= dieAt) throw error
  }
  const before = <Args extends readonly unknown[], Result>(work: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      await step()
      return await work(...args)
    }
  }
  const watch = (handle: FileHandle): FileHandle => {
    const writeFile = async (bytes: Uint8Array): Promise<void> => {
      if (steps + 1 === dieAt) await handle.writeFile(bytes.subarray(0, bytes.length / 2))
      await step()
      await handle.writeFile(bytes)
    }
    const watched = { writeFile, sync: before(() => handle.sync()) }
    return new Proxy(handle, {
      get: (_, name) => {
        if (name === 'writeFile' || name === 'sync') return watched[name]
        const member: unknown = Reflect.get(handle, name)
        return typeof member === 'function' ? member.bind(handle) : member
      },
    })
  }
  const system: FileSystem = {
    mkdir: before((path, options) => files.mkdir(path, options)),
    open: before(async (path, flags, mode) => watch(await files.open(path, flags, mode))),
    readdir: before((path, options) => files.readdir(path, options)),
    rename: before((from, to) => files.rename(from, to)),
    rmdir: before((path) => files.rmdir(path)),
    unlink: before((path) => files.unlink(path)),
  }
  return { system, steps: () => steps }
}
