export type { SqliteOptions } from './lib/options.ts'
export { openSqlite } from './lib/open-sqlite.ts'
