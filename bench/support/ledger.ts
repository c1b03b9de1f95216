import { join } from 'node:path'

import { openAudit, type Audit } from '@sallyport/audit'
import { createKeyFile, openKeyring, type Keyring } from '@sallyport/keyring'
import { openSqlite } from '@sallyport/sqlite'
import type { Store } from '@sallyport/store'

/** Names the ledger in its checkpoints. */
export const ORIGIN = 'bench.example/ledger'

/** A ledger on SQLite as an application opens it: every default in place. */
export interface BenchLedger {
  readonly path: string
  readonly store: Store
  readonly audit: Audit
  readonly keyring: Keyring
  /** Signs the last entries and closes the files. */
  readonly close: () => Promise<void>
}

/** Opens a new ledger in a folder. */
export async function openLedger(folder: string): Promise<BenchLedger> {
  await createKeyFile(join(folder, 'keys.json'))
  const keyring = await openKeyring(join(folder, 'keys.json'))
  const path = join(folder, 'sallyport.db')
  const store = await openSqlite({ path })
  const subjects = await openSqlite({ path: join(folder, 'subjects.db') })
  const audit = await openAudit({ store, subjects, keyring, origin: ORIGIN, app: 'bench' })
  return {
    path,
    store,
    audit,
    keyring,
    async close(): Promise<void> {
      await audit.close()
      await Promise.all([store.close(), subjects.close()])
    },
  }
}
