import type { Json, Key, Store, Write } from '@sallyport/store'

import { isJsonRecord } from '../json-record.ts'

/** How far a sink has come, for whichever instance serves it next. */
export interface SinkCursor {
  readonly next: number
  /** The ledger says that the sink has failed, and not yet that it has recovered. */
  readonly failing: boolean
  readonly deadLettered: number
  readonly version: string | null
}

/** Where a cursor is moved to. */
export type SinkPlace = Pick<SinkCursor, 'next' | 'failing' | 'deadLettered'>

/** Below it stand the cursors of all sinks. */
export const SINK_PREFIX: Key = ['sink']

/** Reads the cursor of a sink; that of a new one stands at the beginning. */
export async function readCursor(store: Store, name: string): Promise<SinkCursor> {
  const [found] = await store.get([keyOf(name)])
  return { ...placeOf(found?.value), version: found?.version ?? null }
}

/** Reads what a cursor's record says; what is not there, or of another type, is as in a new one. */
export function placeOf(value: Json | undefined): SinkPlace {
  const { next, failing, deadLettered } = isJsonRecord(value) ? value : {}
  return { next: countOf(next), failing: failing === true, deadLettered: countOf(deadLettered) }
}

/** The write that moves a cursor, if nobody else has meanwhile. */
export function moveCursor(name: string, from: SinkCursor, to: SinkPlace): Write {
  const value: Json = {
    next: to.next,
    ...(to.failing ? { failing: true } : {}),
    ...(to.deadLettered > 0 ? { deadLettered: to.deadLettered } : {}),
  }
  return { op: 'put', key: keyOf(name), value, expect: from.version }
}

function keyOf(name: string): Key {
  return [...SINK_PREFIX, name]
}

function countOf(value: Json | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
