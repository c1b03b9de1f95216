import { describe, expect, test } from 'vitest'
import { formatRows, makeRows } from './report.ts'
import type { Requirement } from './requirement.ts'

const REQUIREMENTS: readonly Requirement[] = [
  { id: 'F-02', title: 'Second', status: 'tested' },
  { id: 'F-01', title: 'First', status: { waits: 'not built yet' } },
  { id: 'F-03', title: 'Third', status: { notApplicable: 'not ours' } },
]
const FOUND = [
  { file: 'a.test.ts', name: 'F-02 F-01 both', ids: ['F-02', 'F-01'] },
  { file: 'b.test.ts', name: 'F-02 again', ids: ['F-02'] },
]

describe('makeRows', () => {
  test('gives each requirement its tests, its status and its reason, in the order of the list', () => {
    const both = { file: 'a.test.ts', name: 'F-02 F-01 both' }

    expect(makeRows(REQUIREMENTS, FOUND)).toEqual([
      { id: 'F-02', title: 'Second', status: 'tested', tests: [both, { file: 'b.test.ts', name: 'F-02 again' }] },
      { id: 'F-01', title: 'First', status: 'waits', reason: 'not built yet', tests: [both] },
      { id: 'F-03', title: 'Third', status: 'not_applicable', reason: 'not ours', tests: [] },
    ])
  })
})

describe('formatRows', () => {
  test('shows one line a requirement, reasons beside the titles, and counts them', () => {
    expect(formatRows(makeRows(REQUIREMENTS, FOUND)).split('\n')).toEqual([
      'id    status          tests  title',
      'F-02  tested          2      Second',
      'F-01  waits           1      First (not built yet)',
      'F-03  not applicable  0      Third (not ours)',
      '',
      '3 requirements: 1 tested, 1 waiting, 1 not applicable.',
    ])
  })

  test('says how many that should be tested are not', () => {
    expect(formatRows(makeRows(REQUIREMENTS, []))).toContain('1 tested (1 of them by no test)')
  })
})
