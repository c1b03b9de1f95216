import type { StoredEntry, TagQuery } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { greatestBelow, parseBlock } from './postings.ts'
import { bytesOf, numberOf, optionalNumberOf, parseEntry } from './rows.ts'
import { SPAN_SIZE, tagNumber } from './tag-index.ts'

/** A set of log indexes that is walked from the newest down. */
interface Cursor {
  /** The greatest index of the set below a bound, or undefined. Bounds must not grow from call to call. */
  seek(below: number): number | undefined
}

interface Range {
  readonly from: number
  /** Exclusive. */
  readonly to: number
}

/** The reading half of the tag index: finds entries by their tags, newest first. */
export class TagFinder {
  readonly #db: DatabaseSync
  readonly #usesIndex: boolean
  readonly #progress: StatementSync
  readonly #block: StatementSync
  readonly #entry: StatementSync
  readonly #firstSpan: StatementSync
  readonly #lastSpan: StatementSync

  /** @param usesIndex false scans the whole log: the index can be rebuilt, but whoever can write to the file can cut it */
  constructor(db: DatabaseSync, usesIndex: boolean) {
    this.#db = db
    this.#usesIndex = usesIndex
    this.#progress = db.prepare('SELECT indexed, (SELECT max(idx) FROM entries) AS last FROM progress')
    this.#block = db.prepare(
      'SELECT first, indexes FROM postings WHERE tag = ? AND value = ? AND first < ? ORDER BY first DESC LIMIT 1',
    )
    this.#entry = db.prepare('SELECT idx, id, at, tags, bytes FROM entries WHERE idx = ?')
    this.#firstSpan = db.prepare('SELECT min(n) AS n FROM spans INDEXED BY spans_latest WHERE latest >= ?')
    this.#lastSpan = db.prepare('SELECT n FROM spans WHERE earliest < ? ORDER BY n DESC LIMIT 1')
  }

  /** Finds what matches below index `before`. Call it inside a read transaction: it looks at several tables. */
  find(query: TagQuery, page: { readonly before?: number | undefined; readonly limit: number }): StoredEntry[] {
    const before = page.before ?? Number.MAX_SAFE_INTEGER
    if (!this.#usesIndex) return this.#examine(query, { range: { from: 0, to: before }, limit: page.limit })
    const progress = this.#progress.get()
    const indexed = progress === undefined ? 0 : numberOf(progress, 'indexed')
    const tail = this.#scan(query, { range: { from: indexed, to: before }, limit: page.limit })
    if (tail.length === page.limit) return tail
    const limit = page.limit - tail.length
    const range = this.#rangeOf(query, Math.min(before, indexed))
    if (Object.keys(query.tags).length === 0) return [...tail, ...this.#scan(query, { range, limit })]
    return [...tail, ...this.#walk(query, { range, limit })]
  }

  // Looks at every entry itself: neither the index nor the form of the tags' text can hide one.
  #examine(query: TagQuery, { range, limit }: { range: Range; limit: number }): StoredEntry[] {
    const { since = 0, until = Number.MAX_SAFE_INTEGER } = query
    const wanted = Object.entries(query.tags).map(([name, value]) => [name, new Set([value].flat())] as const)
    const statement = this.#db.prepare(
      'SELECT idx, id, at, tags, bytes FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx DESC',
    )
    const found: StoredEntry[] = []
    for (const row of statement.iterate(range.from, range.to)) {
      const entry = parseEntry(row)
      const tags = new Map<string, string>(Object.entries(entry.tags))
      const fits = entry.at >= since && entry.at < until && wanted.every(([name, set]) => set.has(tags.get(name) ?? ''))
      if (fits && found.push(entry) === limit) break
    }
    return found
  }

  // Reads the log backwards: for what the index does not cover, and for queries without tags.
  #scan(query: TagQuery, { range, limit }: { range: Range; limit: number }): StoredEntry[] {
    const conditions = Object.entries(query.tags).map(([name, wanted]) => {
      const pairs = [wanted].flat().map((value) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
      return { sql: `(${['0', ...pairs.map(() => 'instr(tags, ?)')].join(' OR ')})`, pairs }
    })
    const sql = ['idx >= ?', 'idx < ?', 'at >= ?', 'at < ?', ...conditions.map((condition) => condition.sql)].join(
      ' AND ',
    )
    const statement = this.#db.prepare(
      `SELECT idx, id, at, tags, bytes FROM entries WHERE ${sql} ORDER BY idx DESC LIMIT ?`,
    )
    const { since = 0, until = Number.MAX_SAFE_INTEGER } = query
    const pairs = conditions.flatMap((condition) => condition.pairs)
    return statement.all(range.from, range.to, since, until, ...pairs, limit).map(parseEntry)
  }

  #walk(query: TagQuery, { range, limit }: { range: Range; limit: number }): StoredEntry[] {
    const { since = 0, until = Number.MAX_SAFE_INTEGER } = query
    const cursors = Object.entries(query.tags).map(([name, wanted]) => this.#cursorOf(tagNumber(name), wanted))
    const found: StoredEntry[] = []
    let index = intersect(cursors, range.to)
    while (index !== undefined && index >= range.from && found.length < limit) {
      const row = this.#entry.get(index)
      const entry = row === undefined ? undefined : parseEntry(row)
      if (entry !== undefined && entry.at >= since && entry.at < until) found.push(entry)
      index = intersect(cursors, index)
    }
    return found
  }

  #cursorOf(tag: number, wanted: string | readonly string[]): Cursor {
    const postings = [wanted].flat().map((value) => new PostingCursor(this.#block, tag, value))
    return {
      seek: (below) =>
        postings.reduce<number | undefined>((greatest, cursor) => {
          const next = cursor.seek(below)
          return next === undefined || (greatest !== undefined && next < greatest) ? greatest : next
        }, undefined),
    }
  }

  // The part of the indexed log that can hold entries of the query's time.
  #rangeOf(query: TagQuery, to: number): Range {
    const first = query.since === undefined ? undefined : this.#firstSpan.get(query.since)
    const from = first === undefined ? 0 : (optionalNumberOf(first, 'n') ?? Infinity) * SPAN_SIZE
    if (query.until === undefined) return { from, to }
    const last = this.#lastSpan.get(query.until)
    return { from, to: last === undefined ? 0 : Math.min(to, (numberOf(last, 'n') + 1) * SPAN_SIZE) }
  }
}

