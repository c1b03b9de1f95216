import { TAGS } from '@sallyport/store'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { BLOCK_SIZE, countOf, extendBlock, lastIndexOf } from './postings.ts'
import { bytesOf, numberOf, textOf } from './rows.ts'
import type { Row } from './rows.ts'

/** How many entries one span covers. */
export const SPAN_SIZE = 1_024

// What a round and a step of it take: a step takes a millisecond or two.
const ROUND_ENTRIES = 8_192
const STEP_ENTRIES = 512
const STEP_POSTINGS = 512

const TAG_NUMBERS: ReadonlyMap<string, number> = new Map(TAGS.map((name, place) => [name, place]))

interface Posting {
  readonly tag: number
  readonly value: string
  readonly indexes: number[]
}

interface Span {
  readonly earliest: number
  readonly latest: number
}

/** The number under which a tag stands in the index. */
export function tagNumber(name: string): number {
  return TAG_NUMBERS.get(name) ?? -1
}

interface Round {
  readonly from: number
  /** Exclusive: up to where the log has been read. */
  to: number
  readonly postings: Map<string, Posting>
  readonly spans: Map<number, Span>
  /** What is still to be written, in the order of the table, once enough has been read. */
  unwritten: Posting[] | undefined
}

/**
 * The writing half of the tag index, a projection of the log: postings per tag and value, and the time span of every
 * 1,024 entries. It may lag behind; `find` scans what it does not cover yet.
 *
 * It works in rounds of several thousand entries, since writing the postings of many entries at once costs half as much,
 * and in small steps, since callers wait meanwhile. `progress` moves at the end of a round; postings written before
 * that lie beyond it and are not looked at. A round that was cut short is done again, and indexes that a block holds
 * already are passed over.
 */
export class TagIndex {
  readonly #progress: StatementSync
  readonly #select: StatementSync
  readonly #lastBlock: StatementSync
  readonly #putBlock: StatementSync
  readonly #growBlock: StatementSync
  readonly #putSpan: StatementSync
  readonly #advance: StatementSync
  #round: Round | undefined

  constructor(db: DatabaseSync) {
    this.#progress = db.prepare('SELECT indexed, (SELECT max(idx) FROM entries) AS last FROM progress')
    this.#select = db.prepare('SELECT idx, at, tags FROM entries WHERE idx >= ? ORDER BY idx LIMIT ?')
    this.#lastBlock = db.prepare(
      'SELECT first, indexes FROM postings WHERE tag = ? AND value = ? ORDER BY first DESC LIMIT 1',
    )
    this.#putBlock = db.prepare('INSERT INTO postings (tag, value, first, indexes) VALUES (?, ?, ?, ?)')
    this.#growBlock = db.prepare('UPDATE postings SET indexes = ? WHERE tag = ? AND value = ? AND first = ?')
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

  /** Does a millisecond or two of work inside the open transaction. */
  step(): void {
    const row = this.#progress.get()
    const from = row === undefined ? 0 : numberOf(row, 'indexed')
    // Another process may have indexed these entries meanwhile.
    if (this.#round?.from !== from) this.#round = startRound(from)
    if (this.#round.unwritten === undefined) this.#readOn(this.#round)
    else this.#writeOn(this.#round, this.#round.unwritten)
  }

  #readOn(round: Round): void {
    const rows = this.#select.all(round.to, STEP_ENTRIES)
    for (const row of rows) collect(row, round)
    round.to += rows.length
    if (rows.length === STEP_ENTRIES && round.to - round.from < ROUND_ENTRIES) return
    // In the order of the table, so that neighbours are written one after the other.
    const sorted = [...round.postings].toSorted(([one], [other]) => (one < other ? 1 : -1))
    round.unwritten = sorted.map(([, posting]) => posting)
  }

  #writeOn(round: Round, unwritten: Posting[]): void {
    for (const posting of unwritten.splice(-STEP_POSTINGS).toReversed()) this.#append(posting)
    if (unwritten.length > 0) return
    for (const [n, span] of round.spans) this.#putSpan.run(n, span.earliest, span.latest)
    this.#advance.run(round.to)
    this.#round = undefined
  }

  // Fills the last block up before it opens another one.
  #append({ tag, value, indexes }: Posting): void {
    const last = this.#lastBlock.get(tag, value)
    let written = 0
    if (last !== undefined) {
      const [first, block] = [numberOf(last, 'first'), bytesOf(last, 'indexes')]
      const known = lastIndexOf(first, block)
      while (written < indexes.length && (indexes[written] ?? 0) <= known) written += 1
      const grown = indexes.slice(written, written + BLOCK_SIZE - countOf(block))
      if (grown.length > 0) this.#growBlock.run(extendBlock(first, block, grown), tag, value, first)
      written += grown.length
    }
    for (; written < indexes.length; written += BLOCK_SIZE) {
      const block = indexes.slice(written, written + BLOCK_SIZE)
      this.#putBlock.run(tag, value, block[0] ?? 0, extendBlock(block[0] ?? 0, new Uint8Array(0), block))
    }
  }
}

function startRound(from: number): Round {
  return { from, to: from, postings: new Map(), spans: new Map(), unwritten: undefined }
}

function collect(row: Row, round: Round): void {
  const index = numberOf(row, 'idx')
  const tags: Readonly<Record<string, string>> = JSON.parse(textOf(row, 'tags'))
  for (const [name, value] of Object.entries(tags)) {
    const tag = tagNumber(name)
    const place = String.fromCharCode(tag) + value
    const posting = round.postings.get(place)
    if (posting === undefined) round.postings.set(place, { tag, value, indexes: [index] })
    else posting.indexes.push(index)
  }
  const at = numberOf(row, 'at')
  const n = Math.floor(index / SPAN_SIZE)
  const span = round.spans.get(n)
  round.spans.set(n, { earliest: Math.min(span?.earliest ?? at, at), latest: Math.max(span?.latest ?? at, at) })
}
