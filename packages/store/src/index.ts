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
export { TAGS } from './lib/types.ts'
