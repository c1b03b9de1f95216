import { sortableId, type Key, type Store, type Write } from '@sallyport/store'
import {
  checkConsistency,
  EMPTY_ROOT,
  growTiles,
  leafHash,
  proveConsistency,
  TlogError,
  treeRoot,
  type GrownTiles,
  type TileReader,
} from '@sallyport/tlog'
import { formatCheckpoint, signNote, type Checkpoint } from '@sallyport/tlog/note'
import { AuditError } from '../errors.ts'
import { MANIFEST_PREFIX } from './key-manifest.ts'
import type { LedgerKeys } from './ledger-keys.ts'
import type { RandomBytes } from '../system.ts'
import { keepNewest, requireNoRollback, requirePast, requireSignedHead, type CheckpointPlace } from './signer-place.ts'
import { checkpointKey, HEAD_KEY, putTile, readHead, tileKey, tileName, tileReader } from './tree-store.ts'
import type { Head, VersionedHead } from './tree-store.ts'

// So many entries at most stand under one more checkpoint; their tiles fit into one commit many times over.
const ENTRIES_PER_CHECKPOINT = 1_000
// A manifest is written a few times a year; whoever meets more while signing has not a signer before him.
const MAX_KEY_CHANGES = 100

/** What `createSigner` needs. */
export interface SignerOptions {
  readonly store: Store
  /** Whose newest key signs, and by which the notes of others are opened. */
  readonly keys: LedgerKeys
  /** The ledger's name, from configuration. */
  readonly origin: string
  readonly clock: { now(): number }
  readonly randomBytes: RandomBytes
  /** A second place for the newest checkpoint, outside the store: without it a store restored whole looks intact. */
  readonly place?: CheckpointPlace | undefined
}

/** How far the ledger is signed. */
export interface SignedUpTo {
  /** Entries that are signed. */
  readonly size: number
  /** Their root, in base64. */
  readonly root: string
  /** Whether this call signed any of them; another signer may have been faster. */
  readonly signed: boolean
}

/** Signs the ledger. */
export interface Signer {
  /**
   * Signs the empty ledger when there is nothing yet, so that a log without a head was never one that merely began.
   * Rejects with `ERR_AUDIT_ROLLED_BACK` when the log holds entries and no head, and with `ERR_AUDIT_TREE_CORRUPT` when
   * the head is not what a checkpoint of ours says.
   */
  begin(): Promise<void>
  /**
   * Compares the store with the checkpoint in the second place, without signing anything. Rejects as `signUpTo` does.
   */
  requireNoRollback(): Promise<void>
  /**
   * Signs every entry that was in the log when it was called, in checkpoints of at most 1,000 further entries.
   *
   * Any number of signers may do so at once: checkpoints are made by comparing and setting the head record, so there
   * is one line of them. Rejects with `AuditError`, having signed nothing more, with `ERR_AUDIT_ROLLED_BACK` when the
   * log is not the one that was signed last, with `ERR_AUDIT_TREE_CORRUPT` when the stored tree does not lead to the
   * signed root, with `ERR_AUDIT_CHECKPOINT_FILE` when the second place holds something else or takes no note; and
   * with what store and keyring reject with.
   */
  signUpTo(): Promise<SignedUpTo>
}

/**
 * Makes the signer of a ledger. What it signed is in the store; it remembers the newest checkpoint that it has seen, so
 * that a store whose past is changed under a running process is not signed either.
 *
 * @param options store, keys and the ledger's name
 * @see C2SP tlog-checkpoint
 */
export function createSigner(options: SignerOptions): Signer {
  const memory: Memory = { seen: undefined, unplaced: undefined }
  const remembering = { ...options, memory }
  return {
    begin: async () => translated(begin(remembering)),
    requireNoRollback: async () => translated(requireNoRollback(options)),
    signUpTo: async () => translated(signUpTo(remembering)),
  }
}

type Seen = Pick<Checkpoint, 'size' | 'root'>

interface Memory {
  /** The newest checkpoint that this process has signed or met. */
  seen: Seen | undefined
  /** The newest one that it has signed while neither that nor a newer one is known to be in the second place. */
  unplaced: Seen | undefined
}

