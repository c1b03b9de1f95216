import { join } from 'node:path'

import type { LedgerEvent } from '@sallyport/audit'
import { formatCsvHeader, formatCsvRow, formatEvent, FORMATS } from '@sallyport/audit/formats'

import { sallyportHere } from '../../packages/cli/test/run-command.ts'
import type { World } from './world.ts'

const BY = { by: { user: 'auditor' } }

/** Reads the ledger in every way there is, and takes down what was read. */
export async function readEverything(world: World): Promise<readonly LedgerEvent[]> {
  const { audit, places, secrets } = world
  const reader = audit.reader(BY)
  places.add('reader', JSON.stringify(await reader.query({}, { limit: 1_000 })))
  for await (const event of reader.export({}, 'csv')) places.add('reader export', formatCsvRow(event))
  await audit.settle()
  const events = await allEvents(world)
  places.add('event', JSON.stringify(events))
  for (const event of events) for (const format of FORMATS) places.add(`format ${format}`, formatEvent(event, format))
  places.add('csv', [formatCsvHeader(), ...events.map((event) => formatCsvRow(event))].join(''))
  for (const flow of new Set(events.flatMap(({ flow: its }) => its ?? [])))
    places.add('story', JSON.stringify(await audit.story(flow)))
  places.add('count', JSON.stringify(await audit.count({}, ['type', 'reason', 'country'])))
  for await (const event of audit.exportSubject(secrets.local.id, BY))
    places.add('copy for the person', JSON.stringify(event))
  const last = events.find(({ type }) => type === 'challenge.verified')
  if (last !== undefined) places.add('receipt', await audit.receipt(last.id))
  await readEntries(world)
  await readByCommand(world, events)
  return events
}

/** All events, the newest first. */
async function allEvents({ audit }: World): Promise<readonly LedgerEvent[]> {
  const found: LedgerEvent[] = []
  for (let before: number | undefined; ;) {
    const page = await audit.query({}, { limit: 1_000, before })
    found.push(...page.events)
    if (page.next === undefined) return found
    before = page.next
  }
}

async function readEntries({ store, places }: World): Promise<void> {
  for (let from = 0, size = await store.size(); from < size;) {
    const entries = await store.read(from, 500)
    for (const { bytes, tags } of entries)
      places.add('entry', Buffer.concat([bytes, Buffer.from(JSON.stringify(tags))]))
    from += entries.length
  }
}

async function readByCommand({ data, keyFile, places, secrets }: World, events: readonly LedgerEvent[]): Promise<void> {
  const ledger = `sqlite:${join(data, 'bank.db')}`
  const logKey = join(data, 'log.pub')
  const flow = events.find(({ type }) => type === 'challenge.verified')?.flow ?? ''
  const calls = [
    ...['text', ...FORMATS, 'csv'].map((format) => ['query', ledger, '--format', format, '--limit', '1000']),
    ['query', ledger, '--address', '203.0.113.177', '--keys', keyFile],
    ['query', ledger, '--user', secrets.local.id, '--keys', keyFile],
    ['story', ledger, flow],
    ['count', ledger, '--by', 'type', '--by', 'outcome'],
    ['inventory', '--json'],
    ['verify', ledger, '--log-key', logKey, '--checkpoint', join(data, 'checkpoint')],
    ['export', ledger, join(data, 'export')],
    ['receipt', ledger, '--event', events.find(({ type }) => type === 'challenge.verified')?.id ?? ''],
  ]
  for (const call of calls) {
    const { code, stdout, stderr } = await sallyportHere(...call)
    places.add(`command ${call[0]}`, `${code}\n${stdout}\n${stderr}`)
  }
}
