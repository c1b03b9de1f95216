import { describe } from 'vitest'

import type { Factor } from '../types.ts'
import { describeCeremonies } from './ceremonies.ts'
import type { FactorHooks } from './hooks.ts'
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
export function testFactor<Device>(name: string, make: () => Factor, hooks: FactorHooks<Device>): void {
  describe(`the contract of factors as kept by ${name}`, () => {
    describeCeremonies(() => ({ factor: make(), hooks }))
    describePurity(() => ({ factor: make(), hooks }))
    describeHostility(() => ({ factor: make(), hooks }))
  })
}
