import type { StoredEntry, TagQuery } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { entriesOf } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import { SPAN_SIZE } from './log-index.ts'
import type { LogReader } from './log-reader.ts'
import { intersect, PostingReader } from './posting-reader.ts'
import { numberOf } from './rows.ts'

interface Range {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

interface Search {
  readonly query: TagQuery
  readonly matches: (entry: StoredEntry) => boolean
  readonly limit: number
  readonly found: StoredEntry[]
}

/** Finds entries by their tags, newest first: by the index, and by looking at the newest entries, which it lacks. */
export class TagFinder {
  readonly #log: LogReader
  readonly #usesIndex: boolean
  readonly #postings: PostingReader
  readonly #firstSpan: StatementSync
  readonly #lastSpan: StatementSync

  /** @param parts `usesIndex: false` looks at the whole log: whoever can write to the file can cut the index */
  constructor(db: DatabaseSync, parts: { readonly log: LogReader; readonly usesIndex: boolean }) {
    this.#log = parts.log
    this.#usesIndex = parts.usesIndex
    this.#postings = new PostingReader(db)
    this.#firstSpan = db.prepare('SELECT n FROM spans WHERE latest >= ? ORDER BY latest, n LIMIT 1')
    this.#lastSpan = db.prepare('SELECT n FROM spans WHERE earliest < ? ORDER BY n DESC LIMIT 1')
  }

  /** Finds what matches below index `before`. Call it inside a read transaction: it looks at several tables. */
  find(query: TagQuery, page: { readonly before?: number | undefined; readonly limit: number }): StoredEntry[] {
    const search = { query, matches: matcherOf(query), limit: page.limit, found: [] }
    const first = this.#log.first()
    const to = Math.min(page.before ?? Infinity, this.#log.size())
    if (!this.#usesIndex) return this.#scan(search, { from: first, to })
    const segments = this.#postings.segments(first)
    const indexed = segments.at(0)?.to ?? 0
    this.#scan(search, { from: Math.max(first, indexed), to })
    if (search.found.length === search.limit) return search.found
    const within = this.#rangeOf(query, Math.min(to, indexed))
    const range = { ...within, from: Math.max(first, within.from) }
    return Object.keys(query.tags).length === 0 ? this.#scan(search, range) : this.#walk(search, range)
  }

  // Looks at every entry of a part of the log.
  #scan(search: Search, range: Range): StoredEntry[] {
    const mayHold = this.#usesIndex ? filterOf(search.query) : () => true
    if (range.from >= range.to) return search.found
    for (const { chunk, from, to } of this.#log.newestFirst(range.from, range.to)) {
      if (!mayHold(chunk)) continue
      for (const entry of entriesOf(chunk, from, to).reverse()) {
        if (search.matches(entry) && search.found.push(entry) === search.limit) return search.found
      }
    }
    return search.found
  }

  #walk(search: Search, range: Range): StoredEntry[] {
    const cursors = Object.entries(search.query.tags).map(([name, wanted]) => {
      return this.#postings.cursorOf(name, [wanted].flat())
    })
    let chunk: Chunk | undefined
    let index = intersect(cursors, range.to)
    while (index !== undefined && index >= range.from) {
      if (chunk === undefined || index < chunk.first) chunk = this.#log.chunkAt(index)
      const entry = chunk !== undefined && index >= chunk.first ? entriesOf(chunk, index, index + 1)[0] : undefined
      if (entry !== undefined && search.matches(entry) && search.found.push(entry) === search.limit) break
      index = intersect(cursors, index)
    }
    return search.found
  }

  // The part of the indexed log that can hold entries of the query's time.
  #rangeOf({ since, until }: TagQuery, to: number): Range {
    const first = since === undefined ? undefined : this.#firstSpan.get(since)
    const from = since === undefined ? 0 : first === undefined ? to : numberOf(first, 'n') * SPAN_SIZE
    if (until === undefined) return { from, to }
    const last = this.#lastSpan.get(until)
    return { from, to: last === undefined ? 0 : Math.min(to, (numberOf(last, 'n') + 1) * SPAN_SIZE) }
  }
}

function matcherOf({ tags, since = 0, until = Infinity }: TagQuery): (entry: StoredEntry) => boolean {
  const wanted = Object.entries(tags).map(([name, values]) => [name, new Set<unknown>([values].flat())] as const)
  return (entry) =>
    entry.at >= since && entry.at < until && wanted.every(([name, values]) => values.has(Reflect.get(entry.tags, name)))
}

// Spares reading the lines of chunks that cannot match. It goes by the text as we write it, so it is not for files that
// are examined.
function filterOf({ tags, since = 0, until = Infinity }: TagQuery): (chunk: Chunk) => boolean {
  const wanted = Object.entries(tags).map(([name, values]) =>
    [values].flat().map((value) => `${JSON.stringify(name)}:${JSON.stringify(value)}`),
  )
  const isTimed = since > 0 || until < Infinity
  return ({ heads }) =>
    wanted.every((pairs) => pairs.some((pair) => heads.includes(pair))) &&
    (!isTimed || mayBeWithin(heads, since, until))
}

// Reads of each line only the time, which follows the id; an id with a quote in it may be anything.
function mayBeWithin(heads: string, since: number, until: number): boolean {
  for (let start = 0; start >= 0 && start < heads.length;) {
    const mark = heads.indexOf('",', start)
    const at = mark < 0 || heads[mark - 1] === '\\' ? Number.NaN : Number.parseInt(heads.slice(mark + 2, mark + 19), 10)
    if (!(at < since || at >= until)) return true
    const end = heads.indexOf('\n', start)
    start = end < 0 ? -1 : end + 1
  }
  return false
}
