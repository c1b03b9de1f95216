import { lstat, writeFile } from 'node:fs/promises'
import { createKeyFile, openKeyring } from '@sallyport/keyring'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { formatCosignerKey } from '@sallyport/tlog/witness'
import { CliError } from '../errors.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import type { ParsedCommand } from '../parse-command.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  origin: { type: 'string' },
  witness: { type: 'string' },
  keys: { type: 'string' },
  'log-key': { type: 'string' },
  'witness-key': { type: 'string' },
} as const
const PUBLIC_KEY_BYTES = 32

/** Whose keys are made, and where they go. */
interface Wanted {
  readonly name: string
  readonly keys: string
  readonly publicKey: string
  /** Formats the public half for those who verify. */
  readonly format: (name: string, publicKey: Uint8Array) => string
}

/**
 * Makes the keys of a new ledger, or of a witness: the private key file, and beside it the public key that verifies what
 * they sign. Neither file is ever overwritten.
 */
export async function keygen(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  noPositionals(parsed)
  const { name, keys, publicKey, format } = readWanted(parsed)
  await refuseExisting(keys)
  await refuseExisting(publicKey)

  await createKeyFile(keys)
  const keyring = await openKeyring(keys)
  const [newest = new Uint8Array()] = await keyring.publicKeys()
  await writeFile(publicKey, `${format(name, newest)}\n`, { flag: 'wx', mode: 0o644 })

  terminal.print(`${keys}: the private keys. Keep a copy in a safe place; ${whyKept(parsed)}`)
  terminal.print(`${publicKey}: the public key of ${name}. Give it to whoever is to verify ${whatSigned(parsed)}.`)
  return 0
}

function readWanted(parsed: ParsedCommand): Wanted {
  const [origin, witness] = [parsed.text('origin'), parsed.text('witness')]
  const format = witness === undefined ? formatVerifierKey : formatCosignerKey
  if (origin !== undefined && witness !== undefined) {
    throw new CliError('ERR_CLI_USAGE', 'A key signs a ledger or cosigns as a witness, never both: run keygen twice.')
  }
  const [foreign, own] = witness === undefined ? ['witness-key', 'log-key'] : ['log-key', 'witness-key']
  if (parsed.text(foreign) !== undefined) throw new CliError('ERR_CLI_USAGE', `--${foreign} does not belong here.`)
  return {
    name: checkName(origin ?? witness, format),
    keys: parsed.text('keys') ?? (witness === undefined ? 'keys.json' : 'witness-keys.json'),
    publicKey: parsed.text(own) ?? (witness === undefined ? 'log.pub' : 'witness.pub'),
    format,
  }
}

function whyKept(parsed: ParsedCommand): string {
  return parsed.text('witness') === undefined
    ? 'without it nothing sealed can be read.'
    : 'whoever has it can cosign in your name.'
}

function whatSigned(parsed: ParsedCommand): string {
  return parsed.text('witness') === undefined ? 'the ledger' : 'its cosignatures'
}

/** A name that the signed note could not carry is refused before anything is written. */
function checkName(name: string | undefined, format: Wanted['format']): string {
  if (name === undefined) throw new CliError('ERR_CLI_USAGE', '--origin is missing (or --witness).')
  try {
    format(name, new Uint8Array(PUBLIC_KEY_BYTES))
    return name
  } catch (cause) {
    const message = 'An origin is a name without spaces or plus signs, such as bank.example/audit.'
    throw new CliError('ERR_CLI_USAGE', message, { cause })
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined) {
    throw new CliError('ERR_CLI_EXISTS', `${path} is already there and was left as it is.`)
  }
}
