import { parseVerifierKey } from '@sallyport/tlog/note'
import { CliError } from './errors.ts'
import { readBounded } from './read-bounded.ts'

const MAX_KEYS = 100

/**
 * Reads the public keys of a ledger: one verifier key a line, so that a file can hold those before and after a rotation.
 *
 * @param path the file that `sallyport keygen` wrote, from the command line.
 * @returns the keys as text, each checked to be one.
 * @throws CliError `ERR_CLI_UNREADABLE` when the file cannot be read or holds anything else.
 */
export async function readLogKeys(path: string): Promise<readonly string[]> {
  const lines = (await readBounded(path, 'log key')).split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '')
  if (keys.length === 0 || keys.length > MAX_KEYS || !keys.every(isVerifierKey)) {
    throw new CliError('ERR_CLI_UNREADABLE', `The log key ${path} is not a file of verifier keys, one a line.`)
  }
  return keys
}

function isVerifierKey(text: string): boolean {
  try {
    parseVerifierKey(text)
    return true
  } catch {
    return false
  }
}
