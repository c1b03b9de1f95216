import { createKeyring } from '@sallyport/keyring'
import { createMemoryStore, type Key, type Json, type StoredEntry } from '@sallyport/store'
import { leafHash } from '@sallyport/tlog'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { openAudit } from '../src/lib/open-audit.ts'

/** The ledger of SPEC.md's worked example, made by the code. */
export interface SpecExample {
  readonly entries: readonly StoredEntry[]
  readonly leafHashes: readonly string[]
  /** By the parts of their key, joined by `/`. */
  readonly records: ReadonlyMap<string, Json>
  readonly verifierKey: string
  readonly revealed: Readonly<Record<string, string>> | undefined
}

const ORIGIN = 'bank.example/ledger'

/** Makes the ledger of the worked example: fixed keys, a clock that stands still, counted bytes instead of random ones. */
export async function makeSpecExample(): Promise<SpecExample> {
  const keyring = createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, 1) },
      { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, 2) },
      { id: 'sign0000', purpose: 'sign', secret: Buffer.alloc(32, 3) },
    ],
  })
  const clock = (): number => Date.UTC(2027, 0, 15, 8)
  const store = createMemoryStore({ clock })
  let calls = 0
  const audit = await openAudit({
    store,
    subjects: createMemoryStore({ clock }),
    keyring,
    origin: ORIGIN,
    app: 'bank',
    writer: 'web-1',
    pollMs: 1_000,
    randomBytes: (size) => new Uint8Array(size).fill(++calls),
  })
  const refused = { op: 'remove', key: ['no', 'such', 'record'], expect: 'x' } as const
  await audit.commit({ writes: [refused], events: [{ type: 'session.started', input: { data: {} } }] })
  await audit.emit('access.denied', {
    actor: { user: 'alice' },
    context: { requestId: 'request-7', net: { ip: '203.0.113.77', hops: 1 } },
    target: { route: '/transfers', method: 'POST' },
    outcome: 'failure',
    reason: 'factor_too_old',
    lineage: 'lineage-1',
    data: { requirement: 'transfer' },
  })
  await audit.settle()
  const entries = await store.read(0, 10)
  const records = new Map<string, Json>(
    (await store.list([], { limit: 100 })).map(({ key, value }: { key: Key; value: Json }) => [key.join('/'), value]),
  )
  const [denied] = (await audit.query({ type: 'access.denied' })).events
  const revealed = denied && (await audit.reveal(denied))
  await audit.close()
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return {
    entries,
    leafHashes: entries.map(({ bytes }) => Buffer.from(leafHash(bytes)).toString('hex')),
    records,
    verifierKey: formatVerifierKey(ORIGIN, publicKey),
    revealed,
  }
}
