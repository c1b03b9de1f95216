import type { Found, Json, Key, Store, StoredEntry } from '@sallyport/store'
import { AuditError } from '../errors.ts'
import { TILE_WIDTH } from './export-layout.ts'
import { manifestKey, MANIFEST_PREFIX } from '../signing/key-manifest.ts'
import { parseEntry } from '../events/parse-entry.ts'
import { tagsOf } from '../events/tags.ts'
import { PRUNED_KEY } from '../retention/pruned-note.ts'
import { checkpointKey, HEAD_KEY, tileKey } from '../signing/tree-store.ts'
import type { ExportReader } from './verify-export-files.ts'
import { cosignaturesKey } from '../witnessing/witness-record.ts'

// So many bundles, a million entries, are looked for in vain before the rest is taken for lost: a checkpoint that
// nobody signed may name any size.
const MAX_MISSING_BUNDLES = 4_096
const HASH_BYTES = 32

/** Tells that nothing is to be expected from an index on. */
export class ExportEndsError extends Error {
  override readonly name = 'ExportEndsError'
  readonly from: number

  constructor(from: number) {
    super('The export ends before its checkpoint.')
    this.from = from
  }
}

/**
 * An export as the store of a ledger whose newest checkpoint is its only one, so that both are judged by the same rules.
 * Nothing can be written to it.
 */
export class ExportStore implements Store {
  readonly #files: ExportReader
  readonly #end: number
  readonly #withColumns: boolean
  #bundle: { readonly index: number; readonly entries: readonly Uint8Array[] } | undefined
  #missing = { from: 0, count: 0 }

  /**
   * @param files the export
   * @param options `end`: where the entries are taken to end, if before the checkpoint's size; `withColumns`: whether
   * entries get the id, time and tags that their bytes say
   */
  constructor(files: ExportReader, options: { readonly end: number; readonly withColumns: boolean }) {
    this.#files = files
    this.#end = Math.min(files.size, options.end)
    this.#withColumns = options.withColumns
  }

