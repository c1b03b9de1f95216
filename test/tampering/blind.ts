import type { Key, Store } from '@sallyport/store'
import { storeOf, type Image } from './image.ts'

/** What a verifier can be kept from seeing, so that a control shows who notices. */
export type Hidden = 'bytes' | 'columns' | 'tile' | 'checkpoint' | 'keys' | 'head'

/** Stands before a store and answers one kind of question as if nobody had tampered with it. */
export function hiding(hidden: Hidden, original: Image): (store: Store) => Store {
  const untouched = storeOf(original)
  const isHidden = (key: Key): boolean => key[1] === hidden
  return (store) => ({
    ...store,
    get: async (keys) => await (keys.some(isHidden) ? untouched : store).get(keys),
    list: async (prefix, page) => await (isHidden(prefix) ? untouched : store).list(prefix, page),
    read: async (from, limit) => {
      const [seen, real] = [await store.read(from, limit), await untouched.read(from, limit)]
      return seen.map((entry, at) => {
        const { bytes, ...columns } = real[at] ?? entry
        if (hidden === 'bytes') return { ...entry, bytes }
        return hidden === 'columns' ? { ...columns, bytes: entry.bytes } : entry
      })
    },
    readBytes: async (from, limit) => await (hidden === 'bytes' ? untouched : store).readBytes(from, limit),
  })
}
