import { openKeyring } from '@sallyport/keyring'
import type { Keyring } from '@sallyport/keyring'
import { CliError, describeError } from './errors.ts'
import type { ParsedCommand } from './parse-command.ts'

const KEYED = ['user', 'subject', 'address'] as const

/**
 * Opens the key file where the query needs it: the ledger has no person's id and no whole address, only their pseudonyms.
 *
 * @param parsed the parsed arguments; `--keys`, or `keys.json` if not given.
 * @returns `undefined` when the query needs no key.
 * @throws CliError `ERR_CLI_UNREADABLE` when it is needed and cannot be opened, `ERR_CLI_USAGE` when it is given for nothing.
 */
export async function keyringFor(parsed: ParsedCommand): Promise<Keyring | undefined> {
  const path = parsed.text('keys')
  if (KEYED.every((name) => parsed.text(name) === undefined)) {
    if (path === undefined) return undefined
    throw new CliError('ERR_CLI_USAGE', '--keys is needed for --user, --subject and --address only.')
  }
  try {
    return await openKeyring(path ?? 'keys.json')
  } catch (cause) {
    throw new CliError('ERR_CLI_UNREADABLE', `The key file cannot be opened: ${describeError(cause)}`, { cause })
  }
}