/** Walks the postings of one tag and value, a block at a time. */
class PostingCursor implements Cursor {
  readonly #select: StatementSync
  readonly #tag: number
  readonly #value: string
  #indexes: readonly number[] | undefined

  constructor(select: StatementSync, tag: number, value: string) {
    this.#select = select
    this.#tag = tag
    this.#value = value
  }

  seek(below: number): number | undefined {
    const here = this.#indexes === undefined ? undefined : greatestBelow(this.#indexes, below)
    if (here !== undefined || this.#indexes?.length === 0) return here
    const row = this.#select.get(this.#tag, this.#value, below)
    this.#indexes = row === undefined ? [] : parseBlock(numberOf(row, 'first'), bytesOf(row, 'indexes'))
    return greatestBelow(this.#indexes, below)
  }
}

// The greatest index below a bound that is in every set: each set in turn lowers the candidate until all agree on it.
function intersect(cursors: readonly Cursor[], below: number): number | undefined {
  let candidate = below - 1
  let agreed = 0
  while (agreed < cursors.length) {
    for (const cursor of cursors) {
      const next = cursor.seek(candidate + 1)
      if (next === undefined) return undefined
      agreed = next === candidate ? agreed + 1 : 1
      candidate = next
      if (agreed === cursors.length) break
    }
  }
  return candidate
}
