import { exportLedger } from '@sallyport/audit/export'
import type { Exported } from '@sallyport/audit/export'
import { CliError, describeError } from '../errors.ts'
import { FAILED, VERDICT_CODES } from '../exit-codes.ts'
import { openExportFolder } from '../export-folder.ts'
import { openLedgerStore, parseAddress } from '../open-ledger.ts'
import { parseCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import { showProgress } from '../progress.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

/** The exit codes of an export that was refused, by the error's code; all others are plain failures. */
const REFUSED: Readonly<Record<string, number>> = {
  ERR_AUDIT_TREE_CORRUPT: VERDICT_CODES.corrupt,
  ERR_AUDIT_UNSIGNED: VERDICT_CODES.unverifiable,
  ERR_CLI_UNREADABLE: VERDICT_CODES.unverifiable,
}

/**
 * Copies the signed part of a ledger into a folder that can be verified without the database. Needs no key and writes
 * nothing to the ledger.
 */
export async function runExport(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, { json: { type: 'boolean' } })
  const [address, folder, ...more] = parsed.positionals
  if (address === undefined || folder === undefined || more.length > 0) {
    throw new CliError('ERR_CLI_USAGE', 'An export needs the ledger (sqlite:<path>) and a folder, and nothing else.')
  }
  const path = parseAddress(address)
  const json = parsed.flag('json')
  try {
    const exported = await exportTo(folder, path, json ? { ...terminal, status: undefined } : terminal)
    if (json) printJson(terminal, { ok: true, ...exported })
    else describe(exported).forEach((line) => terminal.print(oneLine(line)))
    return 0
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'ERR_CLI_UNWRITABLE'
    if (json) printJson(terminal, { ok: false, code, message: describeError(error) })
    terminal.report(`sallyport: ${oneLine(describeError(error))}`)
    return REFUSED[code] ?? FAILED
  }
}

async function exportTo(path: string, ledger: string, terminal: Terminal): Promise<Exported> {
  const store = await openLedgerStore(ledger)
  const progress = showProgress(terminal, 'exporting')
  try {
    const folder = await openExportFolder(path)
    try {
      return await exportLedger({ store, folder, onProgress: progress.update })
    } finally {
      folder.close()
    }
  } finally {
    progress.end()
    await store.close()
  }
}

function describe({ origin, size, first, root, written, kept, removed, passedOver }: Exported): readonly string[] {
  const lines = [
    `exported: ${size - first} entries of ${origin}`,
    ...(first === 0
      ? []
      : [`pruned: entries 0–${first - 1} are left out, unless they were exported before; their hashes are there`]),
    `root: ${root}`,
    `files: ${written} written, ${kept} were there, ${removed} partial ones removed`,
  ]
  if (passedOver === 0) return lines
  return [...lines, `note: ${passedOver} newer checkpoints are damaged and were passed over: run sallyport verify`]
}
