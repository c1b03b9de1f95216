import type { FactorName } from '@sallyport/audit'

import { givenState, isEnrolled } from './given.ts'
import type { Core } from './options.ts'
import { canSatisfy, type Requirement } from './requirement.ts'
import type { LiveSession } from './session-state.ts'

/**
 * Gives the factors by which a requirement could be satisfied, in the application's order: those that can be enrolled, whether
 * the person has done so or not, and those that they are given.
 *
 * @param core For the factors.
 * @param session Whose they would be.
 * @param demand What is demanded, and in `wanted` the factors still to be proved, as `decide` says; empty means any strong one.
 */
export function helpfulFactors(
  core: Core,
  session: LiveSession,
  { requirement, wanted }: { readonly requirement: Requirement; readonly wanted: readonly FactorName[] },
): readonly FactorName[] {
  return [...core.factors.values()]
    .filter(({ name, strong }) => (wanted.length > 0 ? wanted.includes(name) : strong))
    .filter((factor) => canSatisfy(requirement, factor))
    .filter((factor) => isEnrolled(factor) || givenState(factor, session) !== undefined)
    .map(({ name }) => name)
}
