import type { DatabaseSync } from 'node:sqlite'
import type { Case, Expected } from './cases.ts'
import { flipBit, swap } from './change.ts'
import { packSizes, writeChunk, type ChunkRow } from './database.ts'

/* What each kind of change of a row of the log must give. */
const EXPECTED = {
  'a bit of a body is flipped': { verdict: 'corrupt', kind: 'entry_altered' },
  'the size of an entry is smaller': { verdict: 'corrupt', kind: 'entry_altered' },
  'the size of an entry is larger': { verdict: 'corrupt', kind: 'entry_altered' },
  'what stands beside an entry is changed': { verdict: 'corrupt', kind: 'columns_differ' },
  'two entries of a row are swapped': { verdict: 'corrupt', kind: 'entry_altered' },
  'an entry is taken out, the row split': { verdict: 'incomplete', kind: 'index_gap' },
  'an entry is taken out of a row': { verdict: 'corrupt', kind: 'entry_altered' },
  'the first entry is taken out of a row': { verdict: 'incomplete', kind: 'index_gap' },
  'an entry is doubled in a row': { verdict: 'corrupt', kind: 'entry_altered' },
  'a row goes on with an entry of its own': { verdict: 'corrupt', kind: 'entry_altered' },
  'the last row goes on with an entry of its own': { verdict: 'corrupt', kind: 'writer_repeated' },
  'a row is removed': { verdict: 'incomplete', kind: 'index_gap' },
  'the last row is removed': { verdict: 'incomplete', kind: 'entry_missing' },
  'a row is moved up': { verdict: 'corrupt', kind: 'entry_altered' },
  'the last row is moved up': { verdict: 'incomplete', kind: 'index_gap' },
  'a row is moved down': { verdict: 'corrupt', kind: 'entry_altered' },
  'a row is doubled far behind all': { verdict: 'corrupt', kind: 'writer_repeated' },
  'a row stands far behind all, and nobody reads it': { verdict: 'incomplete', kind: 'index_gap' },
  'a row stands as far behind all as can be': { verdict: 'incomplete', kind: 'index_gap' },
  'the bodies of two rows are swapped': { verdict: 'corrupt', kind: 'entry_altered' },
  'two rows are swapped': { verdict: 'corrupt', kind: 'entry_altered' },
  'a row has no bodies': { verdict: 'corrupt', kind: 'entry_altered' },
  'the bodies of a row are cut short': { verdict: 'corrupt', kind: 'entry_altered' },
  'a row has no sizes': { verdict: 'incomplete', kind: 'index_gap' },
  'the sizes of a row are cut short': { verdict: 'corrupt', kind: 'entry_altered' },
  'nothing stands beside the entries of a row': { verdict: 'corrupt', kind: 'columns_differ' },
  'what stands beside the entries is that of another row': { verdict: 'corrupt', kind: 'columns_differ' },
  'the log ends early': { verdict: 'incomplete', kind: 'entry_missing' },
  'the log is empty': { verdict: 'incomplete', kind: 'entry_missing' },
  // Sizes and indexes say which bytes are entries: others in a row are read by nobody, and so say nothing.
  'a row holds more than its entries, which nobody reads': { verdict: 'good', kind: [] },
} as const satisfies Record<string, Expected>

type Kind = keyof typeof EXPECTED

const BY_BYTES: ReadonlySet<unknown> = new Set(['entry_altered', 'entry_missing', 'index_gap'])

/** A change of a database file. */
export interface SqlCase extends Omit<Case, 'image'> {
  readonly change: (db: DatabaseSync) => void
}

/** Every single change of every row of the log, and of every entry in it. */
export function* chunkCases(rows: readonly ChunkRow[]): Generator<SqlCase> {
  for (const [at, row] of rows.entries()) {
    for (const place of row.sizes.keys()) yield* entryCases(row, { place, isLastRow: at === rows.length - 1 })
    yield* rowCases(rows, at)
    yield* columnCases(rows, at)
  }
  yield caseOf('the log is empty', 0, (db) => db.exec('DELETE FROM chunks'))
}

