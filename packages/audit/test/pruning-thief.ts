import { createHash } from 'node:crypto'
import { sortableId, type Found, type Json, type Key, type Store } from '@sallyport/store'
import { treeRoot } from '@sallyport/tlog'
import { ed25519Signer, formatCheckpoint, signNote, type Checkpoint } from '@sallyport/tlog/note'
import type { Keyring } from '@sallyport/keyring'
import type { AuditEvent } from '../src/lib/events/types.ts'
import { formatPruned, PRUNED_KEY, readPruned, type Pruning } from '../src/lib/retention/pruned-note.ts'
import { readHead, tileKey, tileReader, parseTile } from '../src/lib/signing/tree-store.ts'
import { LEDGER } from './bench.ts'
import { entryOf, type Tampering } from './ledger.ts'

/** Gives the statement of a ledger that was pruned. */
export async function statementOf(store: Store): Promise<{ readonly note: string; readonly pruning: Pruning }> {
  const [record] = await store.get([PRUNED_KEY])
  const read = readPruned(record?.value)
  if (read === undefined) throw new Error('the ledger was not pruned')
  return read
}

/** Changes the record of the statement alone; `undefined` removes it. */
export function onPruned(change: (value: Json) => Json | undefined): Pick<Tampering, 'record'> {
  return { record: (key, value) => (key.join() === PRUNED_KEY.join() ? change(value) : value) }
}

/** Changes the record of a tile alone. */
export function onTile(level: number, index: number, change: (value: Json) => Json | undefined): Tampering {
  const name = tileKey({ level, index }).join()
  return { record: (key: Key, value) => (key.join() === name ? change(value) : value) }
}

/** Signs a statement by whatever key. */
export async function signPruning(keyring: Keyring, pruning: Pruning): Promise<{ readonly note: string }> {
  return { note: await sign(keyring, formatPruned(pruning)) }
}

/** Signs a checkpoint by whatever key. */
export async function signCheckpoint(keyring: Keyring, checkpoint: Checkpoint): Promise<string> {
  return await sign(keyring, formatCheckpoint(checkpoint))
}

async function sign(keyring: Keyring, text: string): Promise<string> {
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  const signer = ed25519Signer(LEDGER, publicKey, (message) => keyring.sign(message, publicKey))
  return await signNote(text, [signer])
}

/** Makes the event that says truly that a range was pruned, as a process would that nobody started. */
export async function sayPruned(
  store: Store,
  range: { readonly from: number; readonly to: number },
  changes: Readonly<Record<string, Json>> = {},
): Promise<AuditEvent> {
  const { head } = await readHead(store)
  const root = Buffer.from(await treeRoot(head.size, tileReader(store))).toString('base64')
  const hash = createHash('sha256')
  for (let index = range.from / 256; index < range.to / 256; index++) {
    const [tile] = await store.get([tileKey({ level: 0, index })])
    hash.update(parseTile(tile?.value ?? null) ?? new Uint8Array())
  }
  const now = store.now()
  const data = {
    ...range,
    digest: hash.digest('base64'),
    size: head.size,
    root,
    entryDays: 30,
    newest: now,
    ...changes,
  }
  return {
    v: 1,
    id: sortableId(now, Buffer.alloc(10, 7)),
    type: 'ledger.pruned',
    at: new Date(now).toISOString(),
    writer: { id: 'thief', boot: sortableId(now, Buffer.alloc(10, 8)), seq: 1 },
    data,
  }
}

/** Appends an event past the ledger, and drops entries with it. */
export async function smuggle(
  store: Store,
  event: AuditEvent,
  drop?: { below: number; expect: number },
): Promise<void> {
  const writes = drop === undefined ? [] : [{ op: 'drop' as const, ...drop }]
  const { ok } = await store.commit({ id: `smuggled-${event.id}`, writes, entries: [entryOf(event)] })
  if (!ok) throw new Error('the store refused')
}

/** Puts a record past the ledger. */
export async function putRecord(store: Store, key: Key, value: Json): Promise<void> {
  const [found]: readonly (Found | undefined)[] = await store.get([key])
  const write = { op: 'put' as const, key, value, expect: found?.version ?? null }
  await store.commit({ id: `put-${key.join('-')}-${found?.version ?? ''}`, writes: [write], entries: [] })
}
