import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createWriterChecker } from './verdict-writers.ts'
import type { Problem } from './verdict.ts'

describe('createWriterChecker', () => {
  test('accepts every order in which the commits of one boot arrive', () => {
    const order = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(order, (numbers) => {
        expect(kinds(numbers.map((seq) => ({ seq })))).toEqual([])
      }),
    )
  })

  test('finds every single number that is left out, unless it is the last', () => {
    for (let missing = 1; missing < 20; missing++) {
      const numbers = Array.from({ length: 20 }, (_, at) => at + 1).filter((seq) => seq !== missing)

      expect(kinds(numbers.map((seq) => ({ seq })))).toEqual(['writer_gap'])
    }
  })

  test('counts a number that a later event names as void, and lets it be named twice', () => {
    expect(kinds([{ seq: 1 }, { seq: 3, void: [2] }, { seq: 4, void: [2, 3] }])).toEqual([])
  })

  test('counts every boot of every writer from 1', () => {
    const checker = createWriterChecker()
    const add = (id: string, boot: string): readonly Problem[] =>
      checker.add({ writer: { id, boot, seq: 1 }, index: 0 })

    expect([...add('a', '1'), ...add('a', '2'), ...add('b', '1'), ...checker.end()]).toEqual([])
  })

  test('names the entry whose number came before', () => {
    expect(kinds([{ seq: 1 }, { seq: 2 }, { seq: 2 }])).toEqual(['writer_repeated'])
    expect(kinds([{ seq: 1 }, { seq: 3 }, { seq: 3 }, { seq: 2 }])).toEqual(['writer_repeated'])
  })

  test('names where each gap ends and how many are missing', () => {
    const checker = createWriterChecker()
    checker.add({ writer: { id: 'a', boot: '1', seq: 4 }, index: 10 })
    checker.add({ writer: { id: 'a', boot: '1', seq: 6 }, index: 11 })

    expect(checker.end()).toEqual([
      expect.objectContaining({ kind: 'writer_gap', index: 10, message: expect.stringContaining('Missing: 3.') }),
      expect.objectContaining({ kind: 'writer_gap', index: 11, message: expect.stringContaining('Missing: 1.') }),
    ])
  })

  test('waits for no more than 10,000 numbers', () => {
    const checker = createWriterChecker()
    const found = Array.from({ length: 10_001 }, (_, at) =>
      checker.add({ writer: { id: 'a', boot: '1', seq: at + 2 }, index: at }),
    )

    expect(found.flat().map((problem) => problem.kind)).toEqual(['writer_gap'])
    expect(checker.end()).toEqual([])
  })

  test('calls a stamp unreadable that is none', () => {
    const stamps = [{ seq: 0 }, { seq: 1.5 }, { seq: Number.NaN }, { seq: 1, void: [0] }, { seq: 1, id: 7 }]

    for (const stamp of stamps) expect(kinds([JSON.parse(JSON.stringify(stamp))])).toEqual(['entry_unreadable'])
  })
})

function kinds(stamps: readonly { seq: number; void?: readonly number[] }[]): readonly string[] {
  const checker = createWriterChecker()
  const found = stamps.flatMap((stamp, index) => checker.add({ writer: { id: 'a', boot: '1', ...stamp }, index }))
  return [...found, ...checker.end()].map((problem) => problem.kind)
}
