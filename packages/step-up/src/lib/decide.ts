import type { FactorName } from '@sallyport/audit'

import type { Requirement } from './requirement.ts'
import type { Evidence } from './types.ts'

/** Why a requirement is not satisfied: nothing of the kind was proved, too long ago, or not strongly enough. */
export type Shortfall = 'missing' | 'expired' | 'too_weak'

/** The judgement of a requirement over evidence. */
export type Decision =
  | { readonly satisfied: true; readonly by: readonly Evidence[] }
  | {
      readonly satisfied: false
      readonly shortfall: Shortfall
      /** The factors still to be proved: any one of them will do next; empty means any strong factor. */
      readonly factors: readonly FactorName[]
    }

/**
 * Judges whether evidence satisfies a requirement. Pure: the same arguments always give the same decision.
 *
 * A time of proof that is unknown (0) or in the future is never fresh; an unknown `acr` never matches.
 *
 * @param requirement What the route demands.
 * @param evidence What was proved, in any order.
 * @param now Milliseconds since the epoch.
 * @returns What satisfied it, or what is missing, expired or too weak, and what to prove next.
 * @see RFC 9470 §5 for the meaning of age and authentication context.
 */
export function decide(requirement: Requirement, evidence: readonly Evidence[], now: number): Decision {
  if (requirement.allOf.length > 0) return decideAll(requirement, evidence, now)

  const wanted = evidence.filter((proof) =>
    requirement.anyOf.length === 0 ? proof.strong : requirement.anyOf.includes(proof.factor),
  )
  return judge(requirement, wanted, now)
}

function decideAll(requirement: Requirement, evidence: readonly Evidence[], now: number): Decision {
  const by: Evidence[] = []
  const open: { readonly factor: FactorName; readonly shortfall: Shortfall }[] = []
  // By factor, so that two proofs of one factor are one.
  for (const factor of requirement.allOf) {
    const decision = judge(
      requirement,
      evidence.filter((proof) => proof.factor === factor),
      now,
    )
    if (decision.satisfied) by.push(...decision.by)
    else open.push({ factor, shortfall: decision.shortfall })
  }
  const [first] = open
  if (first === undefined) return { satisfied: true, by }
  return { satisfied: false, shortfall: first.shortfall, factors: open.map(({ factor }) => factor) }
}

function judge(requirement: Requirement, wanted: readonly Evidence[], now: number): Decision {
  const strongEnough = wanted.filter((proof) => isStrongEnough(requirement, proof))
  const newest = strongEnough.filter((proof) => isFresh(requirement, proof, now)).reduce(newer, undefined)
  if (newest !== undefined) return { satisfied: true, by: [newest] }

  const shortfall = wanted.length === 0 ? 'missing' : strongEnough.length === 0 ? 'too_weak' : 'expired'
  return { satisfied: false, shortfall, factors: requirement.anyOf }
}

function isStrongEnough({ strength, acr }: Requirement, proof: Evidence): boolean {
  return (
    strength.every((name) => proof.strength.includes(name)) &&
    (acr.length === 0 || (proof.acr !== undefined && acr.includes(proof.acr)))
  )
}

function isFresh({ maxAgeMs }: Requirement, { at }: Evidence, now: number): boolean {
  return at > 0 && at <= now && now - at <= maxAgeMs
}

function newer(best: Evidence | undefined, proof: Evidence): Evidence {
  return best === undefined || proof.at > best.at ? proof : best
}
