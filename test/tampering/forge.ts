import { createHash } from 'node:crypto'
import type { Keyring } from '@sallyport/keyring'
import type { Json, Key, StoredEntry } from '@sallyport/store'
import { withRecord, type Image } from './image.ts'
import { ORIGIN } from './story.ts'

// What an intruder writes who knows the format: made from SPEC.md and node:crypto alone, so that it is no echo of the
// code that is judged.

const TILE_WIDTH = 256

/** Gives the verifier keys of a key ring, the oldest first. */
export async function verifierKeysOf(keyring: Keyring): Promise<readonly string[]> {
  return (await keyring.publicKeys()).map(verifierKeyOf).toReversed()
}

/** Signs a text with the newest key of a key ring; `claim` is a key id that is written instead of its own. */
export async function signText(text: string, keyring: Keyring, claim?: Uint8Array): Promise<string> {
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  const signature = await keyring.sign(Buffer.from(text), publicKey)
  const line = Buffer.concat([claim ?? keyIdOf(publicKey), signature]).toString('base64')
  return `${text}\n— ${ORIGIN} ${line}\n`
}

/** The four bytes that name the newest key of a key ring in signature lines. */
export async function newestKeyId(keyring: Keyring): Promise<Uint8Array> {
  const [publicKey = new Uint8Array()] = await keyring.publicKeys()
  return keyIdOf(publicKey)
}

/** The text of a checkpoint over entries. */
export function checkpointText(entries: readonly StoredEntry[]): string {
  return [ORIGIN, entries.length, rootOf(entries.map(leafOf)).toString('base64'), ''].join('\n')
}

/** The part of a note that is signed. */
export function signedText(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1)
}

/** Gives the key of a checkpoint's record. */
export function checkpointKey(size: number): Key {
  return ['ledger', 'checkpoint', String(size).padStart(16, '0')]
}

/** Gives the key of a key manifest's record. */
export function manifestKey(number: number): Key {
  return ['ledger', 'keys', String(number).padStart(4, '0')]
}

/** Gives the key of a tile's record. */
export function tileKey(level: number, index: number): Key {
  return ['ledger', 'tile', String(level).padStart(2, '0'), String(index).padStart(16, '0')]
}

/** The key of the head's record. */
export const HEAD_KEY: Key = ['ledger', 'head']

/** Puts the tiles in place that the log of an image leads to, and no others. */
export function withTilesOf(image: Image): Image {
  const records = [...image.records].filter(([, { key }]) => key[1] !== 'tile')
  let changed: Image = { ...image, records: new Map(records) }
  let hashes: readonly Buffer[] = image.entries.map(leafOf)
  for (let level = 0; hashes.length > 0; level++) {
    for (let index = 0; index * TILE_WIDTH < hashes.length; index++) {
      const part = hashes.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
      changed = withRecord(changed, tileKey(level, index), tileValue(part))
    }
    const lower = hashes
    const complete = Math.floor(lower.length / TILE_WIDTH)
    hashes = Array.from({ length: complete }, (_, at) => rootOf(lower.slice(at * TILE_WIDTH, (at + 1) * TILE_WIDTH)))
  }
  return changed
}

/** The value of a tile's record. */
export function tileValue(hashes: readonly Uint8Array[]): Json {
  return { width: hashes.length, hashes: Buffer.concat(hashes).toString('base64') }
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (first === undefined) return sha256(Buffer.alloc(0))
  if (leaves.length === 1) return first
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1))
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)))
}

function leafOf({ bytes }: Pick<StoredEntry, 'bytes'>): Buffer {
  return sha256(Buffer.of(0), bytes)
}

function verifierKeyOf(publicKey: Uint8Array): string {
  const key = Buffer.concat([Buffer.of(1), publicKey]).toString('base64')
  return `${ORIGIN}+${Buffer.from(keyIdOf(publicKey)).toString('hex')}+${key}`
}

function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return sha256(Buffer.from(`${ORIGIN}\n`), Buffer.of(1), publicKey).subarray(0, 4)
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
