import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { WriterStamp } from '../events/types.ts'
import { createWriterChecker } from '../verifying/verdict-writers.ts'
import { WriterCount } from './writer-count.ts'

describe('WriterCount', () => {
  test('counts from 1 under the names of its process', () => {
    const count = new WriterCount('web-1', 'boot-1')

    expect([count.next(), count.next()]).toEqual([
      { id: 'web-1', boot: 'boot-1', seq: 1 },
      { id: 'web-1', boot: 'boot-1', seq: 2 },
    ])
  })

  test('names refused numbers once, and again when the event that named them was refused too', () => {
    const count = new WriterCount('w', 'b')
    count.refuse([count.next()], 'refused')
    const second = count.next()
    count.refuse([second], 'refused')

    expect(second.void).toEqual([1])
    expect(count.next().void).toEqual([2, 1])
    expect(count.next()).not.toHaveProperty('void')
  })

  test('names at most 64 numbers in one event', () => {
    const count = new WriterCount('w', 'b')
    count.refuse(
      Array.from({ length: 70 }, () => count.next()),
      'refused',
    )

    expect([count.next().void?.length, count.next().void?.length]).toEqual([64, 6])
  })

  test('gives numbers again after very many refusals, so that neither memory nor entries grow', () => {
    const count = new WriterCount('w', 'b')
    for (let turn = 0; turn < 100_000; turn++) count.refuse([count.next()], 'refused')

    expect(count.next().seq).toBeLessThan(2_000)
  })

  test('never gives a number again that may be on disk', () => {
    const count = new WriterCount('w', 'b')
    const given = Array.from({ length: 2_000 }, () => count.next())
    const [doubtful, ...others] = given.toReversed()
    if (doubtful !== undefined) count.refuse([doubtful], 'doubtful')
    count.refuse(others, 'refused')

    expect(count.next().seq).toBe(2_001)
  })

  test('gives numbers in good time although very many wait to be named', () => {
    const count = new WriterCount('w', 'b')
    const given = Array.from({ length: 300_000 }, () => count.next())
    count.refuse(given.toReversed(), 'doubtful')
    for (let turn = 0; turn < 50_000; turn++) count.refuse([count.next()], 'doubtful')
    const named = Array.from({ length: 10_000 }, () => count.next().void?.length ?? 0)

    expect(named.reduce((sum, length) => sum + length, 0)).toBe(350_000)
  })

  test('calls settled what is on disk or named by what is on disk, and nothing beyond a commit under way', () => {
    const count = new WriterCount('w', 'b')
    const [one, two, three] = [count.next(), count.next(), count.next()]
    const steps = [count.settled]
    count.settle([one, three])
    steps.push(count.settled)
    count.refuse([two], 'refused')
    steps.push(count.settled)
    const naming = count.next()
    steps.push(count.settled)
    count.settle([naming])

    expect([...steps, count.settled]).toEqual([0, 1, 1, 1, 4])
  })

  test('leaves no number unexplained and gives none twice, whatever is refused (property)', () => {
    const outcome = fc.constantFrom('kept', 'refused', 'doubtful but kept', 'doubtful')
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 3_000 }), fc.integer({ min: 1, max: 5 }), (outcomes, atOnce) => {
        const count = new WriterCount('w', 'b')
        const kept: WriterStamp[] = []
        for (let at = 0; at < outcomes.length; at += atOnce) {
          const parallel = outcomes.slice(at, at + atOnce).map((one) => ({ one, stamp: count.next() }))
          for (const { one, stamp } of parallel) {
            if (one === 'kept' || one === 'doubtful but kept') kept.push(stamp)
            if (one === 'refused') count.refuse([stamp], 'refused')
            if (one.startsWith('doubtful')) count.refuse([stamp], 'doubtful')
          }
        }
        for (let turn = 0; turn < 50; turn++) kept.push(count.next())

        const checker = createWriterChecker()
        const type = 'ledger.heartbeat'
        const found = kept.flatMap((writer, index) =>
          checker.add({ writer, index, type, data: index === kept.length - 1 ? { settled: writer.seq - 1 } : {} }),
        )
        expect(found).toEqual([])
        expect(checker.end()).toMatchObject({ unsettled: 0 })
      }),
    )
  })
})
