import type { StoredEntry } from '@sallyport/store'
import { changeLeaf, eventOf, flipBit, leavesOf, swap, withEvent } from './change.ts'
import type { Case, Expected } from './cases.ts'
import { withTilesOf } from './forge.ts'
import { entryAt, renumber, withEntries, type Image } from './image.ts'
import type { World } from './world.ts'

/*
 * What each kind of change of the log must give. Every entry is signed. Where later entries move up or down, the first
 * that is not in its place is named.
 */
const EXPECTED = {
  'a bit of an entry is flipped': { verdict: 'corrupt', kind: 'entry_altered' },
  'a member of an event is changed, its form kept': { verdict: 'corrupt', kind: 'entry_altered' },
  // The entry contradicts a signed manifest as well, and a contradiction about keys is the gravest there is.
  'what an entry says of a key is changed': { verdict: 'bad_signature', kind: 'entry_altered' },
  'an entry is emptied': { verdict: 'corrupt', kind: 'entry_altered' },
  'an entry is removed, its place left': { verdict: 'incomplete', kind: 'index_gap' },
  'an entry is removed, the others moved up': { verdict: 'corrupt', kind: 'entry_altered' },
  'the last entry is removed': { verdict: 'incomplete', kind: 'entry_missing' },
  'an entry is doubled beside itself': { verdict: 'corrupt', kind: 'entry_altered' },
  'the last entry is doubled behind all': { verdict: 'corrupt', kind: 'writer_repeated' },
  'an entry is doubled under its own index': { verdict: 'corrupt', kind: 'index_disorder' },
  'an entry is doubled far away': { verdict: 'corrupt', kind: 'entry_altered' },
  'an entry is doubled over another': { verdict: 'corrupt', kind: 'entry_altered' },
  'an entry is swapped with its neighbour': { verdict: 'corrupt', kind: 'entry_altered' },
  'an entry is swapped with a far one': { verdict: 'corrupt', kind: 'entry_altered' },
  'a forged entry is put before another': { verdict: 'corrupt', kind: 'entry_altered' },
  'a forged entry stands in the place of another': { verdict: 'corrupt', kind: 'entry_altered' },
  'the log ends early': { verdict: 'incomplete', kind: 'entry_missing' },
  // Nobody had to break a signature: the tree leads to another root than the one that was signed.
  'an entry is rewritten together with all tiles': { verdict: 'diverged', kind: 'root_diverged' },
} as const satisfies Record<string, Expected>

const BY_BYTES: ReadonlySet<string> = new Set(['entry_altered', 'entry_missing', 'index_gap'])

const COLUMNS = { verdict: 'corrupt', kind: 'columns_differ' } as const
// Searches are what columns are for. Whoever asks for the integrity of the log alone is not told of them.
const NOT_ASKED = { verdict: 'good' } as const

const FAR = 137

type Log = readonly StoredEntry[]

/** Every single change of what an entry says, for every entry. */
export function* contentCases({ image }: World): Generator<Case> {
  for (const entry of image.entries) {
    yield* byteCases(image, entry)
    yield* memberCases(image, entry)
  }
}

/** Every single change of which entries there are, and where. */
export function* orderCases(world: World): Generator<Case> {
  for (const index of world.image.entries.keys()) {
    yield* placeCases(world.image, index)
    yield* forgedCases(world, index)
  }
}

/** Every single change of what stands beside an entry. */
export function* columnCases({ image }: World): Generator<Case> {
  for (const entry of image.entries) {
    const { id, at, tags, index } = entry
    const other = entryAt(image, (index + 1) % image.entries.length)
    // Neighbours take turns with the ways of changing a thing.
    const isEven = index % 2 === 0
    const changes: [string, Partial<StoredEntry>][] = [
      isEven ? ['its id is changed', { id: `${id}!` }] : ['its id is that of another', { id: other.id }],
      isEven ? ['its time is later', { at: at + 1 }] : ['its time is earlier', { at: at - 86_400_000 }],
      isEven
        ? ['its tags are removed', { tags: {} }]
        : ['its tags are those of another', { tags: { ...other.tags, flow: 'x' } }],
      ['a tag is added', { tags: { ...tags, [Object.hasOwn(tags, 'tenant') ? 'session' : 'tenant']: 'other' } }],
    ]
    for (const [turn, [name, value]] of Object.entries(tags).entries()) {
      const { [name]: _removed, ...others } = Object(tags)
      if ((turn + index) % 2 === 0)
        changes.push([`the tag ${name} is changed`, { tags: { ...tags, [name]: `${value}.` } }])
      else changes.push([`the tag ${name} is removed`, { tags: others }])
    }
    for (const [change, columns] of changes) {
      const changed = (): Image => withEntries(image, image.entries.with(index, { ...entry, ...columns }))
      yield { name: `columns: ${change} of ${index}`, expected: COLUMNS, at: index, image: changed }
    }
    const blind = (): Image => withEntries(image, image.entries.with(index, { ...entry, id: 'x', at: 0, tags: {} }))
    yield { name: `columns, not asked for: ${index}`, expected: NOT_ASKED, image: blind, quick: true }
  }
}

