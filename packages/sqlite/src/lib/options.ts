import { StoreError } from '@sallyport/store'

/** What `openSqlite` takes. */
export interface SqliteOptions {
  /** The database file, on a local disk. It is created, readable by its owner only; its folder must exist. */
  readonly path: string
  /** Gives milliseconds since the epoch and decides expiry; the system's clock when left out. */
  readonly clock?: (() => number) | undefined
  /** Opens an existing file without creating or changing anything, and refuses commits; false when left out. */
  readonly readOnly?: boolean | undefined
}

const NAMES = ['path', 'clock', 'readOnly']

/** Checks the options. Throws `ERR_STORE_INPUT` with a sentence that names the option. */
export function checkOptions(options: SqliteOptions): void {
  if (typeof options !== 'object' || options === null) throw misuse('openSqlite needs options with a "path".')
  for (const name of Object.keys(options)) {
    if (!NAMES.includes(name)) {
      throw misuse(`openSqlite has no option ${JSON.stringify(name)}: did you mean ${JSON.stringify(nearest(name))}?`)
    }
  }
  const { path, clock, readOnly } = options
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw misuse('"path" must name the database file.')
  if (path === ':memory:') throw misuse('"path" must name a file; for a store in memory use createMemoryStore().')
  if (clock !== undefined && typeof clock !== 'function') throw misuse('"clock" must be a function.')
  if (readOnly !== undefined && typeof readOnly !== 'boolean') throw misuse('"readOnly" must be true or false.')
}

function misuse(message: string): StoreError {
  return new StoreError('ERR_STORE_INPUT', message)
}

// The option that shares most letters with what was written.
function nearest(name: string): string {
  const letters = new Set(name.toLowerCase())
  const shared = (option: string): number =>
    option.split('').filter((letter) => letters.has(letter.toLowerCase())).length
  return NAMES.toSorted((one, other) => shared(other) / other.length - shared(one) / one.length)[0] ?? 'path'
}
