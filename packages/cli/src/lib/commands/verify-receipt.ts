import { verifyReceipt as judgeReceipt } from '@sallyport/audit/ledger'
import type { ReceiptVerdict } from '@sallyport/audit/ledger'
import { CliError, describeError } from '../errors.ts'
import { RECEIPT_CODES } from '../exit-codes.ts'
import { formatReceipt } from '../format-receipt.ts'
import { onlyPositional, parseCommand } from '../parse-command.ts'
import { printJson } from '../print-json.ts'
import { MAX_NOTE_BYTES } from '../read-bounded.ts'
import { readInput } from '../read-input.ts'
import { readLogKeys } from '../read-log-key.ts'
import { receiptFinding } from '../receipt-findings.ts'
import type { ReceiptFinding } from '../receipt-findings.ts'
import { oneLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

const OPTIONS = { 'log-key': { type: 'string' }, json: { type: 'boolean' } } as const

/** A receipt that holds, or why it does not. */
type Judgement =
  | ({ readonly verdict: 'good' } & Omit<Extract<ReceiptVerdict, { ok: true }>, 'ok'>)
  | ReceiptFinding
  | { readonly verdict: 'unverifiable'; readonly reason: 'unreadable'; readonly message: string }

/** Verifies a receipt with nothing but its text and the ledger's public key. */
export async function verifyReceipt(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseCommand(args, OPTIONS)
  const path = onlyPositional(parsed, 'The receipt (a file, or - for standard input)')
  const logKey = parsed.text('log-key')
  if (logKey === undefined) throw new CliError('ERR_CLI_USAGE', '--log-key is missing.')

  const judgement = await judge(path, logKey)
  if (parsed.flag('json')) printJson(terminal, judgement)
  else describe(judgement).forEach((line) => terminal.print(oneLine(line)))
  return RECEIPT_CODES[judgement.verdict]
}

async function judge(path: string, logKey: string): Promise<Judgement> {
  try {
    const verifierKeys = await readLogKeys(logKey)
    const verdict = judgeReceipt(await readInput(path, 'receipt', MAX_NOTE_BYTES), { verifierKeys })
    if (!verdict.ok) return receiptFinding(verdict.reason)
    const { ok: _ok, ...proved } = verdict
    return { verdict: 'good', ...proved }
  } catch (error) {
    return { verdict: 'unverifiable', reason: 'unreadable', message: describeError(error) }
  }
}

function describe(judgement: Judgement): readonly string[] {
  if (judgement.verdict === 'good') return formatReceipt(judgement)
  const innocent = 'innocent' in judgement ? judgement.innocent : undefined
  const line = `${judgement.verdict}: ${judgement.message}`
  return innocent === undefined ? [line] : [line, `innocent cause: ${innocent}`]
}
