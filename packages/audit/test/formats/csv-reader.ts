const CELL = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y
const ESCAPE = /\\(?:u([0-9a-f]{4})|([\\rn]))/g
const SHORT: Readonly<Record<string, string>> = { '\\': '\\', r: '\r', n: '\n' }

/** Reads rows of RFC 4180 as a strict reader does. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  let row: string[] = []
  CELL.lastIndex = 0
  while (CELL.lastIndex < text.length) {
    const [, cell, end] = CELL.exec(text) ?? []
    if (cell === undefined) throw new Error('not CSV')
    row.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)
    if (end === ',') continue
    rows.push(row)
    row = []
  }
  if (row.length > 0) throw new Error('a row without an end')
  return rows
}

/** Undoes what `formatCsvRow` does to a text. */
export function plainCell(cell: string): string {
  return (cell.startsWith("'") ? cell.slice(1) : cell).replaceAll(
    ESCAPE,
    (_whole, unit: string | undefined, short: string) =>
      unit === undefined ? (SHORT[short] ?? '') : String.fromCharCode(Number.parseInt(unit, 16)),
  )
}
