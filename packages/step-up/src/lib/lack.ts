import type { Reason } from '@sallyport/audit'

import { decide } from './decide.ts'
import type { Requirement } from './requirement.ts'
import type { Evidence } from './types.ts'

/**
 * Says what one proof lacks of what was demanded of it, whatever else may be demanded beside it.
 *
 * @returns The reason in the ledger's words; `undefined` when the proof does its part.
 */
export function lackOf(requirement: Requirement, evidence: Evidence, now: number): Reason | undefined {
  const { allOf, anyOf } = requirement
  const itsPart: Requirement = { ...requirement, allOf: [], anyOf: allOf.length > 0 ? [evidence.factor] : anyOf }
  const decision = decide(itsPart, [evidence], now)
  if (decision.satisfied) return undefined
  if (decision.shortfall === 'expired') return 'factor_too_old'
  // Not a second factor by itself counts as missing there: it was proved, and was too weak for it.
  return decision.because.some(({ lacks }) => lacks?.includes('acr')) ? 'level_not_reached' : 'factor_too_weak'
}
