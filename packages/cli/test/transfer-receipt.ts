import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { event } from '@sallyport/audit'
import type { Audit } from '@sallyport/audit'
import { LEDGER, makeLedger } from './bank-ledger.ts'
import { sallyport } from './run-command.ts'

/** Makes a ledger with one approved transfer, and gives the id of its `access.allowed`. */
export async function makeTransfer(
  folder: string,
  fill: (audit: Audit) => Promise<void> = recordTransfer,
): Promise<string> {
  await makeLedger(folder, fill)
  const run = await sallyport(folder, 'query', LEDGER, '--type', 'access.allowed', '--json')
  return String(JSON.parse(run.stdout).id)
}

async function recordTransfer(audit: Audit): Promise<void> {
  const allowed = event('access.allowed', {
    actor: { user: 'u_alice', identity: { name: 'Alice Example' } },
    target: { method: 'POST', route: '/transfer' },
    authn: { factor: 'webauthn' },
    outcome: 'success',
    data: { requirement: 'transfer' },
  })
  await audit.commit({ writes: [], events: [allowed] })
}

/** Makes the ledger and the receipt of its transfer in the file `receipt`. */
export async function makeReceiptFile(folder: string): Promise<{ readonly id: string; readonly text: string }> {
  const id = await makeTransfer(folder)
  await sallyport(folder, 'receipt', LEDGER, '--event', id, '--out', 'receipt')
  return { id, text: await readFile(join(folder, 'receipt'), 'utf8') }
}
