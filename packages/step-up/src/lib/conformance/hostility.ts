// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { EnrolmentOutcome, Factor, FactorInput, FactorOutcome } from '../types.ts'
import { ask, attemptOf, deepFreeze, type Bench } from './bench.ts'

const FIELDS = ['code', 'credential', 'kept', 'answer', '__proto__', 'constructor', 'toString', '']
const MAX_FIELD = 32_768

/** That nothing which a client sends makes a factor throw or pass. */
export function describeHostility<Device>(open: () => Bench<Device>): void {
  describe('hostile input', () => {
    test('F-17 no text in any field is an answer to a challenge, nor does one throw (property)', async () => {
      const bench = open()
      const enrolled = await bench.have()
      const { state } = await ask(bench, enrolled)

      await fc.assert(
        fc.asyncProperty(hostileInput(), async (input) => {
          const outcome = await bench.factor.verify(enrolled.authenticator, attemptOf(state, deepFreeze(input)))

          expect([outcome.ok, isOutcome(outcome)]).toEqual([false, true])
        }),
      )
    })

    test('F-17 the right answer with anything cut off, added or put in its middle is no crash (property)', async () => {
      const bench = open()
      const enrolled = await bench.have()
      const { state, attempt } = await ask(bench, enrolled)

      await fc.assert(
        fc.asyncProperty(spoilt(attempt.input), async (input) => {
          const outcome = await bench.factor.verify(enrolled.authenticator, attemptOf(state, deepFreeze(input)))

          expect(isOutcome(outcome)).toBe(true)
        }),
      )
    })

    test('v5.0.0-2.2.1 the longest input there can be is refused', async () => {
      const bench = open()
      const enrolled = await bench.have()
      const { state } = await ask(bench, enrolled)

      const reasons = await Promise.all(
        ['0', 'A', '{', '\u{1F511}', '\u0000'].map((letter) => refusalOf(bench.factor, longInput(letter))),
      )

      async function refusalOf(factor: Factor, input: FactorInput): Promise<string> {
        const outcome = await factor.verify(enrolled.authenticator, attemptOf(state, input))
        return outcome.ok ? 'accepted' : 'refused'
      }
      expect(new Set(reasons)).toEqual(new Set(['refused']))
    })
  })
}

/** Tells whether an outcome is one that can be written down: a state that is JSON, or a reason of the closed list's form. */
export function isOutcome(outcome: FactorOutcome | EnrolmentOutcome): boolean {
  return outcome.ok ? JSON.stringify(outcome.next) !== undefined : /^[a-z_]{1,32}$/.test(outcome.reason)
}

function longInput(letter: string): FactorInput {
  const text = letter.repeat(MAX_FIELD / letter.length)
  return Object.fromEntries(['code', 'credential', 'kept', 'answer'].map((name) => [name, text]))
}

/** What a client might send, in the fields that factors read and in others. */
export function hostileInput(): fc.Arbitrary<FactorInput> {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 64 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 256 }),
    fc.json({ maxDepth: 4 }),
    fc.base64String({ maxLength: 128 }),
  )
  const entries = fc.array(fc.tuple(fc.constantFrom(...FIELDS), text), { maxLength: FIELDS.length })
  // As readInput makes it: own members, whatever they are called.
  return entries.map((all) => Object.fromEntries(all))
}

/** Every field of a right answer, with a piece of it replaced. */
function spoilt(right: FactorInput): fc.Arbitrary<FactorInput> {
  const pieces = fc.record({ from: fc.nat(), length: fc.nat(8), put: fc.string({ unit: 'binary', maxLength: 8 }) })
  return pieces.map(({ from, length, put }) =>
    Object.fromEntries(
      Object.entries(right).map(([name, text]) => {
        const at = from % (text.length + 1)
        return [name, `${text.slice(0, at)}${put}${text.slice(at + length)}`]
      }),
    ),
  )
}
