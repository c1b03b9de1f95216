import { acceptRollback } from './commands/accept-rollback.ts'
import { count } from './commands/count.ts'
import { runExport } from './commands/export.ts'
import { inventory } from './commands/inventory.ts'
import { keygen } from './commands/keygen.ts'
import { query } from './commands/query.ts'
import { receipt } from './commands/receipt.ts'
import { rotate } from './commands/rotate.ts'
import { story } from './commands/story.ts'
import { verifyReceipt } from './commands/verify-receipt.ts'
import { verify } from './commands/verify.ts'
import { witness } from './commands/witness.ts'
import { CliError, describeError } from './errors.ts'
import { FAILED, VERDICT_CODES, WRONG_USAGE } from './exit-codes.ts'
import { oneLine } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { COMMAND_NAMES, USAGE, usageOf } from './usage.ts'

/** One command: takes its arguments and gives the exit code. */
export type Command = (args: readonly string[], terminal: Terminal) => Promise<number>

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['keygen', keygen],
  ['verify', verify],
  ['query', query],
  ['story', story],
  ['count', count],
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

const HELP: readonly string[] = ['help', '--help', '-h']

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
  try {
    if (HELP.includes(name)) return showUsage(rest[0], terminal)
    const command = COMMANDS.get(name)
    if (command === undefined)
      throw new CliError('ERR_CLI_USAGE', name === '' ? 'Which command?' : `Unknown command: ${name}`)
    if (rest.some((arg) => arg === '--help' || arg === '-h')) return showUsage(name, terminal)
    return await command(rest, terminal)
  } catch (error) {
    return fail(error, { name, terminal })
  }
}

function showUsage(name: string | undefined, terminal: Terminal): number {
  const usage = name === undefined ? USAGE : usageOf(name)
  if (usage === undefined) throw new CliError('ERR_CLI_USAGE', `Unknown command: ${name}`)
  terminal.print(usage)
  return 0
}

function fail(error: unknown, { name, terminal }: { readonly name: string; readonly terminal: Terminal }): number {
  const isUsage = error instanceof CliError && error.code === 'ERR_CLI_USAGE'
  // What is wrong comes last, where the eye is.
  if (isUsage) terminal.report(`${usageOf(name) ?? COMMAND_NAMES}\n`)
  terminal.report(`sallyport: ${oneLine(describeError(error))}`)
  if (isUsage) return WRONG_USAGE
  const isUnreadable = error instanceof CliError && error.code === 'ERR_CLI_UNREADABLE'
  return isUnreadable ? VERDICT_CODES.unverifiable : FAILED
}
