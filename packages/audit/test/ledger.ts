import { createKeyring, type Keyring } from '@sallyport/keyring'
import {
  createMemoryStore,
  sortableId,
  type Entry,
  type Found,
  type Json,
  type Key,
  type Store,
  type StoredEntry,
} from '@sallyport/store'
import { formatVerifierKey } from '@sallyport/tlog/note'
import { canonicalize } from '../src/lib/events/canonical.ts'
import { systemRandomBytes } from '../src/lib/system.ts'
import { LedgerKeys } from '../src/lib/signing/ledger-keys.ts'
import { createSigner, type Signer } from '../src/lib/signing/signer.ts'
import type { CheckpointPlace } from '../src/lib/signing/signer-place.ts'
import { tagsOf } from '../src/lib/events/tags.ts'
import type { AuditEvent } from '../src/lib/events/types.ts'

/** The name of the ledger under test. */
export const ORIGIN = 'audit.example.com/test'

/** A ledger in memory and what is needed to go on with it. */
export interface TestLedger {
  readonly store: Store
  readonly keyring: Keyring
  readonly signer: Signer
  readonly verifierKeys: readonly string[]
}

/** What `signerOf` takes. */
export interface SignerParts extends Pick<TestLedger, 'store' | 'keyring'> {
  readonly origin?: string | undefined
  readonly place?: CheckpointPlace | undefined
}

/** Makes a keyring from a byte, so that two of them can differ. */
export function testKeyring(seed: number): Keyring {
  return createKeyring({
    keys: [
      { id: 'seal0000', purpose: 'seal', secret: Buffer.alloc(32, seed) },
      { id: 'name0000', purpose: 'pseudonym', secret: Buffer.alloc(32, seed + 1) },
      { id: 'sign0000', purpose: 'sign', secret: Buffer.alloc(32, seed + 2) },
    ],
  })
}

/** Makes an empty ledger. */
export async function emptyLedger(seed = 1): Promise<TestLedger> {
  const store = createMemoryStore()
  const keyring = testKeyring(seed)
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return { store, keyring, signer: signerOf({ store, keyring }), verifierKeys: [formatVerifierKey(ORIGIN, publicKey)] }
}

/** Makes a signer of the ledger under test; what is not given is the test's own. */
export function signerOf({ store, keyring, origin = ORIGIN, place }: SignerParts): Signer {
  const keys = new LedgerKeys({ store, keyring, origin })
  return createSigner({ store, keys, origin, clock: store, randomBytes: systemRandomBytes, place })
}

/** Makes a ledger of so many entries, signed at the given sizes. */
export async function ledgerOf(size: number, signedAt: readonly number[] = [size]): Promise<TestLedger> {
  const ledger = await emptyLedger()
  for (const stop of [...signedAt, size]) {
    await appendUpTo(ledger.store, stop)
    if (signedAt.includes(stop)) await ledger.signer.signUpTo()
  }
  return ledger
}

/** Appends test entries until the log has so many. */
export async function appendUpTo(store: Store, size: number): Promise<void> {
  for (let from = await store.size(); from < size; from = await store.size()) {
    const count = Math.min(64, size - from)
    await append(
      store,
      Array.from({ length: count }, (_, at) => testEvent(from + at)),
    )
  }
}

/** Appends events, at most 64. */
export async function append(store: Store, events: readonly AuditEvent[]): Promise<void> {
  await store.commit({ id: `append-${await store.size()}`, writes: [], entries: events.map(entryOf) })
}

/** Makes the event at an index: by turns a challenge that is issued, one that is verified, and an access. */
export function testEvent(index: number): AuditEvent {
  const turn = index % 3
  const challenge = `challenge-${index - turn}`
  const common = {
    v: 1 as const,
    id: sortableId(1_700_000_000_000 + index, Buffer.from(String(index).padStart(10, '0'))),
    at: new Date(1_700_000_000_000 + index).toISOString(),
    writer: { id: 'test', boot: 'boot-1', seq: index + 1 },
    actor: { id: `person-${index % 5}` },
  }
  if (turn === 0) return { ...common, type: 'challenge.issued', challenge, data: { factor: 'totp', expiresAt: index } }
  if (turn === 1) return { ...common, type: 'challenge.verified', challenge, data: { factor: 'totp' } }
  return { ...common, type: 'access.allowed', outcome: 'success', data: { requirement: 'transfer' } }
}

/** Makes the entry of an event as the writer does. */
export function entryOf(event: AuditEvent): Entry {
  const bytes = Buffer.from(canonicalize(event))
  return { id: event.id, at: Date.parse(event.at), bytes, tags: tagsOf(event) }
}

/** What an intruder with the database in hand does. */
export interface Tampering {
  /** Where the log is to begin. */
  readonly first?: number
  /** Gives the log as it is to be read. */
  readonly entries?: (entries: readonly StoredEntry[]) => readonly StoredEntry[]
  /** Gives a record's value as it is to be read; `undefined` removes it. */
  readonly record?: (key: Key, value: Json) => Json | undefined
}

/** Gives the store of a ledger as it is after tampering; nothing can be written to it. */
export async function tamper(store: Store, { entries, record, first }: Tampering): Promise<Store> {
  const original = await store.read(0, 4_096)
  const log = entries?.(original) ?? original
  const change = (found: Found | undefined): Found | undefined => {
    if (found === undefined || record === undefined) return found
    const value = record(found.key, found.value)
    return value === undefined ? undefined : { ...found, value }
  }
  return {
    get: async (keys) => (await store.get(keys)).map(change),
    list: async (prefix, page) => (await store.list(prefix, page)).map(change).filter((found) => found !== undefined),
    due: async (prefix, limit) => store.due(prefix, limit),
    commit: async () => Promise.reject(new Error('a verifier never writes')),
    read: async (from, limit) => log.filter((entry) => entry.index >= from).slice(0, limit),
    readBytes: async (from, limit) =>
      log
        .filter((entry) => entry.index >= from)
        .slice(0, limit)
        .filter((entry, at) => entry.index === from + at)
        .map(({ bytes }) => bytes),
    find: async (query, page) => store.find(query, page),
    first: async () => first ?? store.first(),
    size: async () => (log.at(-1)?.index ?? -1) + 1,
    now: () => store.now(),
    close: async () => store.close(),
  }
}

/** Numbers entries anew, as a store does that gives indexes by place. */
export function renumber(entries: readonly StoredEntry[]): readonly StoredEntry[] {
  return entries.map((entry, index) => ({ ...entry, index }))
}

/** Copies an entry with one byte changed. */
export function flipByte(entry: StoredEntry, at: number): StoredEntry {
  return { ...entry, bytes: entry.bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)) }
}
