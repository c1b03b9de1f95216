import type { FactorName } from '@sallyport/audit'

import type { Core } from './options.ts'
import { canSatisfy, type Requirement } from './requirement.ts'

/**
 * Gives the factors by which a requirement could be satisfied, in the application's order, enrolled or not.
 *
 * @param core For the factors.
 * @param requirement What is demanded.
 * @param wanted The factors still to be proved, as `decide` says; empty means any strong one.
 */
export function helpfulFactors(
  core: Core,
  requirement: Requirement,
  wanted: readonly FactorName[],
): readonly FactorName[] {
  return [...core.factors.values()]
    .filter(({ name, strong }) => (wanted.length > 0 ? wanted.includes(name) : strong))
    .filter((factor) => canSatisfy(requirement, factor))
    .map(({ name }) => name)
}
