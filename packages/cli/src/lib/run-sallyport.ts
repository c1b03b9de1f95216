import { acceptRollback } from './commands/accept-rollback.ts'
import { runExport } from './commands/export.ts'
import { inventory } from './commands/inventory.ts'
import { keygen } from './commands/keygen.ts'
import { query } from './commands/query.ts'
import { receipt } from './commands/receipt.ts'
import { rotate } from './commands/rotate.ts'
import { verifyReceipt } from './commands/verify-receipt.ts'
import { verify } from './commands/verify.ts'
import { witness } from './commands/witness.ts'
import { CliError, describeError } from './errors.ts'
import { FAILED, VERDICT_CODES, WRONG_USAGE } from './exit-codes.ts'
import { oneLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { USAGE } from './usage.ts'

/** One command: takes its arguments and gives the exit code. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['keygen', keygen],
  ['verify', verify],
  ['query', query],
  ['export', runExport],
  ['receipt', receipt],
  ['verify-receipt', verifyReceipt],
  ['rotate', rotate],
  ['accept-rollback', acceptRollback],
  ['inventory', inventory],
  ['witness', witness],
  ['verify-approval', verifyApproval],
])

// It brings the verification of passkeys along, which the other commands need not wait for.
async function verifyApproval(args: readonly string[], terminal: Terminal): Promise<number> {
  const command = await import('./commands/verify-approval.ts')
  return await command.verifyApproval(args, terminal)
}

/**
 * Runs the `sallyport` command.
 *
 * @param args the arguments after the program's name.
 * @param terminal where it writes.
 * @returns the exit code: 0 for success, 2 for wrong usage, 50 for a ledger or key that cannot be read, 1 for any other
 * failure, and the codes of the verdicts for `verify`, `verify-receipt` and `verify-approval`. Never rejects.
 */
export async function runSallyport(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = args
  if (['help', '--help', '-h'].includes(name)) {
    terminal.print(USAGE)
    return 0
  }
  try {
    const command = COMMANDS.get(name)
    if (command === undefined)
      throw new CliError('ERR_CLI_USAGE', name === '' ? 'Which command?' : `Unknown command: ${name}`)
    return await command(rest, terminal)
  } catch (error) {
    return fail(error, terminal)
  }
}

function fail(error: unknown, terminal: Terminal): number {
  terminal.report(`sallyport: ${oneLine(describeError(error))}`)
  if (!(error instanceof CliError)) return FAILED
  if (error.code === 'ERR_CLI_UNREADABLE') return VERDICT_CODES.unverifiable
  if (error.code !== 'ERR_CLI_USAGE') return FAILED
  terminal.report(USAGE)
  return WRONG_USAGE
}
