import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { createWitness, witnessHandler } from '@sallyport/witness'
import { CliError, describeError } from '../errors.ts'
import { parseAddress } from '../open-ledger.ts'
import { noPositionals, parseCommand } from '../parse-command.ts'
import type { ParsedCommand } from '../parse-command.ts'
import { readWitnessedLogs, readWitnessIdentity } from '../read-witness-keys.ts'
import { serveUntilStopped } from '../serve-until-stopped.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  'log-key': { type: 'string', multiple: true },
  policy: { type: 'string' },
  keys: { type: 'string' },
  'witness-key': { type: 'string' },
  store: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  prefix: { type: 'string' },
} as const

/**
 * Serves a witness: cosigns the checkpoints of other ledgers over HTTP until the process is told to stop. Its store must
 * never be put back to an older copy: it would cosign a second history.
 */
export async function witness(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  noPositionals(parsed)
  const address = { host: parsed.text('host') ?? '127.0.0.1', port: readPort(parsed.text('port')) }
  const path = parseAddress(required(parsed, 'store'), 'The store')
  const logs = await readWitnessedLogs(parsed)
  const identity = await readWitnessIdentity(
    parsed.text('keys') ?? 'witness-keys.json',
    parsed.text('witness-key') ?? 'witness.pub',
  )
  const store = await openSqlite({ path })
  try {
    const listener = makeListener({ store, logs, ...identity }, { terminal, prefix: parsed.text('prefix') })
    await serveUntilStopped(listener, address, (url) =>
      terminal.print(`listening on ${url}${parsed.text('prefix') ?? ''}`),
    )
    terminal.report('stopped')
    return 0
  } finally {
    await store.close()
  }
}

function makeListener(
  options: Parameters<typeof createWitness>[0] & { readonly store: Store },
  { terminal, prefix }: { readonly terminal: Terminal; readonly prefix: string | undefined },
): ReturnType<typeof witnessHandler> {
  try {
    const made = createWitness(options)
    const onError = (error: unknown): void => terminal.report(oneLine(`not answered: ${describeError(error)}`))
    const listener = witnessHandler(made, { submissionPrefix: prefix, onError })
    terminal.print(`verifier key: ${made.verifierKey}`)
    return listener
  } catch (cause) {
    throw new CliError('ERR_CLI_USAGE', describeError(cause), { cause })
  }
}

function required(parsed: ParsedCommand, name: string): string {
  const value = parsed.text(name)
  if (value === undefined) throw new CliError('ERR_CLI_USAGE', `--${name} is missing.`)
  return value
}

function readPort(text: string | undefined): number {
  if (text === undefined) throw new CliError('ERR_CLI_USAGE', '--port is missing.')
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new CliError('ERR_CLI_USAGE', '--port is a whole number up to 65535.')
}
