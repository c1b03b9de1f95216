import type { Found, Json, Key, Store, Write } from '@sallyport/store'
import type { Tile, TileId, TileReader } from '@sallyport/tlog'
import { AuditError } from '../errors.ts'
import { isJsonRecord } from '../json-record.ts'

const HASH_BYTES = 32
const KEYS_PER_GET = 64

/** The record that names the newest checkpoint; all that is signed is committed by comparing and setting it. */
export const HEAD_KEY: Key = ['ledger', 'head']

/** Below it are the tiles, in order of level and index. */
export const TILE_PREFIX: Key = ['ledger', 'tile']

/** Below it are the checkpoints, in order of size. */
export const CHECKPOINT_PREFIX: Key = ['ledger', 'checkpoint']

/** What the head record holds. */
export interface Head {
  /** Entries that are signed. */
  readonly size: number
  /** Their root, in base64. */
  readonly root: string
  /** When they were signed, in milliseconds since the epoch. */
  readonly at: number
}

/** The head with the version to compare when it is replaced; `null` when nothing was signed yet. */
export interface VersionedHead {
  readonly head: Head
  readonly version: string | null
}

/** Gives the key of a tile: `ledger`, `tile`, the level in two digits, the index in sixteen. */
export function tileKey(id: Pick<TileId, 'level' | 'index'>): Key {
  return [...TILE_PREFIX, String(id.level).padStart(2, '0'), padded(id.index)]
}

/** Gives the key of the checkpoint of a size. */
export function checkpointKey(size: number): Key {
  return [...CHECKPOINT_PREFIX, padded(size)]
}

/** Reads the head record's value; `undefined` when it is not one. */
export function parseHead(value: Json): Head | undefined {
  if (!isJsonRecord(value)) return undefined
  const { size, root, at } = value
  const known = typeof size === 'number' && typeof root === 'string' && typeof at === 'number'
  return known && Number.isSafeInteger(size) && size >= 0 ? { size, root, at } : undefined
}

/** Reads the note of the record of a checkpoint or key manifest; `undefined` when its value is not one. */
export function parseNote(value: Json): string | undefined {
  return isJsonRecord(value) && typeof value['note'] === 'string' ? value['note'] : undefined
}

/** Reads the hashes of a tile's record; `undefined` when width and hashes do not fit together. */
export function parseTile(value: Json): Uint8Array | undefined {
  if (!isJsonRecord(value)) return undefined
  const { width, hashes } = value
  if (typeof width !== 'number' || typeof hashes !== 'string') return undefined
  const bytes = Buffer.from(hashes, 'base64')
  // Other texts would be read as the same hashes: only the one that `putTile` writes is a tile.
  const isWhole = width >= 1 && width <= 256 && bytes.length === width * HASH_BYTES
  return isWhole && bytes.toString('base64') === hashes ? bytes : undefined
}

/** Gives the write that stores a tile where `expect` is the version it replaces. */
export function putTile(tile: Tile, expect: string | null): Write {
  const hashes = Buffer.from(tile.bytes).toString('base64')
  return { op: 'put', key: tileKey(tile.id), value: { width: tile.id.width, hashes }, expect }
}

/**
 * Makes a reader of stored tiles.
 *
 * @param store where the tiles are
 * @param noteVersion called with the key's last two parts and the version of each tile that was found
 * @returns a reader that gives no bytes for a tile that is absent or malformed, which `tlog` then refuses
 */
export function tileReader(store: Store, noteVersion?: (name: string, version: string) => void): TileReader {
  return async (ids) => {
    const found = await getAll(store, ids.map(tileKey))
    return found.map((record) => {
      if (record === undefined) return new Uint8Array()
      noteVersion?.(tileName(record.key), record.version)
      return parseTile(record.value) ?? new Uint8Array()
    })
  }
}

/** Names a tile by the parts of its key that differ. */
export function tileName(key: Key): string {
  return key.slice(-2).join('/')
}

/** Reads any number of records; only up to 64 at a time come from one snapshot. */
export async function getAll(store: Store, keys: readonly Key[]): Promise<readonly (Found | undefined)[]> {
  const found: (Found | undefined)[] = []
  for (let at = 0; at < keys.length; at += KEYS_PER_GET) {
    found.push(...(await store.get(keys.slice(at, at + KEYS_PER_GET))))
  }
  return found
}

/**
 * Reads the head; an empty ledger has one of size 0.
 *
 * @throws AuditError `ERR_AUDIT_TREE_CORRUPT` when the record holds something else
 */
export async function readHead(store: Store): Promise<VersionedHead> {
  const [record] = await store.get([HEAD_KEY])
  if (record === undefined) return { head: { size: 0, root: '', at: 0 }, version: null }
  const head = parseHead(record.value)
  if (head === undefined) throw new AuditError('ERR_AUDIT_TREE_CORRUPT', 'The head of the ledger is not readable.')
  return { head, version: record.version }
}

function padded(value: number): string {
  return String(value).padStart(16, '0')
}
