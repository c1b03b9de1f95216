import type { Key, Store } from '@sallyport/store'
import { isJsonRecord } from '../json-record.ts'
import { SINK_PREFIX } from '../sinks/sink-cursor.ts'
import { WITNESS_PREFIX } from '../witnessing/witness-record.ts'

const PAGE = 1_000

/** Those who read a ledger in order, by their names: what they have not had is not dropped. */
export interface Readers {
  readonly sinks: readonly string[]
  readonly witnesses: readonly string[]
}

/**
 * Finds how far the slowest sink and witness have come, those of other instances and earlier times included. A cursor only
 * ever moves on, so what is found here stays true.
 *
 * @param store the ledger's
 * @param here those of this instance: one that has no cursor yet has had nothing
 * @returns an index: all entries below it were had by everybody; `Infinity` when there is nobody
 */
export async function slowestCursor(store: Store, here: Readers): Promise<number> {
  const sinks = await readCursors(store, SINK_PREFIX, 'next')
  const witnesses = await readCursors(store, WITNESS_PREFIX, 'size')
  const unheard = [here.sinks.some((name) => !sinks.has(name)), here.witnesses.some((name) => !witnesses.has(name))]
  return unheard.includes(true) ? 0 : Math.min(Infinity, ...leastOf(sinks), ...leastOf(witnesses))
}

async function readCursors(store: Store, prefix: Key, member: string): Promise<ReadonlyMap<string, number>> {
  const cursors = new Map<string, number>()
  let after: Key | undefined
  for (;;) {
    const page = await store.list(prefix, { after, limit: PAGE })
    for (const { key, value } of page) {
      const at = isJsonRecord(value) ? value[member] : undefined
      // Of a cursor that cannot be read nobody knows how far it was.
      cursors.set(key.at(-1) ?? '', typeof at === 'number' ? at : 0)
    }
    after = page.at(-1)?.key
    if (after === undefined) return cursors
  }
}

function leastOf(cursors: ReadonlyMap<string, number>): readonly number[] {
  const [first, ...more] = cursors.values()
  return first === undefined ? [] : [more.reduce((least, one) => Math.min(least, one), first)]
}
