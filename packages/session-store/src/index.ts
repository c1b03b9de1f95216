export { SessionStoreError } from './lib/errors.ts'
export type { SessionStoreErrorCode } from './lib/errors.ts'
export type { SessionStoreOptions } from './lib/options.ts'
export { createSessionStore } from './lib/session-store.ts'
