export { queryLedger } from './lib/querying/query.ts'
export type { LedgerPage, LedgerQuery } from './lib/querying/query-contract.ts'
