import { queryLedger } from '@sallyport/audit/query'
import { openKeyring, retireSignKeys, rotateKey } from '@sallyport/keyring'
import { formatVerifierKey, parseVerifierKey } from '@sallyport/tlog/note'
import { CliError } from '../errors.ts'
import { keepLogKeys, replaceLogKeys } from '../log-key-file.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import { readLogKeys } from '../read-log-key.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = { keys: { type: 'string' }, 'log-key': { type: 'string' }, retire: { type: 'string' } } as const

/** The two files of a ledger's keys, and what stands in them. */
interface KeyFiles {
  readonly keys: string
  readonly logKey: string
  readonly origin: string
  /** The lines of the public key file. */
  readonly lines: readonly string[]
  /** The public halves of the sign keys in the key file as verifier keys, the newest first. */
  readonly signing: readonly string[]
}

/**
 * Renews the key that signs a ledger: adds a newer one to the key file and its public half to the public key file, or
 * takes the older ones out of both. Old and new processes sign side by side in between.
 */
export async function rotate(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  noPositionals(parsed)
  const ledger = parsed.text('retire')
  const path = ledger === undefined ? undefined : parseAddress(ledger)
  const files = await readKeyFiles(parsed.text('keys') ?? 'keys.json', parsed.text('log-key') ?? 'log.pub')
  if (path !== undefined) await retire(files, { path, terminal })
  else if (files.lines.includes(files.signing[0] ?? '')) await add(files, terminal)
  else await complete(files, terminal)
  return 0
}

async function add({ keys, logKey, origin, lines }: KeyFiles, terminal: Terminal): Promise<void> {
  const id = await rotateKey(keys, 'sign')
  const [newest = ''] = await readSigning(keys, origin)
  await replaceLogKeys(logKey, [...lines, newest])
  terminal.print(
    `${keys}: the sign key ${id} was added. Start every process anew, then take the older ones out: --retire.`,
  )
  terminal.print(`${logKey}: its public half is one more line. Give it to witnesses, and to whoever verifies receipts.`)
}

/** What a rotation that was killed between the two files left undone. */
async function complete({ keys, logKey, lines, signing }: KeyFiles, terminal: Terminal): Promise<void> {
  const [newest = ''] = signing
  await replaceLogKeys(logKey, [...lines, newest])
  terminal.print(`${logKey}: the newest key of ${keys} was missing and is one more line now. No other key was made.`)
}

/** A ledger that does not know the newest key yet would have nobody left to vouch for it. */
async function retire(
  { keys, logKey, lines, signing }: KeyFiles,
  { path, terminal }: { readonly path: string; readonly terminal: Terminal },
): Promise<void> {
  const [newest = ''] = signing
  if (!(await isAdded(path, newest))) {
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
  if (lines.length === 1 && lines[0] === newest) return
  // A retired key is worth nothing to the ledger any more, so nobody is to trust what somebody else signs with it.
  const copy = await keepLogKeys(logKey, lines)
  await replaceLogKeys(logKey, [newest])
  terminal.print(`${logKey}: the newest key only. Give it to everybody who verifies, in the place of the older file.`)
  terminal.print(`${copy}: the lines until now, for receipts and copies of the ledger from before.`)
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

async function readKeyFiles(keys: string, logKey: string): Promise<KeyFiles> {
  const lines = await readLogKeys(logKey)
  const origin = originOf(logKey, lines)
  const signing = await readSigning(keys, origin)
  // Whoever adds a key to the file of another ledger would have a stranger's key trusted.
  if (signing.some((key) => lines.includes(key))) return { keys, logKey, origin, lines, signing }
  throw new CliError('ERR_CLI_UNREADABLE', `The log key ${logKey} has none of the sign keys of ${keys}.`)
}

async function readSigning(keys: string, origin: string): Promise<readonly string[]> {
  const publicKeys = await (await openKeyring(keys)).publicKeys()
  return publicKeys.map((key) => formatVerifierKey(origin, key))
}

// The name of the keys is that of the ledger, and stands in front of each.
function originOf(logKey: string, lines: readonly string[]): string {
  const [origin, other] = new Set(lines.map((line) => parseVerifierKey(line).name))
  if (origin !== undefined && other === undefined) return origin
  throw new CliError('ERR_CLI_UNREADABLE', `The log key ${logKey} holds the keys of several ledgers.`)
}
