import { readFileSync } from 'node:fs'
import { formatCsvHeader, formatCsvRow } from '../../src/lib/projections/csv.ts'
import { formatEvent, type Format } from '../../src/lib/projections/format.ts'
import { carriedTable } from './carried-table.ts'
import { EXAMPLE, EXAMPLE_OPTIONS } from './example-event.ts'

/** The page that says what each format carries. */
export const PAGE: URL = new URL('../../FORMATS.md', import.meta.url)

/** Gives the page with what the code makes in its places. */
export function renewedPage(): string {
  const parts: Readonly<Record<string, string>> = {
    carried: carriedTable().join('\n'),
    json: indented('json'),
    ocsf: indented('ocsf'),
    ecs: indented('ecs'),
    cef: block('text', formatEvent(EXAMPLE, 'cef', EXAMPLE_OPTIONS)),
    csv: block('csv', `${formatCsvHeader()}${formatCsvRow(EXAMPLE)}`.replaceAll('\r\n', '\n').trimEnd()),
  }
  return Object.entries(parts).reduce(placed, readFileSync(PAGE, 'utf8'))
}

function indented(format: Format): string {
  return block('json', JSON.stringify(JSON.parse(formatEvent(EXAMPLE, format, EXAMPLE_OPTIONS)), null, 2))
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``
}

function placed(page: string, [name, text]: readonly [string, string]): string {
  const [before, rest] = [page.indexOf(`<!-- ${name} -->`), page.indexOf(`<!-- /${name} -->`)]
  if (before === -1 || rest === -1) throw new Error(`FORMATS.md has no place for ${name}.`)
  return `${page.slice(0, before)}<!-- ${name} -->\n\n${text}\n\n${page.slice(rest)}`
}
