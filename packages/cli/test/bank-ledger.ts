import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { event, openAudit } from '@sallyport/audit'
import type { Audit } from '@sallyport/audit'
import { openKeyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import { copyStore } from './copy-store.ts'
import { sallyport } from './run-command.ts'

/** The arguments that name the ledger made by `makeLedger`. */
export const LEDGER = 'sqlite:bank.db'

/** Makes keys and a closed, signed ledger of one honest step-up in a folder. */
export async function makeLedger(folder: string, fill: (audit: Audit) => Promise<void> = stepUpStory): Promise<void> {
  await sallyport(folder, 'keygen', '--origin', 'bank.example/audit')
  await writeOn(folder, fill)
}

/** Opens the ledger once more, records, and closes it; its newest checkpoint is then also in the file `checkpoint`. */
export async function writeOn(folder: string, fill: (audit: Audit) => Promise<void>): Promise<void> {
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const store = await openSqlite({ path: join(folder, 'bank.db') })
  const subjects = createMemoryStore()
  const checkpointFile = join(folder, 'checkpoint')
  const audit = await openAudit({ store, subjects, keyring, origin: 'bank.example/audit', app: 'bank', checkpointFile })
  await fill(audit)
  await audit.close()
  await store.close()
}

/** Changes bytes in the database file behind the back of everything; both texts have the same length. */
export async function tamper(folder: string, from: string, to: string): Promise<void> {
  const path = join(folder, 'bank.db')
  const bytes = await readFile(path)
  const at = bytes.indexOf(from)
  if (at < 0 || from.length !== to.length) throw new Error('tamper: nothing to change')
  bytes.write(to, at)
  await writeFile(path, bytes)
}

/** Removes the last entry, as somebody would who wants the end of the story gone. */
export async function removeLastEntry(folder: string): Promise<void> {
  const path = join(folder, 'bank.db')
  const [whole, cut] = [await openSqlite({ path, readOnly: true }), await openSqlite({ path: `${path}.cut` })]
  await copyStore(whole, cut, (await whole.size()) - 1)
  await whole.close()
  await cut.close()
  await rename(`${path}.cut`, path)
}

/** Changes one character within the signature of every checkpoint. */
export function spoilSignatures(folder: string): void {
  const db = new DatabaseSync(join(folder, 'bank.db'))
  const rows = db.prepare(`SELECT rowid AS id, value FROM records WHERE value LIKE '%— bank.example/audit %'`).all()
  for (const { id, value } of rows) {
    const spoilt = String(value).replace(
      /(— bank\.example\/audit .{20})(.)/g,
      (_all, before: string, one: string) => before + (one === 'A' ? 'B' : 'A'),
    )
    db.prepare('UPDATE records SET value = ? WHERE rowid = ?').run(spoilt, Number(id))
  }
  db.close()
}

async function stepUpStory(audit: Audit): Promise<void> {
  const common = { actor: { user: 'u_alice' }, flow: 'flow-1', lineage: 'lineage-1' }
  const issued = { ...common, challenge: 'c1', data: { factor: 'totp', expiresAt: 1 } } as const
  const verified = { ...common, challenge: 'c1', outcome: 'success', data: { factor: 'totp' } } as const
  await audit.commit({ writes: [], events: [event('challenge.issued', issued)] })
  await audit.commit({ writes: [], events: [event('challenge.verified', verified)] })
}
