import type { FoundTest } from './find-tests.ts'
import type { Requirement } from './requirement.ts'

/** A requirement with the tests whose names carry its id. */
export interface Row {
  readonly id: string
  readonly title: string
  readonly status: 'tested' | 'waits' | 'not_applicable'
  /** Why it waits or does not apply. */
  readonly reason?: string
  readonly tests: readonly { readonly file: string; readonly name: string }[]
}

/** Puts each requirement and its tests together, in the order of the requirements. */
export function makeRows(requirements: readonly Requirement[], found: readonly FoundTest[]): readonly Row[] {
  return requirements.map(({ id, title, status }) => {
    const tests = found.filter(({ ids }) => ids.includes(id)).map(({ file, name }) => ({ file, name }))
    if (status === 'tested') return { id, title, status, tests }
    if ('waits' in status) return { id, title, status: 'waits', reason: status.waits, tests }
    return { id, title, status: 'not_applicable', reason: status.notApplicable, tests }
  })
}

const HEAD = ['id', 'status', 'tests', 'title'] as const
const WORDS = { tested: 'tested', waits: 'waits', not_applicable: 'not applicable' } as const

/** Formats the rows as a table for people, with a line below it that counts them. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ id, title, status, reason, tests }) => {
    return [id, WORDS[status], String(tests.length), reason === undefined ? title : `${title} (${reason})`]
  })
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)))
  const lines = [HEAD, ...cells].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return [...lines.map((line) => line.trimEnd()), '', summarize(rows)].join('\n')
}

function summarize(rows: readonly Row[]): string {
  const count = (status: Row['status']): number => rows.filter((row) => row.status === status).length
  const bare = rows.filter(({ status, tests }) => status === 'tested' && tests.length === 0).length
  const tested = `${count('tested')} tested${bare === 0 ? '' : ` (${bare} of them by no test)`}`
  return `${rows.length} requirements: ${tested}, ${count('waits')} waiting, ${count('not_applicable')} not applicable.`
}