function* byteCases(image: Image, entry: StoredEntry): Generator<Case> {
  const { bytes, index } = entry
  const text = Buffer.from(bytes).toString()
  const marks = ['"id":"', '"type":"', '"at":"', '"seq":', '"boot":"', '"actor":{"id":"', '"data":{']
  const named = marks.map((mark) => text.lastIndexOf(mark) + mark.length).filter((place) => text[place] !== undefined)
  const key = text.indexOf('"key":"')
  for (const [turn, place] of [...new Set([0, ...named, bytes.length >> 1, bytes.length - 1])].entries()) {
    const flipped = { ...entry, bytes: flipBit(bytes, place, place % 7) }
    const change = { index, log: (log: Log) => log.with(index, flipped), what: `byte ${place}` }
    // Both ways of verifying take turns; of the entries that tell of keys the members have cases of their own.
    const tellsOfKey = isOfKey(entry) && place >= key - 1
    if (!tellsOfKey) yield { ...one(image, 'a bit of an entry is flipped', change), quick: (turn + index) % 2 === 0 }
  }
  const emptied = { ...entry, bytes: new Uint8Array() }
  yield one(image, 'an entry is emptied', { index, log: (log) => log.with(index, emptied) })
}

function* memberCases(image: Image, entry: StoredEntry): Generator<Case> {
  const { index } = entry
  const event = eventOf(entry)
  for (const [turn, path] of leavesOf(event).entries()) {
    // Most entries are of one shape: neighbours take turns with the members.
    if ((turn + index) % 2 === 0 && !isOfKey(entry)) continue
    const changed = withEvent(entry, changeLeaf(event, path))
    const tellsOfKey = isOfKey(entry) && path.join('.') === 'data.key'
    const kind = tellsOfKey
      ? 'what an entry says of a key is changed'
      : 'a member of an event is changed, its form kept'
    const change = { index, log: (log: Log) => log.with(index, changed), what: path.join('.') }
    yield { ...one(image, kind, change), quick: !tellsOfKey && turn % 6 > 1 }
  }
}

function* placeCases(image: Image, index: number): Generator<Case> {
  const { length } = image.entries
  const entry = entryAt(image, index)
  const isLast = index === length - 1
  const far = (index + FAR) % length
  const without = (log: Log): Log => log.toSpliced(index, 1)
  yield one(image, isLast ? 'the last entry is removed' : 'an entry is removed, its place left', {
    index,
    log: without,
  })
  // Where the last is doubled under its own index, no reader ever asks for the second.
  if (!isLast) {
    yield one(image, 'an entry is doubled under its own index', {
      index: 0,
      log: (log) => log.toSpliced(index, 0, entry),
    })
    yield one(image, 'an entry is removed, the others moved up', { index, log: (log) => renumber(without(log)) })
    yield one(image, 'an entry is swapped with its neighbour', {
      index,
      log: (log) => renumber(swap(log, index, index + 1)),
    })
  }
  const beside = isLast ? 'the last entry is doubled behind all' : 'an entry is doubled beside itself'
  yield one(image, beside, { index: index + 1, log: (log) => renumber(log.toSpliced(index, 0, entry)) })
  yield one(image, 'an entry is doubled far away', { index: far, log: (log) => renumber(log.toSpliced(far, 0, entry)) })
  yield one(image, 'an entry is doubled over another', { index: far, log: (log) => renumber(log.with(far, entry)) })
  const swapped = (log: Log): Log => renumber(swap(log, index, far))
  yield one(image, 'an entry is swapped with a far one', { index: index % 2 === 0 ? index : far, log: swapped })
  yield one(image, 'the log ends early', { index, log: (log) => log.slice(0, index) })
}

function* forgedCases({ image, signedSizes }: World, index: number): Generator<Case> {
  const forged = strangerBefore(entryAt(image, index))
  yield one(image, 'a forged entry is put before another', {
    index,
    log: (log) => renumber(log.toSpliced(index, 0, forged)),
  })
  yield one(image, 'a forged entry stands in the place of another', { index, log: (log) => log.with(index, forged) })
  const rewritten = (): Image =>
    withTilesOf(withEntries(image, image.entries.with(index, later(entryAt(image, index)))))
  const name = 'an entry is rewritten together with all tiles'
  const at = signedSizes.find((size) => size > index)
  yield { name: `${name}: ${index}`, expected: EXPECTED[name], at, image: rewritten, quick: index % 2 === 0 }
}

interface Change {
  /** The entry that must be named. */
  readonly index: number
  readonly log: (log: Log) => Log
  readonly what?: string | undefined
}

function isOfKey({ tags }: StoredEntry): boolean {
  return tags.type === 'ledger.key_added' || tags.type === 'ledger.key_retired'
}

function one(image: Image, kind: keyof typeof EXPECTED, { index, log, what = '' }: Change): Case {
  const changed = (): Image => withEntries(image, log(image.entries))
  // What the bytes alone tell is found by both ways of verifying: they take turns.
  const quick = BY_BYTES.has(EXPECTED[kind].kind) && index % 2 === 0
  return { name: `${kind}: ${index} ${what}`, expected: EXPECTED[kind], at: index, image: changed, quick }
}

// An event as good as any other, by a writer of its own.
function strangerBefore(entry: StoredEntry): StoredEntry {
  const id = `${entry.id.slice(0, -1)}${entry.id.endsWith('0') ? '1' : '0'}`
  const at = new Date(entry.at).toISOString()
  const writer = { id: 'web-9', boot: id, seq: 1 }
  const event = { v: 1, id, at, type: 'access.denied', writer, data: { requirement: 'transfer' } }
  return withEvent({ ...entry, id, tags: { type: 'access.denied' } }, event)
}

// The same event a millisecond later, its column included: nothing but the root tells.
function later(entry: StoredEntry): StoredEntry {
  const at = entry.at + 1
  return { ...withEvent(entry, { ...eventOf(entry), at: new Date(at).toISOString() }), at }
}
