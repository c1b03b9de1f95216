import { openKeyring } from '@sallyport/keyring'
import type { Keyring } from '@sallyport/keyring'
import { CliError, describeError } from './errors.ts'
import type { ParsedCommand } from './parse-command.ts'
import type { Terminal } from './terminal.ts'

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

/**
 * Says why nothing may have been found for a person.
 *
 * @param parsed the parsed arguments.
 * @param terminal where it is said.
 */
export function explainNothing(parsed: ParsedCommand, terminal: Terminal): void {
  if (parsed.text('user') === undefined && parsed.text('subject') === undefined) return
  terminal.report(
    'Nothing was found. --user and --subject take the id by which the application knows a person: not the name',
  )
  terminal.report('that they type, and not a pseudonym (--actor). The key file must have the key of that time.')
}
