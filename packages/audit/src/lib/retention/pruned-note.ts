import type { Json, Key, Store } from '@sallyport/store'
import { canonicalize } from '../events/canonical.ts'
import { eventTime } from '../events/event-id.ts'
import { isJsonRecord } from '../json-record.ts'
import { splitNote } from '../receipts/note-parts.ts'
import { parseNote } from '../signing/tree-store.ts'

const HEADER = 'sallyport ledger pruned v1'
const HASH = /^[A-Za-z0-9+/]{43}=$/
const NUMBER = /^(?:0|[1-9]\d{0,15})$/

/** Entries in a range: what is dropped is dropped by whole ranges, which are the bundles of an export. */
export const RANGE = 256

/** The record with the signed statement of what was dropped; replaced each time more is. */
export const PRUNED_KEY: Key = ['ledger', 'pruned']

/** What was under way where the entries now begin, so that those which are left can be judged as before. */
export interface Carry {
  /** The challenges that were open. */
  readonly challenges: readonly string[]
  /** The boots that had not closed the ledger, that of which was heard longest ago first. */
  readonly writers: readonly CarriedWriter[]
  /**
   * When the last boot of those was started that are left out for want of room, in milliseconds since the epoch; absent when
   * none is.
   */
  readonly forgotten?: number | undefined
}

/** How far the count of one boot had come. */
export interface CarriedWriter {
  readonly boot: string
  readonly id: string
  /** The first number that had not come. */
  readonly next: number
  /** Numbers beyond it that had. */
  readonly ahead: readonly number[]
  /** Numbers, from one to another, that may still come once: named as refused, or given up. */
  readonly pardoned: readonly (readonly [number, number])[]
}

/** What a ledger says of the entries that were dropped from its beginning. */
export interface Pruning {
  readonly origin: string
  /** All entries below this index were dropped. */
  readonly to: number
  /** A checkpoint that covered them. */
  readonly size: number
  /** Its root, in base64. */
  readonly root: string
  /** The id of the `ledger.pruned` that dropped the last of them. */
  readonly event: string
  readonly entryDays: number
  readonly carry: Carry
}

/** What was under way at the beginning of a ledger. */
export const NOTHING_CARRIED: Carry = { challenges: [], writers: [] }

/** Formats the text of the statement, which is then signed as a note. */
export function formatPruned({ origin, to, size, root, event, entryDays, carry }: Pruning): string {
  return `${[HEADER, origin, to, size, root, event, entryDays, canonicalize(jsonOf(carry))].join('\n')}\n`
}

/** Parses the text of a statement; accepts exactly what `formatPruned` gives, and gives `undefined` otherwise. */
export function parsePruned(text: string): Pruning | undefined {
  const [, origin = '', to, size, root = '', event = '', entryDays, carried = ''] = text.split('\n')
  const carry = parseCarry(carried)
  if (carry === undefined || !HASH.test(root) || eventTime(event) === undefined) return undefined
  const numbers = { to: parseNumber(to), size: parseNumber(size), entryDays: parseNumber(entryDays) }
  const isRange = numbers.to >= RANGE && numbers.to % RANGE === 0 && numbers.size > numbers.to
  if (!isRange || !(numbers.entryDays >= 1)) return undefined
  const pruning = { origin, ...numbers, root, event, carry }
  return formatPruned(pruning) === text ? pruning : undefined
}

/** Reads a stored statement, whoever signed it; `undefined` when it is none. */
export function readPruned(value: Json | undefined): { readonly note: string; readonly pruning: Pruning } | undefined {
  const note = value === undefined ? undefined : parseNote(value)
  const pruning = note === undefined ? undefined : parsePruned(splitNote(note).text)
  return note === undefined || pruning === undefined ? undefined : { note, pruning }
}

/** Where the entries of a ledger begin, and the record that should say why. */
export interface Beginning {
  readonly first: number
  readonly value: Json | undefined
  /** `null` when there is no record. */
  readonly version: string | null
}

// More are dropped in one commit after the other; between two looks at the record there is no more than one.
const MAX_LOOKS = 100

/** Reads the first index and the record that belongs to it. */
export async function readBeginning(store: Store): Promise<Beginning> {
  for (let looks = 1; ; looks++) {
    const [record] = await store.get([PRUNED_KEY])
    const first = await store.first()
    const [again] = await store.get([PRUNED_KEY])
    if (again?.version === record?.version || looks === MAX_LOOKS) {
      return { first, value: again?.value, version: again?.version ?? null }
    }
  }
}

function jsonOf({ challenges, writers, forgotten }: Carry): Json {
  return {
    challenges,
    ...(forgotten === undefined ? {} : { forgotten }),
    writers: writers.map(({ boot, id, next, ahead, pardoned }) => ({ boot, id, next, ahead, pardoned })),
  }
}

// What is none compares as nothing.
function parseNumber(text = ''): number {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : Number.NaN
}

function parseCarry(text: string | undefined): Carry | undefined {
  const value = parseJson(text ?? '')
  if (!isJsonRecord(value)) return undefined
  const { challenges, writers, forgotten } = value
  if (forgotten !== undefined && !isCount(forgotten)) return undefined
  if (!Array.isArray(challenges) || !Array.isArray(writers)) return undefined
  const names = challenges.filter(isText)
  const counts = writers.map(parseWriter).filter((one) => one !== undefined)
  const isWhole = names.length === challenges.length && counts.length === writers.length
  if (!isWhole) return undefined
  return { challenges: names, writers: counts, ...(forgotten === undefined ? {} : { forgotten }) }
}

function parseWriter(value: Json): CarriedWriter | undefined {
  if (!isJsonRecord(value)) return undefined
  const { boot, id, next, ahead, pardoned } = value
  if (!isText(boot) || !isText(id) || !isCount(next)) return undefined
  if (!Array.isArray(ahead) || !Array.isArray(pardoned)) return undefined
  const numbers = ahead.filter(isCount)
  const ranges = pardoned.map(parseRange).filter((one) => one !== undefined)
  const isWhole = numbers.length === ahead.length && ranges.length === pardoned.length
  return isWhole ? { boot, id, next, ahead: numbers, pardoned: ranges } : undefined
}

function parseRange(value: Json): readonly [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [first, last]: readonly Json[] = value
  return isCount(first) && isCount(last) ? [first, last] : undefined
}

// Of a note that nobody has judged: half a surrogate pair has no canonical form.
function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}

function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
