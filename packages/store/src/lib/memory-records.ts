import { encodeKey } from './keys.ts'
import type { Commit, Committed, Found, Json, Key, Write } from './types.ts'

/** A record at rest: its value serialised, so that nothing is shared with whoever wrote or reads it. */
export interface MemoryRecord {
  readonly key: Key
  readonly value: string
  readonly version: string
  readonly expiresAt?: number
  readonly keep: boolean
}

/** Records by their encoded key, one character per byte, so that comparing strings compares bytes. */
export type Records = ReadonlyMap<string, MemoryRecord>

type Refusal = Extract<Committed, { ok: false }>['code']

/**
 * What a commit's writes would do: the records to set or (undefined) to delete and where the log would begin, or why the
 * commit is refused.
 */
export type Judged =
  | {
      readonly ok: true
      readonly changes: ReadonlyMap<string, MemoryRecord | undefined>
      readonly counts: number[]
      readonly first: number
    }
  | Extract<Committed, { ok: false }>

/** What a commit meets: the time, and where the log begins and ends. */
export interface Moment {
  readonly now: number
  readonly first: number
  readonly size: number
}

/** Judges all writes of a commit, in order, without changing anything. */
export function judgeWrites(records: Records, commit: Commit, { now, first: begin, size }: Moment): Judged {
  let first = begin
  const changes = new Map<string, MemoryRecord | undefined>()
  const counts: number[] = []
  for (const write of commit.writes) {
    if (write.op === 'drop') {
      if (write.expect !== begin || write.below > size) return { ok: false, code: 'conflict', key: ['log'] }
      first = write.below
      continue
    }
    const place = placeOf(write.key)
    const present = changes.get(place) ?? presentAt(records, place, now)
    if (write.op === 'add') {
      const counter = judgeAdd(write, present !== undefined && isExpired(present, now) ? undefined : present)
      if (typeof counter === 'string') return { ok: false, code: counter, key: [...write.key] }
      changes.set(place, { ...counter, version: commit.id })
      counts.push(Number(counter.value))
      continue
    }
    if ((present?.version ?? null) !== write.expect) return { ok: false, code: 'conflict', key: [...write.key] }
    if (write.op === 'put') changes.set(place, putRecord(write, commit.id))
    if (write.op === 'remove') changes.set(place, undefined)
  }
  return { ok: true, changes, counts, first }
}

function judgeAdd(write: Extract<Write, { op: 'add' }>, counter: MemoryRecord | undefined): MemoryRecord | Refusal {
  const before: unknown = counter === undefined ? 0 : JSON.parse(counter.value)
  // Somebody has put something else than a count here: nothing can be added to it.
  if (typeof before !== 'number') return 'conflict'
  const sum = Math.max(0, before + write.by)
  if (sum > write.max) return 'limit'
  const value = String(sum)
  if (counter !== undefined) return { ...counter, value }
  return { key: [...write.key], value, version: '', expiresAt: write.expiresAt, keep: false }
}

function putRecord(write: Extract<Write, { op: 'put' }>, version: string): MemoryRecord {
  const { expiresAt } = write
  return {
    key: [...write.key],
    value: JSON.stringify(write.value),
    version,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    keep: write.atExpiry === 'keep',
  }
}

/** Where a key stands in `Records`. */
export function placeOf(key: Key): string {
  return Buffer.from(encodeKey(key)).toString('latin1')
}

/** The record at a place, unless it has been dropped by expiry. */
export function presentAt(records: Records, place: string, now: number): MemoryRecord | undefined {
  const record = records.get(place)
  return record !== undefined && !record.keep && isExpired(record, now) ? undefined : record
}

/** Tells whether a record's time is over; its last moment is the one before `expiresAt`. */
export function isExpired(record: MemoryRecord, now: number): boolean {
  return record.expiresAt !== undefined && now >= record.expiresAt
}

/** A copy of a record as readers get it. */
export function formatFound(record: MemoryRecord): Found {
  const { key, version, expiresAt } = record
  const value: Json = JSON.parse(record.value)
  return { key: [...key], value, version, ...(expiresAt === undefined ? {} : { expiresAt }) }
}
