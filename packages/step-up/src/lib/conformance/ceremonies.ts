// oxlint-disable eslint/max-lines-per-function -- the function is a list of tests
import { describe, expect, test } from 'vitest'

import type { AuthenticatorState, Factor, FactorOutcome } from '../types.ts'
import { ask, attemptOf, challenge, type Bench } from './bench.ts'

const MAX_STATE_BYTES = 4_096

/** What challenges do with right answers. */
export function describeCeremonies<Device>(open: () => Bench<Device>): void {
  describe('challenges', () => {
    test('accept the right answer, challenge after challenge', async () => {
      const bench = open()
      const enrolled = await bench.have()

      const first = await ask(bench, enrolled, 1)
      const one = await bench.factor.verify(enrolled.authenticator, first.attempt)
      const next = after(bench.factor, enrolled.authenticator, one)
      const second = await ask(bench, { ...enrolled, authenticator: next }, 2)
      const two = await bench.factor.verify(next, second.attempt)

      expect([one.ok, two.ok]).toEqual([true, true])
    })

    test('keep what is JSON, of at most 4 kB', async () => {
      const bench = open()
      const { authenticator } = await bench.have()

      const { state } = await challenge(bench.factor, [authenticator])

      for (const kept of [authenticator.state, state]) expect(JSON.parse(JSON.stringify(kept))).toEqual(kept)
      expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThanOrEqual(MAX_STATE_BYTES)
    })

    test('show and keep no secret of the authenticator in a challenge', async () => {
      const bench = open()
      const { authenticator } = await bench.have()

      const asked = await challenge(bench.factor, [authenticator])

      const shown = JSON.stringify(asked)
      expect(bench.hooks.secrets(authenticator).filter((secret) => shown.includes(secret))).toEqual([])
    })

    test('claim no more strength than the factor may show', async () => {
      const bench = open()
      const { factor } = bench
      const enrolled = await bench.have()

      const outcome = await factor.verify(enrolled.authenticator, (await ask(bench, enrolled)).attempt)

      const most = factor.mayShow ?? factor.strength
      expect(factor.strength.filter((name) => !most.includes(name))).toEqual([])
      expect(outcome.ok ? outcome.strength.filter((name) => !most.includes(name)) : outcome.reason).toEqual([])
    })

    test('F-16 refuse the answer of one authenticator for another', async () => {
      const bench = open()
      const [mine, other] = [await bench.have(1), await bench.have(2)]
      const { attempt } = await ask(bench, mine)

      const outcome = await bench.factor.verify(other.authenticator, attempt)

      expect(outcome.ok).toBe(false)
    })

    test('F-18 refuse an answer in another challenge, and once it was used, as far as the factor says so', async () => {
      const bench = open()
      const { goodFor } = bench.hooks
      const enrolled = await bench.have()
      const { attempt } = await ask(bench, enrolled, 1)
      const first = await bench.factor.verify(enrolled.authenticator, attempt)
      const used = after(bench.factor, enrolled.authenticator, first)

      const { state } = await challenge(bench.factor, [used], 2)
      const elsewhere = await bench.factor.verify(used, attemptOf(state, attempt.input, 2))
      const again = await bench.factor.verify(used, attempt)

      expect(first.ok).toBe(true)
      expect(elsewhere.ok && goodFor !== 'always').toBe(false)
      expect(again.ok && goodFor === 'one_use').toBe(false)
    })
  })
}

/** The authenticator as it is after an answer: what is given stays as it was. */
function after(factor: Factor, authenticator: AuthenticatorState, outcome: FactorOutcome): AuthenticatorState {
  return factor.given === undefined ? { ...authenticator, state: outcome.ok ? outcome.next : null } : authenticator
}
