import type { FactorName } from '@sallyport/audit'

import { findingOf, type Finding, type Shortfall } from './findings.ts'
import type { Requirement } from './requirement.ts'
import type { Evidence } from './types.ts'

export type { Finding, Shortfall } from './findings.ts'

/** The judgement of a requirement over evidence. */
export type Decision =
  | { readonly satisfied: true; readonly by: readonly Evidence[] }
  | {
      readonly satisfied: false
      readonly shortfall: Shortfall
      /** The factors still to be proved: any one of them will do next; empty means any strong factor. */
      readonly factors: readonly FactorName[]
      /** What is wrong with each of `factors`, in this order; one finding for all strong factors together. */
      readonly because: readonly Finding[]
    }

/**
 * Judges whether evidence satisfies a requirement. Pure: the same arguments always give the same decision.
 *
 * A time of proof that is unknown (0) or in the future is never fresh; an unknown `acr` never matches, and an `amr` says
 * nothing about a level. Two proofs of one factor are one, and one authenticator never proves two factors.
 *
 * @param requirement What the route demands.
 * @param evidence What was proved, in any order.
 * @param now Milliseconds since the epoch.
 * @returns What satisfied it, or what is missing, expired or too weak, and what to prove next.
 * @see RFC 9470 §5 for the meaning of age and authentication context.
 */
export function decide(requirement: Requirement, evidence: readonly Evidence[], now: number): Decision {
  if (requirement.allOf.length > 0) return decideAll(requirement, evidence, now)

  // Loops and not list methods: this runs at every guarded request, and the way to yes makes nothing but its answer.
  const { anyOf } = requirement
  let newest: Evidence | undefined
  for (const proof of evidence) {
    const isWanted = anyOf.length === 0 ? proof.strong : anyOf.includes(proof.factor)
    if (isWanted && isGood(requirement, proof, now) && (newest === undefined || proof.at > newest.at)) newest = proof
  }
  return newest === undefined
    ? refuse(requirement, evidence, { now, factors: anyOf })
    : { satisfied: true, by: [newest] }
}

function decideAll(requirement: Requirement, evidence: readonly Evidence[], now: number): Decision {
  const by: Evidence[] = []
  let isClear = true
  for (const factor of requirement.allOf) {
    let newest: Evidence | undefined
    for (const proof of evidence) {
      if (proof.factor !== factor || !isGood(requirement, proof, now)) continue
      if (newest === undefined || proof.at > newest.at) newest = proof
    }
    isClear &&= newest !== undefined && !sharesAuthenticator(by, newest)
    if (newest !== undefined) by.push(newest)
  }
  return isClear ? { satisfied: true, by } : decideApart(requirement, evidence, now)
}

/** The slow way: some factor has no good proof of its own, or shares its newest one's authenticator with another factor. */
function decideApart(requirement: Requirement, evidence: readonly Evidence[], now: number): Decision {
  const good = evidence.filter((proof) => isGood(requirement, proof, now))
  const given = new Map<FactorName, Evidence>()
  const factors = requirement.allOf.filter((factor) => !give(factor, { good, given, asked: new Set() }))
  if (factors.length > 0) return refuse(requirement, evidence, { now, factors })
  return { satisfied: true, by: requirement.allOf.flatMap((factor) => given.get(factor) ?? []) }
}

/** Proofs on their way to the factors that they stand for. */
interface Giving {
  readonly good: readonly Evidence[]
  readonly given: Map<FactorName, Evidence>
  /** What was asked for already on the way to one more factor. */
  readonly asked: Set<unknown>
}

/**
 * Gives a factor a proof whose authenticator serves no other factor, if need be by giving the other one another proof:
 * a maximum matching by augmenting paths, so that no order of factors or proofs refuses what could be satisfied.
 */
function give(factor: FactorName, giving: Giving): boolean {
  const { good, given, asked } = giving
  for (const proof of good) {
    const source = proof.authenticator ?? proof
    if (proof.factor !== factor || asked.has(source)) continue

    asked.add(source)
    const [holder] = [...given].find(([, held]) => (held.authenticator ?? held) === source) ?? []
    if (holder !== undefined && !give(holder, giving)) continue
    given.set(factor, proof)
    return true
  }
  return false
}

function refuse(
  requirement: Requirement,
  evidence: readonly Evidence[],
  { now, factors }: { readonly now: number; readonly factors: readonly FactorName[] },
): Decision {
  const because =
    factors.length === 0
      ? [
          findingOf(
            requirement,
            evidence.filter(({ strong }) => strong),
            now,
          ),
        ]
      : factors.map((factor) => ({
          factor,
          ...findingOf(
            requirement,
            evidence.filter((proof) => proof.factor === factor),
            now,
          ),
        }))
  return { satisfied: false, shortfall: shortfallOf(requirement, because), factors, because }
}

/** Of several ways the one that came nearest; where all are demanded, the first that is open. */
function shortfallOf({ allOf }: Requirement, because: readonly Finding[]): Shortfall {
  const found = because.map(({ shortfall }) => shortfall)
  if (allOf.length > 0) return found[0] ?? 'missing'
  return NEAREST.find((shortfall) => found.includes(shortfall)) ?? 'missing'
}

const NEAREST: readonly Shortfall[] = ['expired', 'too_weak', 'missing']

function isGood({ strength, acr, maxAgeMs }: Requirement, proof: Evidence, now: number): boolean {
  const { at } = proof
  if (!(at > 0 && at <= now && now - at <= maxAgeMs)) return false
  for (const name of strength) if (!proof.strength.includes(name)) return false
  return acr.length === 0 || (proof.acr !== undefined && acr.includes(proof.acr))
}

function sharesAuthenticator(taken: readonly Evidence[], { authenticator }: Evidence): boolean {
  if (authenticator === undefined) return false
  for (const other of taken) if (other.authenticator === authenticator) return true
  return false
}
