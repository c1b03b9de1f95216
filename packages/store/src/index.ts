export type {
  Commit,
  Committed,
  Entry,
  Found,
  Json,
  Key,
  Store,
  StoredEntry,
  Tag,
  TagQuery,
  Write,
} from './lib/types.ts'
export type { MemoryStoreOptions } from './lib/memory-store.ts'
export type { StoreErrorCode } from './lib/errors.ts'
export { checkCommit } from './lib/check-commit.ts'
export { createMemoryStore } from './lib/memory-store.ts'
export { encodeKey } from './lib/keys.ts'
export { guardStore } from './lib/guard-store.ts'
export { sortableId } from './lib/sortable-id.ts'
export { StoreError } from './lib/errors.ts'
export { TAGS } from './lib/types.ts'
