import { escapeJson, escapeText } from './escape.ts'
import { factsOf, textOf, type EventFacts } from './event-facts.ts'
import type { LedgerEvent } from '../events/types.ts'

type Cell = string | number | boolean | undefined

const COLUMNS: readonly (readonly [string, (facts: EventFacts) => Cell])[] = [
  ['index', ({ event }) => event.index],
  ['id', ({ event }) => event.id],
  ['at', ({ event }) => event.at],
  ['type', ({ event }) => event.type],
  ['severity', ({ severity }) => severity],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ event }) => textOf(event.reason)],
  ['actor', ({ actor }) => actor],
  ['subject', ({ subject }) => subject],
  ['factor', ({ factor }) => factor],
  ['authenticator', ({ authn }) => authn.authenticator],
  ['strength', ({ authn }) => authn.strength?.join(' ')],
  ['acr', ({ authn }) => authn.acr],
  ['amr', ({ authn }) => authn.amr?.join(' ')],
  ['protocol', ({ authn }) => authn.protocol],
  ['lineage', ({ event }) => textOf(event.lineage)],
  ['flow', ({ event }) => textOf(event.flow)],
  ['stepUp', ({ event }) => textOf(event.stepUp)],
  ['challenge', ({ event }) => textOf(event.challenge)],
  ['app', ({ target }) => target.app],
  ['route', ({ target }) => target.route],
  ['method', ({ target }) => target.method],
  ['resource', ({ target }) => target.resource],
  ['network', ({ net }) => net.network],
  ['addressId', ({ net }) => net.id],
  ['hops', ({ net }) => net.hops],
  ['country', ({ net }) => net.country],
  ['asn', ({ net }) => net.asn],
  ['device', ({ device }) => device.id],
  ['deviceKnown', ({ device }) => device.known],
  ['browser', ({ device }) => device.browser],
  ['os', ({ device }) => device.os],
  ['deviceType', ({ device }) => device.type],
  ['request', ({ request }) => request.id],
  ['trace', ({ request }) => request.trace],
  ['span', ({ request }) => request.span],
  ['tenant', ({ event }) => textOf(event.tenant)],
  ['writer', ({ writer }) => writer.id],
  ['boot', ({ writer }) => writer.boot],
  ['seq', ({ writer }) => writer.seq],
  ['leafHash', ({ leaf }) => leaf],
]
// Of JSON text: its own escapes are enough, and it never begins a formula.
const JSON_COLUMNS: readonly (readonly [string, (event: LedgerEvent) => unknown])[] = [
  ['data', ({ data }) => data],
  ['revealed', ({ revealed }) => revealed],
]

// What makes a spreadsheet take a cell for a formula, also behind white space and in its full-width form; and the quote
// itself, so that the one that is put in front can be told from one that was there.
const FORMULA = /^[\s\0]*[=+\-@'＝＋－＠]|^[\t\r\n\0]/u
// Where it is the list separator of a country, spreadsheets end a cell at it, within quotes of RFC 4180 or not.
const SEMICOLON = String.raw`\u003b`
const BARE = /^[\w.:/-]*$/

/**
 * Writes the first row of a CSV file: the names of the columns.
 *
 * @returns The row with its line end.
 * @see RFC 4180
 */
export function formatCsvHeader(): string {
  return rowOf([...COLUMNS, ...JSON_COLUMNS].map(([name]) => name))
}

/**
 * Writes an event as a row of a CSV file that spreadsheets may open: one line, whatever stands in the event.
 *
 * A cell that would be a formula gets a `'` in front: one that begins with `=`, `+`, `-`, `@`, their full-width forms or a
 * `'`, behind any white space, or with a tab, a line end or NUL. `\` is doubled, and control characters, bidirectional
 * controls and line separators are written as `\r`, `\n` and `\uXXXX`, and so is `;`, at which spreadsheets of some countries
 * end a cell. Nothing is lost: dropping the `'` and then reading the escapes gives the text. `data` and `revealed` are JSON
 * and have the escapes of JSON alone.
 *
 * @param event The event as read, with what was revealed for this reader.
 * @returns The row with its line end.
 * @see RFC 4180 §2
 */
export function formatCsvRow(event: LedgerEvent): string {
  const facts = factsOf(event)
  const cells = COLUMNS.map(([, cellOf]) => textCell(cellOf(facts)))
  const json = JSON_COLUMNS.map(([, valueOf]) => jsonCell(valueOf(event)))
  return rowOf([...cells, ...json])
}

function textCell(cell: Cell): string {
  if (cell === undefined) return ''
  const text = String(cell)
  return unsplit(FORMULA.test(text) ? `'${escapeText(text)}` : escapeText(text))
}

function jsonCell(value: unknown): string {
  return value === undefined ? '' : unsplit(escapeJson(JSON.stringify(value)))
}

// In JSON it stands only inside of strings.
function unsplit(cell: string): string {
  return cell.replaceAll(';', SEMICOLON)
}

function rowOf(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`
}

function quoted(cell: string): string {
  return BARE.test(cell) ? cell : `"${cell.replaceAll('"', '""')}"`
}
