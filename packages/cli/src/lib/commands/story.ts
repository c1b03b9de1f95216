import { tellStory } from '@sallyport/audit/query'
import { CliError } from '../errors.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { parseCommand } from '../parse-command.ts'
import type { ParsedCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const MAX_FLOW = 256

/** Tells one login, enrolment or step-up in plain lines. */
export async function story(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } })
  const { path, flow } = readArguments(parsed)
  const store = await openLedgerStore(path)
  try {
    const told = await tellStory({ store }, flow)
    if (told === undefined) throw new CliError('ERR_CLI_UNREADABLE', 'No event of this ledger has that flow.')
    if (parsed.flag('json')) {
      printJson(terminal, told)
      return 0
    }
    for (const line of told.lines) terminal.print(oneLine(line))
    terminal.print(oneLine(`${' '.repeat(26)}${told.ending}`))
    return 0
  } finally {
    await store.close()
  }
}

function readArguments({ positionals }: ParsedCommand): { readonly path: string; readonly flow: string } {
  const [address, flow, more] = positionals
  if (address === undefined || flow === undefined)
    throw new CliError('ERR_CLI_USAGE', 'The ledger (sqlite:<path>) and the id of a flow are needed.')
  if (more !== undefined) throw new CliError('ERR_CLI_USAGE', 'One flow is told at a time.')
  if (flow.length === 0 || flow.length > MAX_FLOW)
    throw new CliError('ERR_CLI_USAGE', `The id of a flow has 1 to ${MAX_FLOW} characters.`)
  return { path: parseAddress(address), flow }
}
