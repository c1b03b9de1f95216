import { lstat, writeFile } from 'node:fs/promises'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { CliError } from '../errors.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = { origin: { type: 'string' }, keys: { type: 'string' }, 'log-key': { type: 'string' } } as const
const PUBLIC_KEY_BYTES = 32

/**
 * Makes the keys of a new ledger: the private key file, and beside it the public key that verifies the ledger. Neither
 * file is ever overwritten.
 */
export async function keygen(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  noPositionals(parsed)
  const origin = checkOrigin(parsed.text('origin'))
  const keys = parsed.text('keys') ?? 'keys.json'
  const logKey = parsed.text('log-key') ?? 'log.pub'
  await refuseExisting(keys)
  await refuseExisting(logKey)

  await createKeyFile(keys)
  const keyring = await openKeyring(keys)
  const [newest = new Uint8Array()] = await keyring.publicKeys()
  await writeFile(logKey, `${formatVerifierKey(origin, newest)}\n`, { flag: 'wx', mode: 0o644 })

  terminal.print(`${keys}: the private keys. Keep a copy in a safe place; without it nothing sealed can be read.`)
  terminal.print(`${logKey}: the public key of ${origin}. Give it to whoever is to verify the ledger.`)
  return 0
}

/** A name that the signed note could not carry is refused before anything is written. */
function checkOrigin(origin: string | undefined): string {
  if (origin === undefined) throw new CliError('ERR_CLI_USAGE', '--origin is missing.')
  try {
    formatVerifierKey(origin, new Uint8Array(PUBLIC_KEY_BYTES))
    return origin
  } catch (cause) {
    throw new CliError(
      'ERR_CLI_USAGE',
      'An origin is a name without spaces or plus signs, such as bank.example/audit.',
      {
        cause,
      },
    )
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined) {
    throw new CliError('ERR_CLI_EXISTS', `${path} is already there and was left as it is.`)
  }
}
