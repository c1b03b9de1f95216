import { openKeyring } from '@sallyport/keyring'
import { formatCosignerKey, parsePolicy } from '@sallyport/tlog/witness'
import { CliError, describeError } from './errors.ts'
import type { ParsedCommand } from './parse-command.ts'
import { MAX_NOTE_BYTES, readBounded } from './read-bounded.ts'
import { readLogKeys } from './read-log-key.ts'

/** What a witness signs with. */
export interface WitnessIdentity {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
}

/**
 * Reads the keys that `sallyport keygen --witness` made: name and public key from the one file, the private half from
 * the other.
 *
 * @param keys the private key file, from the command line.
 * @param witnessKey the public key file, from the command line.
 * @throws CliError `ERR_CLI_UNREADABLE` when one cannot be read, or they do not belong together.
 */
export async function readWitnessIdentity(keys: string, witnessKey: string): Promise<WitnessIdentity> {
  const text = (await readBounded(witnessKey, 'witness key')).trim()
  const keyring = await openKeyring(keys).catch((cause: unknown) => {
    throw new CliError('ERR_CLI_UNREADABLE', `The keys ${keys} cannot be read: ${describeError(cause)}`, { cause })
  })
  const [name = ''] = text.split('+', 1)
  const publicKey = (await keyring.publicKeys()).find((key) => isKeyOf(text, name, key))
  if (publicKey !== undefined) return { name, publicKey, sign: async (message) => keyring.sign(message, publicKey) }
  throw new CliError('ERR_CLI_UNREADABLE', `The witness key ${witnessKey} is not that of the keys ${keys}.`)
}

/**
 * Reads which logs are to be cosigned.
 *
 * @param parsed the arguments: `--log-key`, as often as wanted, or a `--policy` whose logs are taken.
 * @throws CliError `ERR_CLI_USAGE` when there is neither, or both; `ERR_CLI_UNREADABLE`
 */
export async function readWitnessedLogs(parsed: ParsedCommand): Promise<readonly string[]> {
  const [policy, logKeys] = [parsed.text('policy'), parsed.texts('log-key')]
  if ((policy === undefined) === (logKeys.length === 0)) {
    throw new CliError('ERR_CLI_USAGE', 'Either --log-key or --policy says which ledgers are cosigned.')
  }
  if (policy === undefined) return (await Promise.all(logKeys.map(readLogKeys))).flat()
  const logs = await readPolicyLogs(policy)
  if (logs.length > 0) return logs
  throw new CliError('ERR_CLI_UNREADABLE', `The policy ${policy} names no log.`)
}

async function readPolicyLogs(path: string): Promise<readonly string[]> {
  const text = await readBounded(path, 'policy', { maxBytes: MAX_NOTE_BYTES })
  try {
    return parsePolicy(text).logs.map(({ verifierKey }) => verifierKey)
  } catch (cause) {
    throw new CliError('ERR_CLI_UNREADABLE', `The policy ${path} is none: ${describeError(cause)}`, { cause })
  }
}

function isKeyOf(text: string, name: string, key: Uint8Array): boolean {
  try {
    return formatCosignerKey(name, key) === text
  } catch {
    return false
  }
}
