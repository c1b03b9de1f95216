import { CliError } from './errors.ts'
import { readBounded, tooLong } from './read-bounded.ts'

/**
 * Reads a file, or standard input, whole.
 *
 * @param path the file, from the command line; `-` is standard input.
 * @param what what it is, for the message.
 * @param maxBytes how long it may be.
 * @throws CliError `ERR_CLI_UNREADABLE` when it cannot be read or is longer.
 */
export async function readInput(path: string, what: string, maxBytes: number): Promise<string> {
  if (path !== '-') return await readBounded(path, what, { maxBytes })
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of process.stdin) {
      const bytes = Buffer.from(chunk)
      chunks.push(bytes)
      length += bytes.length
      if (length > maxBytes) break
    }
  } catch (cause) {
    throw new CliError('ERR_CLI_UNREADABLE', `The ${what} cannot be read from standard input.`, { cause })
  }
  if (length > maxBytes) throw tooLong(`The ${what} on standard input`, maxBytes)
  return Buffer.concat(chunks).toString('utf8')
}
