import type { CefHeader } from '../../src/lib/projections/cef-text.ts'

/** A CEF record as a receiver reads it. */
export interface DecodedCef {
  readonly header: CefHeader & { readonly version: number }
  readonly extension: Readonly<Record<string, string>>
}

const FIELD = /((?:[^\\|]|\\[\\|])*)\|/y
const SEVERITY = /^(?:\d|10|Unknown|Low|Medium|High|Very-High)$/
// A key is what stands before an `=` that is not escaped, at the start or behind a space.
const KEY = /(?:^| )([a-zA-Z0-9_]+)=/g
const ESCAPE = /\\(?:u([0-9a-f]{4})|(.))/g
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\', '=': '=', n: '\n', r: '\r' }

/** Reads a record; throws where it is none. */
export function decodeCef(line: string): DecodedCef {
  FIELD.lastIndex = 0
  const fields = Array.from({ length: 7 }, () => readField(line))
  const [prefix = '', vendor = '', product = '', deviceVersion = '', eventClassId = '', name = '', severity = ''] =
    fields
  const version = /^CEF:(\d+)$/.exec(prefix)?.[1]
  if (version === undefined) throw new Error('not CEF')
  if (!SEVERITY.test(severity)) throw new Error('no such severity')
  const header = { version: Number(version), vendor, product, deviceVersion, eventClassId, name, severity }
  return { header, extension: readExtension(line.slice(FIELD.lastIndex)) }
}

function readField(line: string): string {
  const field = FIELD.exec(line)?.[1]
  if (field === undefined) throw new Error('too few fields')
  return field.replaceAll(/\\([\\|])/g, '$1')
}

function readExtension(text: string): Readonly<Record<string, string>> {
  const keys = [...text.matchAll(KEY)]
  if (text !== '' && keys[0]?.index !== 0) throw new Error('no key')
  const pairs = keys.map((match, at) => {
    const [whole, key = ''] = match
    return [key, readValue(text.slice(match.index + whole.length, keys[at + 1]?.index))] as const
  })
  if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error('a key stands twice')
  return Object.fromEntries(pairs)
}

function readValue(text: string): string {
  return text.replaceAll(ESCAPE, (_whole, unit: string | undefined, short: string) => {
    if (unit !== undefined) return String.fromCharCode(Number.parseInt(unit, 16))
    const plain = ESCAPED[short]
    if (plain === undefined) throw new Error('no such escape')
    return plain
  })
}
