import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatPruned, parsePruned, type Pruning } from './pruned-note.ts'

const COUNT = fc.integer({ min: 1, max: 2 ** 53 - 1 })
const TEXT = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => text.isWellFormed())
const WRITER = fc.record({
  boot: TEXT,
  id: TEXT,
  next: COUNT,
  ahead: fc.array(COUNT, { maxLength: 3 }),
  pardoned: fc.array(fc.tuple(COUNT, COUNT), { maxLength: 2 }),
})
const PRUNING = fc
  .record({
    origin: fc.constant('bank.example/ledger'),
    to: fc.integer({ min: 1, max: 2 ** 40 }).map((ranges) => ranges * 256),
    more: fc.integer({ min: 1, max: 1_000 }),
    root: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    event: fc.constant('01MCC5RM000G2081040G208104'),
    entryDays: fc.integer({ min: 1, max: 36_500 }),
    carry: fc.record(
      {
        challenges: fc.array(TEXT, { maxLength: 3 }),
        writers: fc.array(WRITER, { maxLength: 3 }),
        forgotten: COUNT,
      },
      { requiredKeys: ['challenges', 'writers'] },
    ),
  })
  .map(({ more, ...rest }): Pruning => ({ ...rest, size: rest.to + more }))

describe('the statement of what was pruned', () => {
  test('reads what it wrote, on eight lines without control characters', () => {
    fc.assert(
      fc.property(PRUNING, (pruning) => {
        const text = formatPruned(pruning)
        expect(parsePruned(text)).toEqual(pruning)
        const controls = text.split('').filter((character) => character < ' ' && character !== '\n')
        expect([text.split('\n').length, controls]).toEqual([9, []])
      }),
      { numRuns: 100 },
    )
  })

  test('reads nothing else', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom('', '0', '-', '1', ' ', '\n', 'x', '"', '}'))
    fc.assert(
      fc.property(PRUNING, change, (pruning, [at, put]) => {
        const text = formatPruned(pruning)
        const place = at % text.length
        const changed = `${text.slice(0, place)}${put}${text.slice(place + 1)}`
        const read = parsePruned(changed)
        expect(read === undefined ? changed : formatPruned(read)).toBe(changed)
      }),
      { numRuns: 200 },
    )
    for (const text of ['', 'sallyport ledger pruned v1\n', '\n'.repeat(8), 'x'.repeat(100)]) {
      expect(parsePruned(text)).toBeUndefined()
    }
  })

  test('drops whole ranges only, and nothing that no checkpoint covers', () => {
    const [pruning] = fc.sample(PRUNING, 1)
    if (pruning === undefined) throw new Error('nothing was made')
    for (const changes of [
      { to: 0 },
      { to: 100 },
      { to: 256, size: 256 },
      { entryDays: 0 },
      { root: 'x' },
      { event: 'y' },
    ]) {
      expect(parsePruned(formatPruned({ ...pruning, ...changes }))).toBeUndefined()
    }
  })
})
