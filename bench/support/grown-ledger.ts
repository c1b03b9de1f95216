import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { LedgerQuery } from '@sallyport/audit/query'
import { openSqlite } from '@sallyport/sqlite'
import { sortableId, type Entry, type Store } from '@sallyport/store'

import { callTogether } from './callers.ts'
import { IndexProgress } from './index-progress.ts'
import { openLedger } from './ledger.ts'
import { visitEvents } from './sample-events.ts'

const START = Date.UTC(2026, 0, 1)
const MS_PER_EVENT = 20
const EVENTS_PER_VISIT = 4
const TEMPLATES = 64
const CALLERS = 16
const ENTRIES_PER_COMMIT = 64
// Half of all visits are theirs, the other half many people's.
const BUSY_PEOPLE = 10
const OTHER_PEOPLE = 100_000
const RANDOM = randomBytes(1 << 16)

/** A ledger of so many events, closed to writers, and fully indexed. */
export interface GrownLedger {
  readonly size: number
  readonly store: Store
}

/**
 * Makes a ledger of real events that were recorded over days, straight in the store: through the ledger they would be of
 * this minute, and ten million would take many.
 */
export async function growLedger(folder: string, size: number): Promise<GrownLedger> {
  await mkdir(folder)
  const templates = await templatesIn(folder)
  const path = join(folder, 'grown.db')
  const store = await openSqlite({ path })
  await callTogether({
    callers: CALLERS,
    calls: Math.ceil(size / ENTRIES_PER_COMMIT),
    call: async (count) => {
      const from = count * ENTRIES_PER_COMMIT
      const length = Math.min(ENTRIES_PER_COMMIT, size - from)
      const entries = Array.from({ length }, (_, place) => entryAt(from + place, templates))
      await store.commit({ id: `fill-${count}`, writes: [], entries })
    },
  })
  const index = new IndexProgress(path)
  await index.reach(size)
  index.close()
  return { size, store }
}

/**
 * The query that is measured, one of many alike: one busy person's events of one type in half of the time that the ledger
 * covers. More than fifty match, however large the ledger.
 */
export function queryAt(count: number, size: number): LedgerQuery {
  const since = START + Math.floor(size * MS_PER_EVENT * ((count * 0.0791) % 0.4))
  const until = since + (size * MS_PER_EVENT) / 2
  return { actor: personAt((count % BUSY_PEOPLE) * 2), type: 'access.completed', since, until }
}

type Template = Pick<Entry, 'tags'> & { readonly event: object }

async function templatesIn(folder: string): Promise<readonly Template[]> {
  const { audit, store, close } = await openLedger(folder)
  for (let visit = 0; visit < TEMPLATES; visit++) await audit.commit({ writes: [], events: visitEvents(visit) })
  const entries = await store.find({ tags: { type: VISIT } }, { limit: TEMPLATES * EVENTS_PER_VISIT })
  await close()
  return entries
    .toSorted((one, other) => one.index - other.index)
    .map(({ bytes, tags }) => ({ event: parseEvent(bytes), tags }))
}

const VISIT = ['challenge.issued', 'challenge.verified', 'access.allowed', 'access.completed']

function entryAt(index: number, templates: readonly Template[]): Entry {
  const template = templates[index % templates.length]
  if (template === undefined) throw new Error('entryAt: there are templates')
  const at = START + index * MS_PER_EVENT
  const visit = Math.floor(index / EVENTS_PER_VISIT)
  const person = personAt(visit)
  const offset = (index * 10) % (RANDOM.length - 10)
  const id = sortableId(at, RANDOM.subarray(offset, offset + 10))
  const event = { ...template.event, id, at: new Date(at).toISOString(), actor: { id: person }, flow: `flow-${visit}` }
  return {
    id,
    at,
    bytes: Buffer.from(JSON.stringify(event)),
    tags: { ...template.tags, actor: person, flow: event.flow },
  }
}

function personAt(visit: number): string {
  return visit % 2 === 0 ? `busy-person-${(visit / 2) % BUSY_PEOPLE}` : `person-${visit % OTHER_PEOPLE}`
}

function parseEvent(bytes: Uint8Array): object {
  const event: unknown = JSON.parse(Buffer.from(bytes).toString())
  if (typeof event !== 'object' || event === null) throw new Error('parseEvent: an entry is an object')
  return event
}