type Remembering = SignerOptions & { readonly memory: Memory }

async function begin(options: Remembering): Promise<void> {
  const first = await readHead(options.store)
  const hasEntries = (await options.store.size()) > 0
  // Read again: another process may have begun and written in between.
  const at = hasEntries ? await readHead(options.store) : first
  if (at.version === null && hasEntries) {
    throw new AuditError('ERR_AUDIT_ROLLED_BACK', 'The log holds entries, but nothing says what of it was signed.')
  }
  const empty = { grown: { size: 0, tiles: [] }, root: EMPTY_ROOT, versions: new Map() }
  if (at.version === null && (await signTree(options, at, empty)) === 'signed') return
  await meet(options, (await readHead(options.store)).head)
}

/** Goes on from a checkpoint that is there. A second place that the first one of all never reached gets it now. */
async function meet(options: Remembering, head: Head): Promise<void> {
  await requireSignedHead(options, head)
  options.memory.seen = { size: head.size, root: Buffer.from(head.root, 'base64') }
  if (head.size === 0 && options.place !== undefined && !(await options.place.read())) await keepNewest(options)
}

async function keepInPlace(options: Remembering): Promise<void> {
  const { memory } = options
  const { unplaced } = memory
  if (unplaced === undefined) return
  await keepNewest(options)
  // Another round of this process may have signed meanwhile.
  if (memory.unplaced === unplaced) memory.unplaced = undefined
}

async function signUpTo(options: Remembering): Promise<SignedUpTo> {
  await keepInPlace(options)
  const target = await options.store.size()
  let signed = false
  let lost: VersionedHead | undefined
  let keyChanges = 0
  for (;;) {
    const at = await readHead(options.store)
    // After a lost commit the head must be another one; if it is not, what stands in the way is no other signer.
    if (lost !== undefined && lost.version === at.version) throw corrupt('A record stands where a new one belongs.')
    await requireLogNotShorter(options.store, at, target)
    if (at.head.size >= target) {
      return { size: at.head.size, root: at.head.root || base64(EMPTY_ROOT), signed }
    }
    const result = await signNext(options, at, target)
    signed = signed || result === 'signed'
    lost = result === 'lost' ? at : undefined
    if (result === 'keys changed' && ++keyChanges > MAX_KEY_CHANGES) throw corrupt('The key manifests never rest.')
  }
}

async function requireLogNotShorter(store: Store, { head }: VersionedHead, size: number): Promise<void> {
  // The size was read before the head: another signer may meanwhile have signed entries that are newer than it.
  if (head.size <= size || head.size <= (await store.size())) return
  throw new AuditError('ERR_AUDIT_ROLLED_BACK', 'The log is shorter than what was signed: it was restored or cut.')
}

async function signNext(options: Remembering, at: VersionedHead, target: number): Promise<SignResult> {
  const { store } = options
  const { seen } = options.memory
  if (seen !== undefined) await requirePast(store, seen)
  if (at.version !== null) await requireSignedHead(options, at.head)
  else if (seen !== undefined) throw new AuditError('ERR_AUDIT_ROLLED_BACK', 'The head of the ledger is gone.')
  const [last, ...entries] = await readUnsigned(store, at.head.size, target)
  const versions = new Map<string, string>()
  const stored = tileReader(store, (name, version) => versions.set(name, version))
  const grown = await growTiles(
    at.head.size,
    entries.flatMap((bytes) => (bytes === undefined ? [] : [leafHash(bytes)])),
    stored,
  )
  const root = await proveGrowth(at, grown, stored)
  await requireSignedEntry(stored, at.head.size, last)
  await requireNoRollback(options)
  return await signTree(options, at, { grown, root, versions })
}

interface Signable {
  readonly grown: GrownTiles
  readonly root: Uint8Array
  /** The versions of the tiles that are replaced. */
  readonly versions: ReadonlyMap<string, string>
}

/** `lost`: another signer was faster. */
type SignResult = 'signed' | 'lost' | 'keys changed'

