import { describe, expect, test } from 'vitest'

import { ask, deepFreeze, type GivenBench } from './bench.ts'

/** What a factor does that people have without enrolling it. */
export function describeGiven<Device>(open: () => GivenBench<Device>): void {
  describe('given', () => {
    test('the same session has the same authenticator, and another person another one', () => {
      const { factor, hooks } = open()

      const [one, same, other] = [1, 1, 2].map((number) => factor.given(deepFreeze(hooks.give(number).session)))

      expect(one).toBeDefined()
      expect(same).toEqual(one)
      expect(other).not.toEqual(one)
    })

    test('who has nothing of the kind is given nothing', () => {
      const { factor, hooks } = open()

      expect(factor.given(deepFreeze(hooks.without))).toBeUndefined()
    })

    test('a proof says of itself a time that is whole, and not after the answer', async () => {
      const bench = open()
      const had = await bench.have()
      const { attempt } = await ask(bench, had)

      const outcome = await bench.factor.verify(had.authenticator, attempt)

      const at = outcome.ok ? (outcome.evidence?.at ?? 0) : -1
      expect([Number.isInteger(at), at >= 0, at <= attempt.now]).toEqual([true, true, true])
    })
  })
}
