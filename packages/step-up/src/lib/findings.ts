import type { FactorName } from '@sallyport/audit'

import type { Requirement } from './requirement.ts'
import type { Evidence, StrengthName } from './types.ts'

/** Why a requirement is not satisfied: nothing of the kind was proved, too long ago, or not strongly enough. */
export type Shortfall = 'missing' | 'expired' | 'too_weak'

/** What is wrong with one wanted factor. */
export interface Finding {
  /** Absent when any strong factor would do. */
  readonly factor?: FactorName
  readonly shortfall: Shortfall
  /** What the best proof did not show, when it was too weak. */
  readonly lacks?: readonly (StrengthName | 'acr')[]
  /** How old the newest proof is, when it has expired; absent when its time is unknown or in the future. Milliseconds. */
  readonly ageMs?: number
}

/**
 * Says what is wrong with the proofs of one wanted factor, none of which is good enough.
 *
 * Where one is, and yet it does not count because its authenticator has proved another factor, the finding is `missing`.
 */
export function findingOf(requirement: Requirement, proofs: readonly Evidence[], now: number): Finding {
  if (proofs.length === 0) return { shortfall: 'missing' }

  const lacking = proofs.map((proof) => lacksOf(requirement, proof))
  const least = lacking.reduce((best, lacks) => (lacks.length < best.length ? lacks : best))
  if (least.length > 0) return { shortfall: 'too_weak', lacks: least }

  const times = proofs.filter((_, place) => lacking[place]?.length === 0).map(({ at }) => at)
  const newest = times.filter((at) => at > 0 && at <= now).reduce((best, at) => Math.max(best, at), 0)
  if (newest === 0) return { shortfall: 'expired' }
  const ageMs = now - newest
  return ageMs <= requirement.maxAgeMs ? { shortfall: 'missing' } : { shortfall: 'expired', ageMs }
}

function lacksOf({ strength, acr }: Requirement, proof: Evidence): readonly (StrengthName | 'acr')[] {
  const lacks: (StrengthName | 'acr')[] = strength.filter((name) => !proof.strength.includes(name))
  if (acr.length > 0 && (proof.acr === undefined || !acr.includes(proof.acr))) lacks.push('acr')
  return lacks
}
