import type { LedgerEvent } from '../../src/lib/events/types.ts'
import { formatCsvHeader, formatCsvRow } from '../../src/lib/projections/csv.ts'
import { formatEvent } from '../../src/lib/projections/format.ts'
import { decodeCef, type DecodedCef } from './cef-decoder.ts'
import { readCsv } from './csv-reader.ts'

/** The formats that leave something out or put it elsewhere. */
export const MAPPED = ['ocsf', 'ecs', 'cef', 'csv'] as const

/** One of `MAPPED`. */
export type Mapped = (typeof MAPPED)[number]

/** The name of the ledger in the table. */
export const ORIGIN = 'bank.example/ledger'
const [COLUMNS = []] = readCsv(formatCsvHeader())
const LEAF_HASH = /[0-9a-f]{64}/

/** Every value of an event in a format, by the place that a reader finds it at. */
export function placedValues(event: LedgerEvent, format: Mapped, origin: string = ORIGIN): ReadonlyMap<string, string> {
  return new Map(placesOf(event, format, origin))
}

/** The same without the leaf hash, which changes with every change of the entry. */
export function placedWithoutHash(
  event: LedgerEvent,
  format: Mapped,
  origin: string = ORIGIN,
): ReadonlyMap<string, string> {
  return new Map([...placesOf(event, format, origin)].map(([place, value]) => [place, value.replace(LEAF_HASH, '')]))
}

function placesOf(event: LedgerEvent, format: Mapped, origin: string): Iterable<readonly [string, string]> {
  if (format === 'csv') return (readCsv(formatCsvRow(event))[0] ?? []).map((cell, at) => [COLUMNS[at] ?? '', cell])
  const line = formatEvent(event, format, { origin })
  return format === 'cef' ? cefPlaces(decodeCef(line)) : leavesOf(JSON.parse(line), '')
}

function cefPlaces({ header, extension }: DecodedCef): readonly (readonly [string, string])[] {
  const { eventClassId, name, severity } = header
  return [['Signature ID', eventClassId], ['Name', name], ['Severity', severity], ...Object.entries(extension)]
}

function leavesOf(value: unknown, place: string): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[place, String(value)]]
  if (Array.isArray(value) && !value.some((item) => typeof item === 'object')) return [[place, value.join(' ')]]
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, `${place}[]`))
  const prefix = place === '' ? '' : `${place}.`
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, `${prefix}${name}`))
}
