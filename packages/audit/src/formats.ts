export type { LedgerEvent } from './lib/events/types.ts'
