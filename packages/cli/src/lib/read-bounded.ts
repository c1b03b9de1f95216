import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './errors.ts'
import { systemCode } from './read-up-to.ts'

const MAX_BYTES = 65_536
/** How much of a checkpoint, a receipt or a policy is read, in bytes: a signed note has no more. */
export const MAX_NOTE_BYTES = 1_000_000
const WAIT_MS = 10_000
const LOOK_AGAIN_MS = 10

/** How much is read, and how long is waited for it. */
interface ReadLimits {
  /** 64 kB if not given. */
  readonly maxBytes?: number
  /** How long a pipe may be silent, in milliseconds; 10 seconds if not given. */
  readonly waitMs?: number
}

/**
 * Reads a file whole, or what a pipe gives until its writer closes it, such as the shell's `<(…)`.
 *
 * @param path the file, from the command line.
 * @param what what the file is, for the message.
 * @param limits how much, and how long.
 * @throws CliError `ERR_CLI_UNREADABLE` when it cannot be read, is longer, or nothing comes; never a part of it.
 */
export async function readBounded(path: string, what: string, limits: ReadLimits = {}): Promise<string> {
  const { maxBytes = MAX_BYTES, waitMs = WAIT_MS } = limits
  const unreadable = (cause: unknown): never => {
    if (cause instanceof CliError) throw cause
    throw new CliError('ERR_CLI_UNREADABLE', `The ${what} ${path} cannot be read.`, { cause })
  }
  // Without waiting for a writer, should the path be a pipe.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(unreadable)
  try {
    // One byte more than allowed tells a file that is too long.
    const bytes = await readToEnd(file, maxBytes + 1, waitMs)
    if (bytes === undefined) {
      throw new CliError('ERR_CLI_UNREADABLE', `The ${what} ${path} is a pipe that nothing came from.`)
    }
    if (bytes.length > maxBytes) throw tooLong(`The ${what} ${path}`, maxBytes)
    return bytes.toString('utf8')
  } catch (cause) {
    return unreadable(cause)
  } finally {
    await file.close()
  }
}

/** Says that something is longer than what is read of it. */
export function tooLong(name: string, maxBytes: number): CliError {
  return new CliError('ERR_CLI_UNREADABLE', `${name} is longer than ${maxBytes.toLocaleString('en-US')} bytes.`)
}

/** Reads until the end or the limit; gives `undefined` when a pipe was silent for too long. */
async function readToEnd(file: FileHandle, limit: number, waitMs: number): Promise<Buffer | undefined> {
  const isPipe = (await file.stat()).isFIFO()
  const buffer = Buffer.alloc(limit)
  let [length, heard] = [0, performance.now()]
  while (length < limit) {
    const bytesRead = await readSome(file, buffer.subarray(length))
    // A pipe that nobody has opened for writing yet is at its end, too.
    const isEnd = bytesRead === 0 && (length > 0 || !isPipe)
    if (isEnd) break
    if (bytesRead !== undefined && bytesRead > 0) [length, heard] = [length + bytesRead, performance.now()]
    else if (performance.now() - heard > waitMs) return undefined
    else await sleep(LOOK_AGAIN_MS)
  }
  return buffer.subarray(0, length)
}

/** Reads what is there: `undefined` when a writer has not written yet, 0 at the end. */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return undefined
    throw error
  }
}
