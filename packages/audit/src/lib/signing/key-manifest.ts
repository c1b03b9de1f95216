import { parseVerifierKey } from '@sallyport/tlog/note'
import type { Key, Store } from '@sallyport/store'
import { splitNote } from '../receipts/note-parts.ts'
import { parseNote } from './tree-store.ts'

const HEADER = 'sallyport ledger keys v1'
/** The most keys that a manifest names. */
export const MAX_KEYS = 256
/** The most manifests of one ledger: enough to add and retire every key that a manifest can name. */
export const MAX_MANIFESTS = 512
const KEY_LINE = /^(0|[1-9]\d{0,15}) (-|0|[1-9]\d{0,15}) (\S{1,1024})$/

/** Below it are the key manifests, in order of their numbers. */
export const MANIFEST_PREFIX: Key = ['ledger', 'keys']

/** One key that has signed, or signs, the checkpoints of a ledger. */
export interface LedgerKey {
  /** `<origin>+<key id>+<base64>`. */
  readonly verifierKey: string
  /** The signed size of the ledger when the key was added: its checkpoints are of this size or larger. */
  readonly from: number
  /** The signed size when it was retired: its checkpoints are not larger. Absent while it may sign. */
  readonly until?: number
}

/**
 * What a ledger says of its own keys: all that ever signed it, the oldest first. Each manifest repeats what the one
 * before said and adds to it, and is signed by a key that was trusted before, so that whoever has any key of the
 * ledger can follow its rotations.
 */
export interface KeyManifest {
  readonly origin: string
  /** Counts the manifests of a ledger from 1. */
  readonly number: number
  /** 1 to 256 keys, none twice. */
  readonly keys: readonly LedgerKey[]
}

/** Gives the key of the record of a manifest. */
export function manifestKey(number: number): Key {
  return [...MANIFEST_PREFIX, String(number).padStart(4, '0')]
}

/** Formats the text of a manifest, which is then signed as a note. */
export function formatManifest({ origin, number, keys }: KeyManifest): string {
  const lines = keys.map(({ verifierKey, from, until }) => `${from} ${until ?? '-'} ${verifierKey}`)
  return `${[HEADER, origin, number, ...lines].join('\n')}\n`
}

/** Parses the text of a manifest; accepts exactly what `formatManifest` gives, and gives `undefined` otherwise. */
export function parseManifest(text: string): KeyManifest | undefined {
  const [header, origin = '', number = '', ...lines] = text.split('\n')
  if (header !== HEADER || lines.pop() !== '' || lines.length === 0 || lines.length > MAX_KEYS) return undefined
  const keys = lines.map(parseKeyLine).filter((key) => key !== undefined)
  const manifest = { origin, number: Number(number), keys }
  const isUnique = new Set(keys.map(({ verifierKey }) => verifierKey)).size === lines.length
  const isWhole = Number.isSafeInteger(manifest.number) && manifest.number >= 1
  return isUnique && isWhole && formatManifest(manifest) === text ? manifest : undefined
}

/** Tells whether a manifest says all that an older one said, but that a key which signed then may be retired now. */
export function extendsManifest(newer: KeyManifest, older: KeyManifest): boolean {
  if (newer.origin !== older.origin || newer.number <= older.number) return false
  return older.keys.every((key, at) => {
    const now = newer.keys[at]
    return now?.verifierKey === key.verifierKey && now.from === key.from && (key.until ?? now.until) === now.until
  })
}

/** Gives the keys of a manifest that may sign. */
export function activeKeys({ keys }: KeyManifest): readonly LedgerKey[] {
  return keys.filter(({ until }) => until === undefined)
}

/** A manifest as stored, with the version of its record. */
export interface StoredManifest {
  /** The number in the record's key; `NaN` when it is none. */
  readonly number: number
  readonly note: string
  readonly version: string
}

/** Reads all manifests of a ledger, the first first. */
export async function readManifests(store: Store): Promise<readonly StoredManifest[]> {
  const records = await store.list(MANIFEST_PREFIX, { limit: MAX_MANIFESTS })
  return records.map(({ key, value, version }) => {
    return { number: numberOf(key), note: parseNote(value) ?? '', version }
  })
}

/** Says in lines which keys a stored manifest adds to those that may sign, and which are retired in it. */
export function linesOfManifest({ number, note }: StoredManifest): readonly string[] {
  const keys = parseManifest(splitNote(note).text)?.keys ?? []
  return keys.map(({ verifierKey, until }) => `${number} ${until === undefined ? 'added' : 'retired'} ${verifierKey}`)
}

function numberOf(key: Key): number {
  const number = Number(key.at(-1))
  return key.join('/') === manifestKey(number).join('/') ? number : Number.NaN
}

function parseKeyLine(line: string): LedgerKey | undefined {
  const [, from, until, verifierKey = ''] = KEY_LINE.exec(line) ?? []
  if (from === undefined || until === undefined || !isVerifierKey(verifierKey)) return undefined
  return { verifierKey, from: Number(from), ...(until === '-' ? {} : { until: Number(until) }) }
}

function isVerifierKey(text: string): boolean {
  try {
    parseVerifierKey(text)
    return true
  } catch {
    return false
  }
}
