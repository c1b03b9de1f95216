import { createPublicKey, verify, type KeyObject } from 'node:crypto'

import { makeReceipt, verifyReceipt } from '@sallyport/audit/ledger'
import { openSqlite } from '@sallyport/sqlite'
import type { Store, StoredEntry } from '@sallyport/store'
import { growTiles, leafHash, proveInclusion, type TileReader } from '@sallyport/tlog'
import { parseProof } from '@sallyport/tlog/note'

import { fillLedger } from '../support/filled-ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { withFolder } from '../support/temporary-folder.ts'

const BATCH = 1_024
const CALLS_PER_RECEIPT = 100
// RFC 8410 §4: what stands in front of a raw Ed25519 key.
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Making and verifying receipts, beside the one thing that each cannot do without. */
export async function measureReceipts({ rounds, ledgerEntries, calls }: Plan): Promise<readonly Measured[]> {
  return await withFolder(async (folder) => {
    const { path, verifierKey } = await fillLedger(folder, ledgerEntries)
    const store = await openSqlite({ path })
    const entries = await readAll(store)
    const chosen = spread(entries, Math.ceil(calls / CALLS_PER_RECEIPT))
    const tiles = tilesOf(entries)
    const receipts = await Promise.all(chosen.map(({ id }) => makeReceipt(store, id)))
    const signature = signatureOf(receipts[0] ?? '', verifierKey)
    const figure = await measureInterleaved(
      {
        made: () => each(chosen, async ({ id }) => await makeReceipt(store, id)),
        proved: () => each(chosen, async ({ index }) => await proveInclusion(index, entries.length, tiles)),
        verified: () => each(receipts, (text) => requireGood(verifyReceipt(text, { verifierKeys: [verifierKey] }).ok)),
        checked: () => each(receipts, () => requireGood(isSigned(signature))),
      },
      rounds,
    )
    await store.close()
    const unit = 'receipts/s'
    const bytes = receipts[0]?.length ?? 0
    return [
      {
        name: 'receipts made',
        unit,
        ours: figure('made'),
        peers: { 'bare inclusion proof, tiles in memory': figure('proved') },
        note: `From a signed ledger of ${entries.length} entries on SQLite, each found by its id; about ${bytes} bytes each.`,
      },
      {
        name: 'receipts verified',
        unit,
        ours: figure('verified'),
        peers: { 'one Ed25519 verification': figure('checked') },
        note: 'From the text alone: signature, inclusion, canonical form.',
      },
    ]
  })
}

async function each<T>(items: readonly T[], work: (item: T) => unknown): Promise<number> {
  const startedAt = performance.now()
  for (const item of items) await work(item)
  return perSecond(items.length, startedAt)
}

function requireGood(isGood: boolean): void {
  if (!isGood) throw new Error('A receipt that was just made does not hold.')
}

async function readAll(store: Store): Promise<readonly StoredEntry[]> {
  const size = await store.size()
  const entries: StoredEntry[] = []
  while (entries.length < size) entries.push(...(await store.read(entries.length, BATCH)))
  return entries
}

/** So many items from all over a list, not in order, so that no neighbour warms a page for the next. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  const step = 7_919
  return Array.from({ length: Math.min(count, items.length) }, (_, at) => items[(at * step) % items.length]).filter(
    (item) => item !== undefined,
  )
}

async function tilesInMemory(entries: readonly StoredEntry[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const { tiles } = await growTiles(
    0,
    entries.map(({ bytes }) => leafHash(bytes)),
    async (ids) => ids.map(() => new Uint8Array()),
  )
  return new Map(tiles.map(({ id, bytes }) => [`${id.level}/${id.index}`, bytes]))
}

function tilesOf(entries: readonly StoredEntry[]): TileReader {
  const tiles = tilesInMemory(entries)
  return async (ids) => {
    const found = await tiles
    return ids.map(({ level, index }) => found.get(`${level}/${index}`) ?? new Uint8Array())
  }
}

interface Signature {
  readonly message: Buffer
  readonly signature: Uint8Array
  readonly key: KeyObject
}

/** What a receipt's checkpoint is signed with, ready to be verified. */
function signatureOf(receipt: string, verifierKey: string): Signature {
  const { checkpoint } = parseProof(receipt)
  const border = checkpoint.lastIndexOf('\n\n')
  const line = Buffer.from(checkpoint.slice(border).trim().split(' ').at(-1) ?? '', 'base64')
  const publicKey = Buffer.from(verifierKey.split('+').slice(2).join('+'), 'base64').subarray(1)
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' })
  return { message: Buffer.from(checkpoint.slice(0, border + 1)), signature: line.subarray(4), key }
}

function isSigned({ message, signature, key }: Signature): boolean {
  return verify(null, message, key, signature)
}
