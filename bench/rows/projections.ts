import { FORMATS, formatCsvRow, formatEvent, type LedgerEvent } from '@sallyport/audit/formats'

import { openLedger, ORIGIN } from '../support/ledger.ts'
import type { Plan } from '../support/plan.ts'
import type { Measured } from '../support/results.ts'
import { measureInterleaved, perSecond } from '../support/rounds.ts'
import { visitEvents } from '../support/sample-events.ts'
import { withFolder } from '../support/temporary-folder.ts'

const CALLS_PER_EVENT = 20
const VISITS = 64

/** Writing events as lines of each format, beside the bare `JSON.stringify` of the same events. */
export async function measureProjections({ rounds, calls }: Plan): Promise<readonly Measured[]> {
  const events = await recordedEvents()
  const turns = Math.ceil(calls / CALLS_PER_EVENT)
  const options = { origin: ORIGIN }
  const formats = Object.fromEntries(
    FORMATS.map((format) => [format, () => each(events, turns, (event) => formatEvent(event, format, options))]),
  )
  const figure = await measureInterleaved<string>(
    {
      ...formats,
      csv: () => each(events, turns, formatCsvRow),
      stringify: () => each(events, turns, (event) => JSON.stringify(event)),
    },
    rounds,
  )
  return [...FORMATS, 'csv'].map((name) => ({
    name: `projections, ${name}`,
    unit: 'events/s',
    ours: figure(name),
    peers: { 'JSON.stringify of the same event': figure('stringify') },
    ...(name === 'json' ? {} : { note: 'With the leaf hash of each event.' }),
  }))
}

/** Events as a ledger gives them: challenges, and the access that followed. */
async function recordedEvents(): Promise<readonly LedgerEvent[]> {
  return await withFolder(async (folder) => {
    const { audit, close } = await openLedger(folder)
    for (let at = 0; at < VISITS; at++) await audit.commit({ writes: [], events: visitEvents(at) })
    const { events } = await audit.query({}, { limit: VISITS })
    await close()
    return events
  })
}

function each(events: readonly LedgerEvent[], turns: number, write: (event: LedgerEvent) => string): number {
  const startedAt = performance.now()
  let length = 0
  for (let at = 0; at < turns; at++) {
    const event = events[at % events.length]
    if (event !== undefined) length += write(event).length
  }
  // Also keeps the writing from being optimised away.
  if (length < turns) throw new Error('A line has characters.')
  return perSecond(turns, startedAt)
}
