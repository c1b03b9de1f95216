import { verifyLedger } from '@sallyport/audit/ledger'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'
import { leafHash } from '@sallyport/tlog'

import { fillLedger } from '../support/filled-ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const BATCH = 1_024

/** Verifying a stored ledger, against hashing the leaves of the same entries where they lie in memory already. */
export async function measureVerify({ rounds, ledgerEntries }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    const { path, verifierKey } = await fillLedger(folder, ledgerEntries)
    const store = await openSqlite({ path, readOnly: true })
    const entries = await readAll(store)
    const verify = async (quick: boolean): Promise<number> => {
      const startedAt = performance.now()
      const { verdict, size } = await verifyLedger({ store, verifierKeys: [verifierKey], quick })
      if (verdict !== 'good' || size !== entries.length) throw new Error(`The ledger was found ${verdict} (${size}).`)
      return perSecond(size, startedAt)
    }
    const figures = await measureInterleaved(
      { quick: () => verify(true), full: () => verify(false), hashing: () => hashAll(entries) },
      rounds,
    )
    await store.close()
    const about = { unit: 'entries/s', peers: { 'leaf hashing from memory': figures('hashing') } }
    const bytes = entries.reduce((sum, entry) => sum + entry.length, 0)
    const note = `${entries.length} entries of ${Math.round(bytes / entries.length)} bytes on average, on SQLite.`
    return [
      { ...about, name: 'verify, integrity only', ours: figures('quick'), target: 0.4, note },
      { ...about, name: 'verify, everything', ours: figures('full'), target: 0.15, note },
    ]
  })
}

async function readAll(store: Store): Promise<readonly Uint8Array[]> {
  const size = await store.size()
  const entries: Uint8Array[] = []
  while (entries.length < size) for (const { bytes } of await store.read(entries.length, BATCH)) entries.push(bytes)
  return entries
}

function hashAll(entries: readonly Uint8Array[]): number {
  const startedAt = performance.now()
  let last = 0
  for (const entry of entries) last = leafHash(entry)[0] ?? 0
  // Also keeps the hashing from being optimised away.
  if (last > 255) throw new Error('hashAll: a byte is at most 255')
  return perSecond(entries.length, startedAt)
}
