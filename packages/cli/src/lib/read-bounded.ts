import { open } from 'node:fs/promises'
import { CliError } from './errors.ts'

const MAX_BYTES = 65_536

/**
 * Reads the beginning of a file.
 *
 * @param path the file, from the command line.
 * @param what what the file is, for the message.
 * @param maxBytes how much of it, 64 kB if not given.
 * @throws CliError `ERR_CLI_UNREADABLE`
 */
export async function readBounded(path: string, what: string, maxBytes: number = MAX_BYTES): Promise<string> {
  const unreadable = (cause: unknown): never => {
    throw new CliError('ERR_CLI_UNREADABLE', `The ${what} ${path} cannot be read.`, { cause })
  }
  const file = await open(path, 'r').catch(unreadable)
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(maxBytes) })
    return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    return unreadable(cause)
  } finally {
    await file.close()
  }
}
