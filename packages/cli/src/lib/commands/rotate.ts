import { appendFile } from 'node:fs/promises'
import { queryLedger } from '@sallyport/audit/ledger'
import { openKeyring, retireSignKeys, rotateKey } from '@sallyport/keyring'
import { formatVerifierKey, parseVerifierKey } from '@sallyport/tlog/note'
import { CliError } from '../errors.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import { readLogKeys } from '../read-log-key.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = { keys: { type: 'string' }, 'log-key': { type: 'string' }, retire: { type: 'string' } } as const

/**
 * Renews the key that signs a ledger: adds a newer one to the key file and its public half to the public key file, or
 * takes the older ones out of the key file. Old and new processes sign side by side in between.
 */
export async function rotate(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  noPositionals(parsed)
  const keys = parsed.text('keys') ?? 'keys.json'
  const logKey = parsed.text('log-key') ?? 'log.pub'
  const origin = await originOf(logKey)
  const ledger = parsed.text('retire')
  if (ledger !== undefined) return await retire({ keys, origin, path: parseAddress(ledger) }, terminal)

  const id = await rotateKey(keys, 'sign')
  const [newest = new Uint8Array()] = await (await openKeyring(keys)).publicKeys()
  await appendFile(logKey, `${formatVerifierKey(origin, newest)}\n`)

  terminal.print(
    `${keys}: the sign key ${id} was added. Start every process anew, then take the older ones out: --retire.`,
  )
  terminal.print(`${logKey}: its public half is one more line. Give it to witnesses, and to whoever verifies receipts.`)
  return 0
}

/** A ledger that does not know the newest key yet would have nobody left to vouch for it. */
async function retire(
  { keys, origin, path }: { readonly keys: string; readonly origin: string; readonly path: string },
  terminal: Terminal,
): Promise<number> {
  const [newest = new Uint8Array()] = await (await openKeyring(keys)).publicKeys()
  if (!(await isAdded(path, formatVerifierKey(origin, newest)))) {
    throw new CliError(
      'ERR_CLI_TOO_EARLY',
      'The ledger does not know the newest key yet: start every process anew before the older keys are taken out.',
    )
  }
  const retired = await retireSignKeys(keys)
  if (retired.length === 0) terminal.print(`${keys}: there is one sign key only; nothing was changed.`)
  else
    terminal.print(
      `${keys}: without the sign keys ${retired.join(', ')}. The next start records that they are retired.`,
    )
  return 0
}

async function isAdded(path: string, key: string): Promise<boolean> {
  const store = await openLedgerStore(path)
  try {
    const { events } = await queryLedger({ store }, { type: 'ledger.key_added' }, { limit: 1_000 })
    return events.some(({ data }) => data['key'] === key)
  } finally {
    await store.close()
  }
}

// The name of the keys is that of the ledger, and stands in front of each.
async function originOf(logKey: string): Promise<string> {
  const names = new Set((await readLogKeys(logKey)).map((line) => parseVerifierKey(line).name))
  const [origin, other] = names
  if (origin !== undefined && other === undefined) return origin
  throw new CliError('ERR_CLI_UNREADABLE', `The log key ${logKey} holds the keys of several ledgers.`)
}
