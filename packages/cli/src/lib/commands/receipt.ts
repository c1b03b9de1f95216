import { lstat, writeFile } from 'node:fs/promises'
import { makeReceipt } from '@sallyport/audit/ledger'
import { CliError, describeError } from '../errors.ts'
import { VERDICT_CODES } from '../exit-codes.ts'
import { parseEventId } from '../find-event.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = { event: { type: 'string' }, out: { type: 'string' } } as const

/**
 * Makes the receipt of one event, to standard output or into a file that is not there yet. Needs no key and writes
 * nothing to the ledger.
 */
export async function receipt(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const event = parsed.text('event')
  if (event === undefined) throw new CliError('ERR_CLI_USAGE', '--event is missing.')
  const id = parseEventId(event)
  const out = parsed.text('out')
  if (out !== undefined) await refuseExisting(out)

  const made = await make(path, id)
  if (made instanceof Error) {
    terminal.report(`sallyport: ${describeError(made)}`)
    return VERDICT_CODES.corrupt
  }
  if (out === undefined) terminal.print(made.replace(/\n$/, ''))
  else await write(out, made)
  return 0
}

/** Gives the receipt, or the error that says that the ledger is not what was signed. */
async function make(path: string, id: string): Promise<string | Error> {
  const store = await openLedgerStore(path)
  try {
    return await makeReceipt(store, id)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_AUDIT_TREE_CORRUPT') return error
    throw new CliError('ERR_CLI_UNREADABLE', `There is no receipt: ${describeError(error)}`, { cause: error })
  } finally {
    await store.close()
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    await refuseExisting(path)
    throw new CliError('ERR_CLI_UNREADABLE', `${path} cannot be written.`, { cause })
  }
}

async function refuseExisting(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found !== undefined) throw new CliError('ERR_CLI_EXISTS', `${path} is already there and was left as it is.`)
}
