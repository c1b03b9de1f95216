import type { Result } from './results.ts'

const HEAD = ['what', 'ours', 'peer', 'ratio', 'target', 'met'] as const

/** Formats the results as a table for people, one row a result and its note below it. */
export function formatTable(results: readonly Result[]): string {
  const rows = results.map(formatRow)
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const body = results.flatMap((result, at) => [line(rows[at] ?? []), ...formatNotes(result)])
  return [line(HEAD), line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

function formatRow(result: Result): readonly string[] {
  const { name, unit, ours, peers, ratio, target, lowerIsBetter, met } = result
  const sign = lowerIsBetter === true ? '<=' : '>='
  const asked = ratio === null && result.notMeasured === undefined ? `${sign} ${target} ${unit}` : `${sign} ${target} x`
  return [
    name,
    `${formatFigure(ours)} ${unit}`,
    Object.entries(peers)
      .map(([peer, figure]) => `${formatFigure(figure)} (${peer})`)
      .join(', ') || '-',
    ratio === null ? '-' : `${formatFigure(ratio)} x`,
    target === undefined ? '-' : asked,
    met === null ? (result.notMeasured === undefined ? '-' : 'not measured') : met ? 'yes' : 'NO',
  ]
}

function formatNotes({ note, notMeasured }: Result): readonly string[] {
  return [notMeasured, note].flatMap((text) => (text === undefined ? [] : [`    ${text}`]))
}

/** Formats a number with three digits that matter. */
function formatFigure(figure: number): string {
  if (figure >= 1_000) return Math.round(figure).toLocaleString('en')
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3)
}
