import { openAudit } from '@sallyport/audit'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import type { Store } from '@sallyport/store'
import { parseVerifierKey } from '@sallyport/tlog/note'
import { CliError } from '../errors.ts'
import { parseAddress } from '../open-ledger.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { jsonText } from '../print-json.ts'
import { readCheckpoint } from '../read-checkpoint.ts'
import { readLogKeys } from '../read-log-key.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = {
  keys: { type: 'string' },
  'log-key': { type: 'string' },
  checkpoint: { type: 'string' },
  app: { type: 'string' },
} as const

/**
 * Lets a ledger go on that was put back to an older copy on purpose: records in it which checkpoint is given up, and has
 * the checkpoint file say what the ledger says. The one command that writes to a ledger.
 */
export async function acceptRollback(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = parseAddress(onlyPositional(parsed, 'The ledger (sqlite:<path>)'))
  const [verifierKey = ''] = await readLogKeys(parsed.text('log-key') ?? 'log.pub')
  const keyring = await openKeyring(parsed.text('keys') ?? 'keys.json')
  const checkpointFile = parsed.text('checkpoint') ?? `${path}.checkpoint`
  const lost = await readCheckpoint(checkpointFile)
  const store = await openExisting(path)
  try {
    const before = await store.size()
    const audit = await openAudit({
      store,
      // Nothing personal is written here, so no key of a person is needed.
      subjects: createMemoryStore(),
      keyring,
      origin: parseVerifierKey(verifierKey).name,
      app: parsed.text('app') ?? 'sallyport',
      writer: 'sallyport accept-rollback',
      checkpointFile,
      acceptRollback: lost,
    })
    const { events } = await audit.query({ type: 'ledger.gap_recorded', since: 0 }, { limit: 1_000 })
    await audit.close()
    const recorded = events.find(({ index, data }) => index >= before && data['restored'] !== undefined)
    terminal.print(
      recorded === undefined
        ? 'Nothing to accept: the ledger is of the line of that checkpoint.'
        : `Entry ${recorded.index} records what was given up: ${jsonText(recorded.data['restored'])}`,
    )
    return 0
  } finally {
    await store.close()
  }
}

// Without creating what is not there: a wrong path is no ledger that was rolled back.
async function openExisting(path: string): Promise<Store> {
  const reader = await openSqlite({ path, readOnly: true }).catch((cause: unknown) => {
    throw new CliError('ERR_CLI_UNREADABLE', `The ledger ${path} cannot be read.`, { cause })
  })
  await reader.close()
  return await openSqlite({ path })
}
