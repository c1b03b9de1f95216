import { COMMON_FIELDS } from '../../src/lib/events/common-fields.ts'
import type { EventType } from '../../src/lib/events/event-payloads.ts'
import { EVENT_TYPES, EVENTS } from '../../src/lib/events/registry.ts'
import type { LedgerEvent } from '../../src/lib/events/types.ts'
import { leafHexOf } from '../../src/lib/projections/leaf-hex.ts'
import { bareEvent, fullEvent } from './event.ts'
import { MAPPED, ORIGIN, placedValues, placedWithoutHash, type Mapped } from './placed-values.ts'

const REVEALED = [
  'ip',
  'userAgent',
  'hints',
  'region',
  'identity.name',
  'identity.preferred_username',
  'identity.email',
]
const OTHERS = ['identity.issuer', 'detail.label']
// What cannot be changed alone.
const APART = ['type', 'v']
// Where the payload goes as it is.
const WHOLE = /^(?:unmapped\.data|sallyport\.data|sallyportData$|data$)/

// One type of each OCSF class, and of each kind of entity that has a person.
const TYPES = [
  'account.locked',
  'challenge.verified',
  'authenticator.removed',
  'privacy.subject.erased',
  'role.changed',
  'ledger.opened',
  'access.completed',
  'sink.failed',
] as const

type Row = readonly [field: string, ...cells: readonly string[]]
type Change = (event: LedgerEvent) => LedgerEvent

const BARE = EVENT_TYPES.map(bareEvent)
const BEFORE = new WeakMap<LedgerEvent, Map<Mapped, ReadonlyMap<string, string>>>()

/** Where each member of an event goes in each format: found by changing it and looking what else changes. */
export function carriedTable(): readonly string[] {
  const common = Object.keys(COMMON_FIELDS).filter((name) => !APART.includes(name) && !name.startsWith('sealed.'))
  const events = TYPES.flatMap(variantsOf)
  const rows: readonly Row[] = [
    rowOf('index', (event) => ({ ...event, index: event.index + 1 }), events),
    textRow('type', ({ type }) => type),
    ...common.map((name) => rowOf(name, changeOf(name.split('.')), [...events, ...ownEvents(name)])),
    ...dataRows(),
    ...[...REVEALED, ...OTHERS].map((name) => rowOf(`revealed: ${name}`, changeOf(['revealed', name]), events)),
    rowOf('sealed', changeOf(['sealed', 'box']), events),
  ]
  const added: readonly Row[] = [
    textRow('the leaf hash', (event) => leafHexOf(event) ?? 'none'),
    textRow('the description', ({ type }) => EVENTS[type].description),
    textRow('the OWASP name', ({ type }) => EVENTS[type].owasp),
    textRow('the ledger’s name', () => ORIGIN),
  ]
  const head = ['| member | OCSF | ECS | CEF | CSV |', '|---|---|---|---|---|']
  return [...head, ...rows.map(([name, ...cells]) => lineOf([`\`${name}\``, ...cells])), ...added.map(lineOf)]
}

function lineOf(row: Row): string {
  return `| ${row.join(' | ')} |`
}

function rowOf(title: string, change: Change, events: readonly LedgerEvent[]): Row {
  return [title, ...MAPPED.map((format) => cellOf(changedPlaces(format, change, events)))]
}

/** A row of what is found by its text. */
function textRow(title: string, textOf: (event: LedgerEvent) => string): Row {
  const cells = MAPPED.map((format) => {
    const events = TYPES.map((type) => ({ ...fullEvent(type), data: {} }))
    const places = events.map((event) =>
      [...placedValues(event, format)].filter(([, value]) => value.includes(textOf(event))),
    )
    return cellOf(sorted(places.flat().map(([place]) => place)))
  })
  return [title, ...cells]
}

/** The payload as a whole, and those of its members that have a place of their own somewhere. */
function dataRows(): readonly Row[] {
  const [, ...whole] = rowOf('data', changeOf(['data', 'anyName']), [bareEvent('access.denied')])
  const names = sorted(EVENT_TYPES.flatMap((type) => Object.keys(bareEvent(type).data)))
  const own = names.map((name): Row => {
    const events = BARE.filter(({ data }) => Object.hasOwn(data, name))
    const change = changeOf(['data', name])
    const cells = MAPPED.map((format) =>
      cellOf(changedPlaces(format, change, events).filter((place) => !WHOLE.test(place))),
    )
    return [`data.${name}`, ...cells]
  })
  const data: Row = ['data', ...whole.map((cell) => cell.replaceAll('.anyName', ''))]
  return [data, ...own.filter(([, ...cells]) => cells.some((cell) => cell !== '–'))]
}

function cellOf(places: readonly string[]): string {
  return places.length === 0 ? '–' : places.map((place) => `\`${place}\``).join(', ')
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].toSorted()
}

function variantsOf(type: EventType): readonly LedgerEvent[] {
  const full = fullEvent(type)
  const { subject: _subject, ...alone } = full
  return [full, alone, { ...alone, revealed: {} }]
}

// What the application does by itself says which process it was where a request would say where it came from.
function ownEvents(name: string): readonly LedgerEvent[] {
  return name.startsWith('writer.') ? [bareEvent('access.completed')] : []
}

/** The places whose value changes with a member, in any of the events. */
function changedPlaces(format: Mapped, change: Change, events: readonly LedgerEvent[]): readonly string[] {
  const places = events.flatMap((event) => {
    const before = unchanged(event, format)
    const after = placedWithoutHash(change(event), format)
    return [...before.keys(), ...after.keys()].filter((place) => before.get(place) !== after.get(place))
  })
  return sorted(places.filter((place) => !place.endsWith('Label')))
}

/** What an event looks like as it is: asked for once for each of its members. */
function unchanged(event: LedgerEvent, format: Mapped): ReadonlyMap<string, string> {
  const known = BEFORE.get(event) ?? new Map<Mapped, ReadonlyMap<string, string>>()
  const places = known.get(format) ?? placedWithoutHash(event, format)
  BEFORE.set(event, known.set(format, places))
  return places
}

function changeOf(path: readonly string[]): Change {
  return (event) => changed(event, path)
}

function changed(event: LedgerEvent, [first = '', ...rest]: readonly string[]): LedgerEvent {
  return { ...event, [first]: changedMember(Reflect.get(event, first), rest, first) }
}

function changedMember(value: unknown, [name, ...rest]: readonly string[], path: string): unknown {
  if (name === undefined) return changedValue(value, path)
  return { ...Object(value), [name]: changedMember(Object(value)[name], rest, name) }
}

function changedValue(value: unknown, name: string): unknown {
  if (name === 'method') return 'PUT'
  if (name === 'at') return '2025-11-21T09:00:00.000Z'
  if (name === 'outcome') return 'failure'
  if (name === 'ip') return '198.51.100.9'
  if (name === 'country') return 'SE'
  if (Array.isArray(value)) return [...value, 'more']
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  if (['hops', 'asn', 'seq'].includes(name)) return 3
  if (['amr', 'strength'].includes(name)) return ['more']
  if (name === 'known') return true
  return `another ${name}`
}