function* entryCases(
  row: ChunkRow,
  { place, isLastRow }: { readonly place: number; readonly isLastRow: boolean },
): Generator<SqlCase> {
  const { first, last, sizes, heads, bodies } = row
  const index = first + place
  const isEdge = place === sizes.length - 1
  const body = bodies[place] ?? Buffer.alloc(0)
  const size = sizes[place] ?? 0
  const replace = (changed: Partial<ChunkRow>) => (db: DatabaseSync) => writeChunk(db, last, { ...row, ...changed })
  for (const at of [0, size >> 1, size - 1]) {
    const flipped = bodies.with(place, Buffer.from(flipBit(body, at, at % 7)))
    yield { ...caseOf('a bit of a body is flipped', index, replace({ bodies: flipped })), quick: at > 0 }
  }
  yield {
    ...caseOf('the size of an entry is smaller', index, replace({ sizes: sizes.with(place, size - 1) })),
    quick: true,
  }
  const larger = isEdge ? 'a row holds more than its entries, which nobody reads' : 'the size of an entry is larger'
  yield { ...caseOf(larger, index, replace({ sizes: sizes.with(place, size + 1) })), quick: !isEdge }
  // Neighbours take turns with the changes.
  for (const head of changedHeads(heads[place] ?? '').filter((_head, at) => (at + index) % 4 === 0)) {
    yield caseOf('what stands beside an entry is changed', index, replace({ heads: heads.with(place, head) }))
  }
  const without = <Item>(items: readonly Item[]): readonly Item[] => items.toSpliced(place, 1)
  const rest = { sizes: without(sizes), heads: without(heads), bodies: without(bodies) }
  if (sizes.length > 1) {
    yield place === 0
      ? caseOf('the first entry is taken out of a row', first, replace(rest))
      : caseOf('an entry is taken out of a row', first + 1, replace(rest))
    if (!isEdge) yield caseOf('an entry is taken out, the row split', index, split(row, place))
    const other = (place + 1) % sizes.length
    const swapped = {
      sizes: swap(sizes, place, other),
      heads: swap(heads, place, other),
      bodies: swap(bodies, place, other),
    }
    yield caseOf('two entries of a row are swapped', index, replace(swapped))
  }
  const doubled = <Item>(items: readonly Item[]): readonly Item[] =>
    items.toSpliced(place, 0, ...items.slice(place, place + 1))
  const more = { sizes: doubled(sizes), heads: doubled(heads), bodies: doubled(bodies) }
  if (place > 0) yield caseOf('an entry is doubled in a row', first, replace(more))
  if (isEdge) {
    const kind = isLastRow ? 'the last row goes on with an entry of its own' : 'a row goes on with an entry of its own'
    yield caseOf(kind, last + 1, (db) => {
      // A row that ends where the next one does takes its place.
      db.prepare('DELETE FROM chunks WHERE last = ?').run(last + 1)
      writeChunk(db, last, { ...more, last: last + 1 })
    })
  }
}

function* rowCases(rows: readonly ChunkRow[], at: number): Generator<SqlCase> {
  const row = rows[at]
  if (row === undefined) return
  const { first, last, sizes } = row
  const isLast = at === rows.length - 1
  const remove = (db: DatabaseSync): void => void db.prepare('DELETE FROM chunks WHERE last = ?').run(last)
  yield caseOf(isLast ? 'the last row is removed' : 'a row is removed', first, remove)
  yield caseOf('the log ends early', first, (db) => db.prepare('DELETE FROM chunks WHERE last >= ?').run(last))
  const lasts = rows.map((one) => one.last)
  const moveTo = (to: number) => (db: DatabaseSync) => writeChunk(db, last, { ...row, last: to })
  // Of a row with one entry that is the last of all, only the place is left.
  const up =
    isLast && sizes.length === 1
      ? caseOf('the last row is moved up', first, moveTo(last + 1))
      : caseOf('a row is moved up', first + 1, moveTo(last + 1))
  if (!lasts.includes(last + 1)) yield up
  if (sizes.length > 1 && !lasts.includes(last - 1)) yield caseOf('a row is moved down', first, moveTo(last - 1))
  const end = (lasts.at(-1) ?? 0) + 1
  const addAt = (to: number) => (db: DatabaseSync) => writeChunk(db, undefined, { ...row, last: to })
  yield { ...caseOf('a row is doubled far behind all', undefined, addAt(100_000)), quick: false }
  yield { ...caseOf('a row stands far behind all, and nobody reads it', end, addAt(100_000)), quick: true }
  yield { ...caseOf('a row stands as far behind all as can be', end, addAt(2 ** 53 - 2)), quick: true }
}

