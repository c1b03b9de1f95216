export { countEvents } from './lib/querying/count.ts'
export { followLedger } from './lib/querying/follow.ts'
export { GROUPINGS } from './lib/querying/query-contract.ts'
export { queryLedger } from './lib/querying/query.ts'
export { tellStory } from './lib/querying/story.ts'
export type {
  CountedGroup,
  Grouping,
  LedgerCount,
  LedgerPage,
  LedgerQuery,
  Story,
} from './lib/querying/query-contract.ts'
export type { RevealPolicy, Requester } from './lib/privacy/privacy-contract.ts'
export type { AuditReader } from './lib/querying/reading-contract.ts'
export type { FollowOptions } from './lib/querying/follow.ts'
