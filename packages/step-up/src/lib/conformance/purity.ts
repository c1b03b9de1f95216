// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'

import { ask, attemptOf, challenge, enrol, startOf, type Bench } from './bench.ts'

/** That a factor's answers hang on its arguments alone. All arguments are frozen, so that changing one throws. */
export function describePurity<Device>(open: () => Bench<Device>): void {
  describe('purity', () => {
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

    test('a challenge begins the same and shows the same each time', async () => {
      const bench = open()
      const { authenticator } = await enrol(bench)

      const once = await challenge(bench.factor, [authenticator])

      expect(await challenge(bench.factor, [authenticator])).toEqual(once)
    })

    test('the same answer is judged in the same way, also by another instance of the factor', async () => {
      const bench = open()
      const enrolled = await enrol(bench)
      const { state, attempt } = await ask(bench, enrolled)
      const again = (): typeof attempt => attemptOf(state, attempt.input)

      const once = await bench.factor.verify(enrolled.authenticator, again())

      expect(await bench.factor.verify(enrolled.authenticator, again())).toEqual(once)
      expect(await open().factor.verify(enrolled.authenticator, again())).toEqual(once)
    })
  })
}
