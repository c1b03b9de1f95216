import { open } from 'node:fs/promises'
import { parseVerifierKey } from '@sallyport/tlog/note'
import { CliError } from './errors.ts'

const MAX_BYTES = 65_536
const MAX_KEYS = 64

/**
 * Reads the public keys of a ledger: one verifier key a line, so that a file can hold those before and after a rotation.
 *
 * @param path the file that `sallyport keygen` wrote, from the command line.
 * @returns the keys as text, each checked to be one.
 * @throws CliError `ERR_CLI_UNREADABLE` when the file cannot be read or holds anything else.
 */
export async function readLogKeys(path: string): Promise<readonly string[]> {
  const lines = (await readBounded(path)).split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '')
  if (keys.length === 0 || keys.length > MAX_KEYS || !keys.every(isVerifierKey)) {
    throw new CliError('ERR_CLI_UNREADABLE', `The log key ${path} is not a file of verifier keys, one a line.`)
  }
  return keys
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => unreadable(path, cause))
  try {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_BYTES) })
    return buffer.toString('utf8', 0, bytesRead)
  } catch (cause) {
    return unreadable(path, cause)
  } finally {
    await file.close()
  }
}

function unreadable(path: string, cause: unknown): never {
  throw new CliError('ERR_CLI_UNREADABLE', `The log key ${path} cannot be read.`, { cause })
}

function isVerifierKey(text: string): boolean {
  try {
    parseVerifierKey(text)
    return true
  } catch {
    return false
  }
}
