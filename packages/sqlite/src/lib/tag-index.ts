import { TAGS } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { BLOCK_SIZE, formatBlock, parseBlock } from './postings.ts'
import { bytesOf, numberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'

/** How many entries one span covers. */
export const SPAN_SIZE = 1_024

const TAG_NUMBERS: ReadonlyMap<string, number> = new Map(TAGS.map((name, place) => [name, place]))

interface Posting {
  readonly tag: number
  readonly value: string
  readonly indexes: number[]
}

interface Span {
  earliest: number
  latest: number
}

/** The number under which a tag stands in the index. */
export function tagNumber(name: string): number {
  return TAG_NUMBERS.get(name) ?? -1
}

/**
 * The writing half of the tag index, a projection of the log: postings per tag and value, and the time span of every
 * 1,024 entries. It may lag behind; `find` scans what it does not cover yet.
 */
export class TagIndex {
  readonly #progress: StatementSync
  readonly #select: StatementSync
  readonly #lastBlock: StatementSync
  readonly #putBlock: StatementSync
  readonly #putSpan: StatementSync
  readonly #advance: StatementSync

  constructor(db: DatabaseSync) {
    this.#progress = db.prepare('SELECT indexed, (SELECT max(idx) FROM entries) AS last FROM progress')
    this.#select = db.prepare('SELECT idx, at, tags FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?')
    this.#lastBlock = db.prepare(
      'SELECT first, indexes FROM postings WHERE tag = ? AND value = ? ORDER BY first DESC LIMIT 1',
    )
    this.#putBlock = db.prepare('INSERT OR REPLACE INTO postings (tag, value, first, indexes) VALUES (?, ?, ?, ?)')
    this.#putSpan = db.prepare(
      `INSERT INTO spans (n, earliest, latest) VALUES (?, ?, ?)
       ON CONFLICT (n) DO UPDATE SET earliest = min(earliest, excluded.earliest), latest = max(latest, excluded.latest)`,
    )
    this.#advance = db.prepare('UPDATE progress SET indexed = ?')
  }

  /** How many entries the index does not cover yet. */
  backlog(): number {
    const row = this.#progress.get()
    if (row === undefined || row['last'] === null) return 0
    return numberOf(row, 'last') + 1 - numberOf(row, 'indexed')
  }

  /** Indexes up to `limit` further entries inside the open transaction. */
  advance(limit: number): void {
    const row = this.#progress.get()
    const from = row === undefined ? 0 : numberOf(row, 'indexed')
    const rows = this.#select.all(from, limit)
    if (rows.length === 0) return
    // In the order of the table, so that neighbours are written one after the other.
    for (const [, posting] of [...groupPostings(rows)].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
      this.#append(posting)
    }
    for (const [n, span] of groupSpans(rows)) this.#putSpan.run(n, span.earliest, span.latest)
    this.#advance.run(from + rows.length)
  }

  // Fills the last block up before it opens another one.
  #append({ tag, value, indexes }: Posting): void {
    const last = this.#lastBlock.get(tag, value)
    const open = last === undefined ? [] : parseBlock(numberOf(last, 'first'), bytesOf(last, 'indexes'))
    const all = open.length < BLOCK_SIZE ? [...open, ...indexes] : indexes
    for (let from = 0; from < all.length; from += BLOCK_SIZE) {
      const block = all.slice(from, from + BLOCK_SIZE)
      this.#putBlock.run(tag, value, block[0] ?? 0, formatBlock(block))
    }
  }
}

function groupPostings(rows: readonly Row[]): ReadonlyMap<string, Posting> {
  const postings = new Map<string, Posting>()
  for (const row of rows) {
    const tags: Readonly<Record<string, string>> = JSON.parse(textOf(row, 'tags'))
    for (const [name, value] of Object.entries(tags)) {
      const tag = tagNumber(name)
      const place = String.fromCharCode(tag) + value
      const posting = postings.get(place)
      if (posting === undefined) postings.set(place, { tag, value, indexes: [numberOf(row, 'idx')] })
      else posting.indexes.push(numberOf(row, 'idx'))
    }
  }
  return postings
}

function groupSpans(rows: readonly Row[]): ReadonlyMap<number, Span> {
  const spans = new Map<number, Span>()
  for (const row of rows) {
    const n = Math.floor(numberOf(row, 'idx') / SPAN_SIZE)
    const at = numberOf(row, 'at')
    const span = spans.get(n)
    spans.set(n, { earliest: Math.min(span?.earliest ?? at, at), latest: Math.max(span?.latest ?? at, at) })
  }
  return spans
}
