import type { Found, Json, Key, Store, StoredEntry } from '@sallyport/store'

/** A record as it lies in a store: its key and its value. */
export interface ImageRecord {
  readonly key: Key
  readonly value: Json
}

/** All of a ledger that a store holds: what somebody with the database in hand can change. */
export interface Image {
  readonly entries: readonly StoredEntry[]
  /** By the parts of the key, joined by `/`. */
  readonly records: ReadonlyMap<string, ImageRecord>
}

/** Reads a whole ledger. */
export async function readImage(store: Store): Promise<Image> {
  const records = await store.list(['ledger'], { limit: 1_000 })
  return {
    entries: await store.read(0, 4_096),
    records: new Map(records.map(({ key, value }) => [key.join('/'), { key, value }])),
  }
}

/** Gives the store that holds an image; nothing can be written to it. */
export function storeOf({ entries, records }: Image): Store {
  const sorted = [...records.values()].toSorted((one, other) => Buffer.compare(placeOf(one.key), placeOf(other.key)))
  const read: Store['read'] = async (from, limit) => entriesFrom(entries, from).slice(0, limit)
  return {
    get: async (keys) => keys.map((key) => foundOf(records.get(key.join('/')))),
    list: async (prefix, { after, limit }) =>
      sorted
        .filter(({ key }) => isBelow(key, prefix))
        .filter(({ key }) => after === undefined || Buffer.compare(placeOf(key), placeOf(after)) > 0)
        .slice(0, limit)
        .map((record) => ({ ...record, version: 'image' })),
    due: async () => [],
    commit: never,
    read,
    readBytes: async (from, limit) =>
      (await read(from, limit)).filter(({ index }, place) => index === from + place).map(({ bytes }) => bytes),
    find: never,
    first: async () => 0,
    size: async () => (entries.at(-1)?.index ?? -1) + 1,
    now: () => 0,
    close: async () => undefined,
  }
}

/** Puts an image into an empty store, as somebody does who restores a copy. */
export async function restoreImage(store: Store, { entries, records }: Image): Promise<void> {
  for (let from = 0; from < entries.length; from += 50) {
    await store.commit({ id: `entries-${from}`, writes: [], entries: entries.slice(from, from + 50) })
  }
  const writes = [...records.values()].map(({ key, value }) => ({ op: 'put', key, value, expect: null }) as const)
  for (let from = 0; from < writes.length; from += 50) {
    await store.commit({ id: `records-${from}`, writes: writes.slice(from, from + 50), entries: [] })
  }
}

/** Copies an image with another log. */
export function withEntries(image: Image, entries: readonly StoredEntry[]): Image {
  return { ...image, entries }
}

/** Copies an image with another value of a record; `undefined` removes it. */
export function withRecord(image: Image, key: Key, value: Json | undefined): Image {
  const records = new Map(image.records)
  if (value === undefined) records.delete(key.join('/'))
  else records.set(key.join('/'), { key, value })
  return { ...image, records }
}

/** Gives the value of a record that must be there. */
export function valueAt({ records }: Image, key: Key): Readonly<Record<string, Json>> {
  const value = records.get(key.join('/'))?.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`no record ${key.join('/')}`)
  return Object.fromEntries(Object.entries(value))
}

/** Gives a member of a record's value that must be a text. */
export function textAt(image: Image, key: Key, member: 'note' | 'hashes' | 'root'): string {
  const text = valueAt(image, key)[member]
  if (typeof text !== 'string') throw new Error(`no ${member} in ${key.join('/')}`)
  return text
}

/** Numbers entries anew, as a store does that gives indexes by place. */
export function renumber(entries: readonly StoredEntry[]): readonly StoredEntry[] {
  return entries.map((entry, index) => (entry.index === index ? entry : { ...entry, index }))
}

/** Gives the entry at an index that must be there. */
export function entryAt({ entries }: Pick<Image, 'entries'>, index: number): StoredEntry {
  const entry = entries[index]
  if (entry === undefined) throw new Error(`no entry ${index}`)
  return entry
}

function entriesFrom(entries: readonly StoredEntry[], from: number): readonly StoredEntry[] {
  return from === 0 ? entries : entries.filter(({ index }) => index >= from)
}

function foundOf(record: ImageRecord | undefined): Found | undefined {
  return record === undefined ? undefined : { ...record, version: 'image' }
}

function isBelow(key: Key, prefix: Key): boolean {
  return key.length > prefix.length && prefix.every((part, place) => key[place] === part)
}

// The order of a store's keys: each part ends in a zero byte.
function placeOf(key: Key): Buffer {
  return Buffer.from(key.map((part) => `${part}\0`).join(''))
}

async function never(): Promise<never> {
  throw new Error('a verifier neither writes nor searches')
}