function* columnCases(rows: readonly ChunkRow[], at: number): Generator<SqlCase> {
  const row = rows[at]
  const other = rows[(at + 1) % rows.length]
  if (row === undefined || other === undefined) return
  const { first, last, sizes, heads, bodies } = row
  const replace = (changed: Partial<ChunkRow>) => (db: DatabaseSync) => writeChunk(db, last, { ...row, ...changed })
  const raw = (column: 'sizes' | 'bodies', value: Buffer) => (db: DatabaseSync) => {
    db.prepare(`UPDATE chunks SET ${column} = ? WHERE last = ?`).run(value, last)
  }
  yield caseOf('a row has no bodies', first, replace({ bodies: [] }))
  const whole = Buffer.concat(bodies)
  yield caseOf('the bodies of a row are cut short', last, raw('bodies', whole.subarray(0, -1)))
  yield caseOf(
    'a row holds more than its entries, which nobody reads',
    last,
    raw('bodies', Buffer.concat([whole, Buffer.of(1)])),
  )
  yield caseOf('a row holds more than its entries, which nobody reads', last, replace({ heads: [...heads, ...heads] }))
  yield caseOf('a row has no sizes', first, raw('sizes', Buffer.alloc(0)))
  const kind = sizes.length > 1 ? 'the sizes of a row are cut short' : 'a row has no sizes'
  yield caseOf(kind, sizes.length > 1 ? first + 1 : first, raw('sizes', packSizes(sizes).subarray(0, -1)))
  yield caseOf('nothing stands beside the entries of a row', first, replace({ heads: [] }))
  yield caseOf('what stands beside the entries is that of another row', first, replace({ heads: other.heads }))
  yield caseOf('the bodies of two rows are swapped', first, (db) => {
    writeChunk(db, last, { ...row, bodies: other.bodies })
    writeChunk(db, other.last, { ...other, bodies })
  })
  if (other.sizes.length === sizes.length) {
    yield caseOf('two rows are swapped', first, (db) => {
      writeChunk(db, last, { ...other, last })
      writeChunk(db, other.last, { ...row, last: other.last })
    })
  }
}

function split({ first, last, sizes, heads, bodies }: ChunkRow, place: number): (db: DatabaseSync) => void {
  return (db) => {
    const after = place + 1
    writeChunk(db, last, { last, sizes: sizes.slice(after), heads: heads.slice(after), bodies: bodies.slice(after) })
    if (place === 0) return
    const before = { sizes: sizes.slice(0, place), heads: heads.slice(0, place), bodies: bodies.slice(0, place) }
    writeChunk(db, undefined, { last: first + place - 1, ...before })
  }
}

// A head is [id, at, tags] as a line of JSON.
function changedHeads(head: string): readonly string[] {
  const [id, at, tags] = JSON.parse(head)
  const changed = [
    [`${id}.`, at, tags],
    [id, at + 1, tags],
    [id, at, {}],
    [id, at, { ...tags, type: 'ledger.heartbeat.' }],
    [id, at, { ...tags, session: 'other' }],
    [id, String(at), tags],
    [id, at],
  ]
  return [...changed.map((one) => JSON.stringify(one)), '', 'null', head.slice(1)]
}

function caseOf(kind: Kind, index: number | undefined, change: (db: DatabaseSync) => void): SqlCase {
  const at = EXPECTED[kind].verdict === 'good' ? undefined : index
  // What the bytes alone tell is found by both ways of verifying: they take turns.
  const quick = BY_BYTES.has(EXPECTED[kind].kind) && (index ?? 1) % 2 === 0
  return { name: `${kind}: ${index ?? ''}`, expected: EXPECTED[kind], at, change, quick }
}
