import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EventType } from '../events/event-payloads.ts'
import type { WriterStamp } from '../events/types.ts'
import { createWriterChecker, type WriterChecker } from './verdict-writers.ts'
import type { Problem } from './verdict.ts'

describe('createWriterChecker', () => {
  test('accepts every order in which the commits of one boot arrive', () => {
    const order = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(order, (numbers) => {
        expect(kinds([...numbers.map((seq) => ({ seq })), { seq: 31, settled: 30 }])).toEqual([])
      }),
    )
  })

  test('finds every single number that is left out of what the writer says to be there', () => {
    for (let missing = 1; missing < 20; missing++) {
      const numbers = Array.from({ length: 19 }, (_, at) => at + 1).filter((seq) => seq !== missing)

      expect(kinds([...numbers.map((seq) => ({ seq })), { seq: 20, settled: 19 }])).toEqual(['writer_gap'])
    }
  })

  test('accuses nobody of numbers that may be under way or were refused in a crash, and counts them', () => {
    const checker = createWriterChecker()
    const found = [2, 3, 7].flatMap((seq) => add(checker, { seq }))

    expect(found).toEqual([])
    expect(checker.end()).toEqual({ boots: 1, closed: 0, silent: 0, unsettled: 4 })
  })

  test('holds the last event of a boot to its word', () => {
    const closing = { seq: 4, type: 'ledger.closed', settled: 3 } as const

    expect(kinds([{ seq: 1 }, { seq: 2 }, { seq: 3 }, closing])).toEqual([])
    expect(kinds([{ seq: 1 }, { seq: 3 }, closing])).toEqual(['writer_gap'])
  })

  test('believes what other events say of what is settled as little as that of another boot', () => {
    const other = { seq: 1, boot: '2', settled: 5 }

    expect(kinds([{ seq: 3, type: 'access.allowed', settled: 2 }])).toEqual([])
    expect(kinds([{ seq: 3 }, other])).toEqual(['writer_gap'])
  })

  test('counts a number that a later event names as void, and lets it be named twice', () => {
    expect(kinds([{ seq: 1 }, { seq: 3, void: [2] }, { seq: 4, void: [2, 3], settled: 3 }])).toEqual([])
  })

  test('takes a number once that came to the disk before or after it was named as void', () => {
    expect(kinds([{ seq: 1 }, { seq: 2 }, { seq: 3, void: [2], settled: 2 }])).toEqual([])
    expect(kinds([{ seq: 1 }, { seq: 3, void: [2], settled: 2 }, { seq: 2 }])).toEqual([])
    expect(kinds([{ seq: 1 }, { seq: 3, void: [2] }, { seq: 2 }, { seq: 2 }])).toEqual(['writer_repeated'])
    expect(kinds([{ seq: 1 }, { seq: 2 }, { seq: 3, void: [2] }, { seq: 2 }])).toEqual(['writer_repeated'])
  })

  test('counts every boot of every writer from 1, the closed and the silent ones', () => {
    const checker = createWriterChecker()
    const found = [
      ...add(checker, { id: 'a', boot: '1', seq: 1 }),
      ...add(checker, { id: 'a', boot: '2', seq: 1, type: 'ledger.closed', settled: 0 }),
      ...add(checker, { id: 'b', boot: '3', seq: 1, type: 'ledger.gap_recorded', silent: '1' }),
    ]

    expect(found).toEqual([])
    expect(checker.end()).toEqual({ boots: 3, closed: 1, silent: 1, unsettled: 0 })
  })

  test('names the entry whose number came before', () => {
    expect(kinds([{ seq: 1 }, { seq: 2 }, { seq: 2 }])).toEqual(['writer_repeated'])
    expect(kinds([{ seq: 1 }, { seq: 3 }, { seq: 3 }, { seq: 2 }])).toEqual(['writer_repeated'])
  })

  test('names how many are missing before each number that is there', () => {
    const checker = createWriterChecker()
    add(checker, { seq: 4 })
    add(checker, { seq: 6 })

    expect(add(checker, { seq: 9, settled: 7 })).toEqual([
      expect.objectContaining({ kind: 'writer_gap', index: 9, message: expect.stringContaining('Missing: 3.') }),
      expect.objectContaining({ kind: 'writer_gap', index: 9, message: expect.stringContaining('Missing: 1.') }),
      expect.objectContaining({ kind: 'writer_gap', index: 9, message: expect.stringContaining('Missing: 1.') }),
    ])
  })

  test('waits for no more than 10,000 numbers', () => {
    const checker = createWriterChecker()
    const found = Array.from({ length: 10_001 }, (_, at) => add(checker, { seq: at + 2 }))

    expect(found.flat().map((problem) => problem.kind)).toEqual(['writer_gap'])
    expect(checker.end()).toMatchObject({ unsettled: 0 })
  })

  test('calls a number that comes after it was missed not repeated, and one that comes again then', () => {
    const beat = { seq: 9, settled: 8 }

    expect(kinds([beat, { seq: 8 }, { seq: 3 }])).toEqual(['writer_gap'])
    expect(kinds([beat, { seq: 8 }, { seq: 8 }])).toEqual(['writer_gap', 'writer_repeated'])
  })

  test('takes no time and no memory for numbers that a stranger names far apart', () => {
    const checker = createWriterChecker()
    const named = (at: number): number[] => Array.from({ length: 64 }, (_, place) => 1 + at * 1_000 + place * 7)
    const found = Array.from({ length: 3_000 }, (_, at) => add(checker, { seq: 10_000_000 + at, void: named(at) }))

    expect(found.flat().length).toBeGreaterThan(100_000)
    expect(checker.end().boots).toBe(1)
  })

  test('forgets boots beyond a hundred thousand, and accuses none of them afterwards', () => {
    const checker = createWriterChecker()
    for (let boot = 0; boot < 100_000; boot++) add(checker, { boot: String(boot), seq: 1 })

    expect(add(checker, { boot: 'new', seq: 1 })).toEqual([])
    expect(add(checker, { boot: '7', seq: 2, settled: 1 })).toEqual([])
    expect(checker.end()).toMatchObject({ boots: 100_002 })
  })

  test('calls a stamp unreadable that is none', () => {
    const stamps = [
      { seq: 0 },
      { seq: 1.5 },
      { seq: Number.NaN },
      { seq: 1, void: [0] },
      { seq: 3, void: [3] },
      { seq: 1, id: 7 },
    ]

    for (const stamp of stamps) expect(kinds([JSON.parse(JSON.stringify(stamp))])).toEqual(['entry_unreadable'])
  })
})

interface Step extends Partial<WriterStamp> {
  readonly seq: number
  readonly type?: EventType
  readonly settled?: number
  readonly silent?: string
}

function add(
  checker: WriterChecker,
  { type = 'ledger.heartbeat', settled, silent, ...stamp }: Step,
): readonly Problem[] {
  const data = {
    ...(settled === undefined ? {} : { settled }),
    ...(silent === undefined ? {} : { silent: { boot: silent } }),
  }
  return checker.add({ writer: { id: 'a', boot: '1', ...stamp }, index: stamp.seq, type, data })
}

function kinds(steps: readonly Step[]): readonly string[] {
  const checker = createWriterChecker()
  return steps.flatMap((step) => add(checker, step)).map((problem) => problem.kind)
}