  async get(keys: readonly Key[]): Promise<readonly (Found | undefined)[]> {
    const found: (Found | undefined)[] = []
    for (const key of keys) found.push(await this.#find(key))
    return found
  }

  async list(
    prefix: Key,
    page: { readonly after?: Key | undefined; readonly limit: number },
  ): Promise<readonly Found[]> {
    const after = page.after?.join('/') ?? ''
    const records = isSame(prefix, MANIFEST_PREFIX) ? await this.#manifests() : this.#records()
    const within = records.filter(({ key }) => isSame(key.slice(0, prefix.length), prefix))
    return within.filter(({ key }) => key.join('/') > after).slice(0, page.limit)
  }

  async read(from: number, limit: number): Promise<readonly StoredEntry[]> {
    const entries: StoredEntry[] = []
    for (let index = from; index < this.#end && entries.length < limit;) {
      const bundle = await this.#read(Math.floor(index / TILE_WIDTH))
      const offset = index % TILE_WIDTH
      for (const [at, bytes] of bundle.slice(offset, offset + limit - entries.length).entries()) {
        entries.push(this.#entryOf(index + at, bytes))
      }
      index += TILE_WIDTH - offset
    }
    return entries
  }

  async readBytes(from: number, limit: number): Promise<readonly Uint8Array[]> {
    const entries: Uint8Array[] = []
    // Not by way of `read`, which goes on behind what is missing.
    for (let index = from; index < this.#end && entries.length < limit;) {
      const bundle = await this.#read(Math.floor(index / TILE_WIDTH))
      const offset = index % TILE_WIDTH
      entries.push(...bundle.slice(offset, offset + limit - entries.length))
      if (bundle.length < TILE_WIDTH) break
      index += TILE_WIDTH - offset
    }
    return entries
  }

  async first(): Promise<number> {
    return this.#files.first
  }

  async size(): Promise<number> {
    return this.#end
  }

  async due(): Promise<readonly Found[]> {
    return []
  }

  async commit(): Promise<never> {
    throw new Error('ExportStore.commit: an export is only read')
  }

  async find(): Promise<never> {
    throw new Error('ExportStore.find: an export has no index')
  }

  now(): number {
    return 0
  }

  async close(): Promise<void> {}

  async #read(index: number): Promise<readonly Uint8Array[]> {
    if (this.#bundle?.index === index) return this.#bundle.entries
    const entries = (await this.#files.bundle(index)).slice(0, this.#end - index * TILE_WIDTH)
    this.#bundle = { index, entries }
    if (entries.length > 0 || (await this.#isPruned(index))) this.#missing = { from: 0, count: 0 }
    else this.#miss(index)
    return entries
  }

  // What nobody has proved may name any index: of what was pruned there are at least the hashes.
  async #isPruned(index: number): Promise<boolean> {
    return (index + 1) * TILE_WIDTH <= this.#files.first && (await this.#files.tile(0, index)) !== undefined
  }

  #miss(index: number): void {
    const { from, count } = this.#missing
    this.#missing = { from: count === 0 ? index : from, count: count + 1 }
    if (count >= MAX_MISSING_BUNDLES) throw new ExportEndsError(from * TILE_WIDTH)
  }

  #entryOf(index: number, bytes: Uint8Array): StoredEntry {
    const entry = { index, bytes, id: '', at: 0, tags: {} }
    return this.#withColumns ? { ...entry, ...columnsOf(entry) } : entry
  }

  async #find(key: Key): Promise<Found | undefined> {
    const { checkpoint } = this.#files
    if (isSame(key, HEAD_KEY) && checkpoint !== undefined) {
      const root = Buffer.from(checkpoint.root).toString('base64')
      return recordOf(key, { size: checkpoint.size, root, at: 0 })
    }
    if (isSame(key, PRUNED_KEY)) {
      return this.#files.pruned === undefined ? undefined : recordOf(key, { note: this.#files.pruned })
    }
    if (key[1] === 'tile') return await this.#findTile(key)
    return this.#records().find((record) => isSame(record.key, key))
  }

  async #findTile(key: Key): Promise<Found | undefined> {
    const [level, index] = key.slice(2).map(Number)
    if (level === undefined || index === undefined || !isSame(tileKey({ level, index }), key)) return undefined
    const bytes = await this.#files.tile(level, index)
    if (bytes === undefined) return undefined
    return recordOf(key, { width: bytes.length / HASH_BYTES, hashes: Buffer.from(bytes).toString('base64') })
  }

  /** The one checkpoint, and the cosignatures that stand beside it, if there are any. */
  #records(): readonly Found[] {
    const { checkpoint, note, size } = this.#files
    if (note === undefined) return []
    const record = recordOf(checkpointKey(size), { note })
    const signatures = checkpoint?.signatures ?? ''
    return signatures === '' ? [record] : [record, recordOf(cosignaturesKey(size), { signatures })]
  }

  async #manifests(): Promise<readonly Found[]> {
    const manifests = await this.#files.manifests()
    return manifests.map(({ number, note }) => recordOf(manifestKey(number), { note }))
  }
}

// Beside an export's entries there are no columns, so they are what the bytes say.
function columnsOf(entry: StoredEntry): Partial<StoredEntry> {
  try {
    const event = parseEntry(entry)
    return { id: event.id, at: Date.parse(event.at), tags: tagsOf(event) }
  } catch (error) {
    // What is not an event, or not one in all its members, is for the judge of contents to say.
    if (error instanceof AuditError || error instanceof TypeError) return {}
    throw error
  }
}

function recordOf(key: Key, value: Json): Found {
  return { key, value, version: '' }
}

function isSame(one: Key, other: Key): boolean {
  return one.join('/') === other.join('/')
}
