import { describe } from 'vitest'

import type { EnrolledFactor, GivenFactor } from '../types.ts'
import { enrolmentBench, givenBench, type Bench } from './bench.ts'
import { describeCeremonies } from './ceremonies.ts'
import { describeEnrolment } from './enrolment.ts'
import { describeGiven } from './given.ts'
import type { FactorHooks, GivenFactorHooks } from './hooks.ts'
import { describeHostility } from './hostility.ts'
import { describePurity } from './purity.ts'

/**
 * Declares the tests that every factor must pass, inside a vitest file: that the same arguments give the same judgement and
 * nothing of them is changed, that nothing a client sends makes it throw, that challenges are small and show no secret, and
 * that what counts once counts once. It needs vitest and fast-check, which the project that runs it brings as its own
 * development dependencies.
 *
 * @param name The name of the implementation, as the tests' heading.
 * @param make Makes a fresh factor; called once for each test.
 * @param hooks Answers for a person.
 * @example
 * testFactor('totp()', () => totp(), {
 *   goodFor: 'one_use',
 *   enrol: async ({ pending, now }) => ({ input: { code: codeOf(pending, now) }, device: pending }),
 *   prove: async (device, { now }) => ({ code: codeOf(device, now) }),
 *   secrets: ({ state }) => [secretOf(state)],
 * })
 */
export function testFactor<Device>(name: string, make: () => EnrolledFactor, hooks: FactorHooks<Device>): void {
  describe(`the contract of factors as kept by ${name}`, () => {
    const open = (): ReturnType<typeof enrolmentBench<Device>> => enrolmentBench(make(), hooks)
    describeEnrolment(open)
    describeChallenges(open)
  })
}

/**
 * Declares the tests that every factor must pass which people have without enrolling it: all of `testFactor` that is about
 * challenges, and that the same session is given the same authenticator.
 *
 * @param name The name of the implementation, as the tests' heading.
 * @param make Makes a fresh factor; called once for each test.
 * @param hooks Answers for a person.
 */
export function testGivenFactor<Device>(name: string, make: () => GivenFactor, hooks: GivenFactorHooks<Device>): void {
  describe(`the contract of given factors as kept by ${name}`, () => {
    const open = (): ReturnType<typeof givenBench<Device>> => givenBench(make(), hooks)
    describeGiven(open)
    describeChallenges(open)
  })
}

function describeChallenges<Device>(open: () => Bench<Device>): void {
  describeCeremonies(open)
  describePurity(open)
  describeHostility(open)
}
