import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeyFile, openKeyring, type Keyring } from '@sallyport/keyring'
import { createMemoryStore, type Store } from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import type { Audit } from '../src/lib/audit-contract.ts'
import type { AuditOptions } from '../src/lib/audit-options.ts'
import { openAudit } from '../src/lib/open-audit.ts'
import { parseEntry } from '../src/lib/events/parse-entry.ts'
import type { LedgerEvent } from '../src/lib/events/types.ts'
import { verifyLedger, type Verification } from '../src/lib/verifying/verify.ts'

/** The name of every ledger under test. */
export const LEDGER = 'audit.example.com/bench'

/** The entries with which a ledger begins: its first process, and the key that signs it. */
export const OPENED = ['ledger.opened', 'ledger.key_added'] as const

/** An installation with its keys in a file, on which any number of instances can be opened. */
export interface Bench {
  readonly store: Store
  readonly subjects: Store
  readonly keyring: Keyring
  /** A folder of its own that goes with the bench; the keys are in its `keys.json`. */
  readonly folder: string
  /** Opens an instance; it is closed with the bench. */
  readonly open: (options?: Partial<AuditOptions>) => Promise<Audit>
  readonly verify: () => Promise<Verification>
  /** Everything in the log. */
  readonly events: () => Promise<readonly LedgerEvent[]>
}

/** Makes an installation, gives it to the test and removes it whatever the test does. */
export async function withBench(
  use: (bench: Bench) => Promise<void>,
  parts: { readonly store?: Store; readonly clock?: () => number; readonly keyring?: Keyring } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-audit-'))
  await createKeyFile(join(folder, 'keys.json'))
  const keyring = parts.keyring ?? (await openKeyring(join(folder, 'keys.json')))
  const store = parts.store ?? createMemoryStore({ clock: parts.clock })
  const subjects = createMemoryStore({ clock: parts.clock })
  const opened: Audit[] = []
  const open: Bench['open'] = async (options) => {
    const audit = await openAudit({ store, subjects, keyring, origin: LEDGER, app: 'bench', ...options })
    opened.push(audit)
    return audit
  }
  const events = async (): Promise<readonly LedgerEvent[]> => (await readAll(store)).map(parseEntry)
  try {
    await use({ store, subjects, keyring, folder, open, verify: () => verify(store, keyring), events })
  } finally {
    await Promise.allSettled(opened.map((audit) => audit.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** Opens one instance on a fresh installation. */
export async function withAudit(
  use: (bench: Bench & { readonly audit: Audit }) => Promise<void>,
  options: Partial<AuditOptions> = {},
): Promise<void> {
  await withBench(async (bench) => use({ ...bench, audit: await bench.open(options) }))
}

/** Verifies a ledger under the keys of a key ring. */
export async function verify(store: Store, keyring: Keyring): Promise<Verification> {
  const verifierKeys = (await keyring.publicKeys()).map((key) => formatVerifierKey(LEDGER, key))
  return await verifyLedger({ store, verifierKeys })
}

async function readAll(store: Store): ReturnType<Store['read']> {
  const size = await store.size()
  const entries: Awaited<ReturnType<Store['read']>>[number][] = []
  let next = await store.first()
  while (next < size) {
    entries.push(...(await store.read(next, 4_096)))
    next = (entries.at(-1)?.index ?? next) + 1
  }
  return entries
}