async function signTree(
  options: Remembering,
  at: VersionedHead,
  { grown, root, versions }: Signable,
): Promise<SignResult> {
  const { store, keys, origin, clock, randomBytes } = options
  const note = await signNote(formatCheckpoint({ origin, size: grown.size, root }), [await keys.signer()])
  const now = clock.now()
  const writes: Write[] = [
    ...(await keys.checks()),
    { op: 'put', key: HEAD_KEY, value: { size: grown.size, root: base64(root), at: now }, expect: at.version },
    { op: 'put', key: checkpointKey(grown.size), value: { note }, expect: null },
    ...grown.tiles.map((tile) => putTile(tile, versions.get(tileName(tileKey(tile.id))) ?? null)),
  ]
  const committed = await store.commit({ id: sortableId(now, randomBytes(10)), writes, entries: [] })
  if (!committed.ok) {
    if (!isManifest(committed.key)) return 'lost'
    keys.forget()
    return 'keys changed'
  }
  options.memory.seen = { size: grown.size, root }
  options.memory.unplaced = options.memory.seen
  await keepInPlace(options)
  return 'signed'
}

function isManifest(key: Key): boolean {
  return MANIFEST_PREFIX.every((part, place) => key[place] === part)
}

// The newest signed entry comes first, or nothing in its place while nothing is signed.
async function readUnsigned(store: Store, size: number, target: number): Promise<readonly (Uint8Array | undefined)[]> {
  const from = Math.max(0, size - 1)
  const limit = Math.min(target, size + ENTRIES_PER_CHECKPOINT) - from
  const entries = await store.readBytes(from, limit)
  if (entries.length < limit) throw corrupt('The log has a gap in its indexes.')
  return size === 0 ? [undefined, ...entries] : entries
}

// A log that was cut and has grown past its old end is noticed by its newest signed entry. The tile was proved before.
async function requireSignedEntry(stored: TileReader, size: number, entry: Uint8Array | undefined): Promise<void> {
  if (size === 0) return
  const index = Math.floor((size - 1) / 256)
  const offset = (size - 1) % 256
  const [tile = new Uint8Array()] = await stored([{ level: 0, index, width: offset + 1 }])
  const hash = tile.subarray(offset * 32, offset * 32 + 32)
  if (entry !== undefined && Buffer.compare(leafHash(entry), hash) === 0) return
  throw new AuditError('ERR_AUDIT_ROLLED_BACK', 'The newest signed entry is not the one that was signed.')
}

/** Gives the new root, once the stored tiles are proved to lead from the last signed root to it. */
async function proveGrowth({ head }: VersionedHead, grown: GrownTiles, stored: TileReader): Promise<Uint8Array> {
  const read = overlay(grown, stored)
  const toRoot = await treeRoot(grown.size, read)
  if (head.size === 0) return toRoot
  const proof = await proveConsistency(head.size, grown.size, read)
  const fromRoot = Buffer.from(head.root, 'base64')
  if (checkConsistency({ from: head.size, to: grown.size, fromRoot, toRoot, proof })) return toRoot
  throw corrupt('The stored tree does not lead to the signed root.')
}

/** Reads tiles as they will be after the commit. */
function overlay(grown: GrownTiles, stored: TileReader): TileReader {
  const fresh = new Map(grown.tiles.map((tile) => [tileName(tileKey(tile.id)), tile.bytes]))
  return async (ids) => {
    const others = ids.filter((id) => !fresh.has(tileName(tileKey(id))))
    const read = await stored(others)
    const bytes = new Map(others.map((id, at) => [tileName(tileKey(id)), read[at]]))
    return ids.map((id) => {
      const name = tileName(tileKey(id))
      return fresh.get(name) ?? bytes.get(name) ?? new Uint8Array()
    })
  }
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    if (!(cause instanceof TlogError) || cause.code !== 'ERR_TLOG_TILE') throw cause
    throw new AuditError('ERR_AUDIT_TREE_CORRUPT', 'A tile of the tree is missing or damaged.', { cause })
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

function corrupt(message: string): AuditError {
  return new AuditError('ERR_AUDIT_TREE_CORRUPT', message)
}
