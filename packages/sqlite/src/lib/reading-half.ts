import type { Found, Key, Store, StoredEntry } from '@sallyport/store'
import type { ReadSession } from './read-session.ts'

/** The methods of a store that only read, over a reading connection of the calling thread. */
export function readingHalf(reads: ReadSession, clock: () => number): Omit<Store, 'commit' | 'close'> {
  return {
    async get(keys: readonly Key[]): Promise<readonly (Found | undefined)[]> {
      return reads.read((reader) => reader.get(keys, clock()))
    },
    async list(prefix, page): Promise<readonly Found[]> {
      return reads.read((reader) => reader.list(prefix, page, clock()))
    },
    async due(prefix: Key, limit: number): Promise<readonly Found[]> {
      return reads.read((reader) => reader.due(prefix, limit, clock()))
    },
    async read(from: number, limit: number): Promise<readonly StoredEntry[]> {
      return reads.read((reader) => reader.read(from, limit))
    },
    async readBytes(from: number, limit: number): Promise<readonly Uint8Array[]> {
      return reads.read((reader) => reader.readBytes(from, limit))
    },
    async find(query, page): Promise<readonly StoredEntry[]> {
      return reads.read((reader) => reader.find(query, page))
    },
    async first(): Promise<number> {
      return reads.read((reader) => reader.first())
    },
    async size(): Promise<number> {
      return reads.read((reader) => reader.size())
    },
    now: () => clock(),
  }
}
