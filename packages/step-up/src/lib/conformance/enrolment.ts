// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { deepFreeze, START, startOf, type EnrolmentBench } from './bench.ts'
import { hostileInput, isOutcome } from './hostility.ts'

const MAX_PENDING_BYTES = 16_384

/** That enrolments hang on their arguments alone, and that nothing a client sends makes one throw. */
export function describeEnrolment<Device>(open: () => EnrolmentBench<Device>): void {
  describe('enrolment', () => {
    test('the same start begins the same enrolment, and other random bytes another', async () => {
      const { factor } = open()

      const [one, same, other] = [
        await factor.enrolment.start(startOf(1)),
        await factor.enrolment.start(startOf(1)),
        await factor.enrolment.start(startOf(2)),
      ]

      expect(same).toEqual(one)
      expect(other).not.toEqual(one)
    })

    test('an enrolment shows the same as often as it is looked at', async () => {
      const { factor } = open()
      const pending = await factor.enrolment.start(startOf(1))

      const once = await factor.enrolment.view(pending, startOf(1))

      expect(await factor.enrolment.view(pending, startOf(7))).toEqual(once)
    })

    test('the same answer ends an enrolment in the same way', async () => {
      const { factor, hooks } = open()
      const pending = await factor.enrolment.start(startOf(1))
      const view = await factor.enrolment.view(pending, startOf(1))
      const { input } = await hooks.enrol({ pending, view, now: startOf(1).now })
      const answer = Object.freeze({ pending, input, now: startOf(1).now })

      const once = await factor.enrolment.finish(answer)

      expect(once.ok).toBe(true)
      expect(await factor.enrolment.finish(answer)).toEqual(once)
    })

    test('keeps what is JSON while it is pending, of at most 16 kB', async () => {
      const pending = await open().factor.enrolment.start(startOf(1))

      expect(JSON.parse(JSON.stringify(pending))).toEqual(pending)
      expect(Buffer.byteLength(JSON.stringify(pending))).toBeLessThanOrEqual(MAX_PENDING_BYTES)
    })

    test('F-17 no text in any field makes an enrolment throw (property)', async () => {
      const { factor } = open()
      const pending = deepFreeze(await factor.enrolment.start(startOf(1)))

      await fc.assert(
        fc.asyncProperty(hostileInput(), async (input) => {
          const outcome = await factor.enrolment.finish({ pending, input: deepFreeze(input), now: START })

          expect(isOutcome(outcome)).toBe(true)
        }),
      )
    })
  })
}
