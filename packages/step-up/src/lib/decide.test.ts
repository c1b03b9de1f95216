import { FACTORS } from '@sallyport/audit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { decide, type Finding } from './decide.ts'
import type { Requirement } from './requirement.ts'
import type { Evidence, StrengthName } from './types.ts'

const NOW = 1_800_000_000_000
const STRENGTHS: readonly StrengthName[] = ['phishing_resistant', 'user_verified', 'device_bound']

const someFactors = fc.subarray([...FACTORS])
const requirements: fc.Arbitrary<Requirement> = fc
  .record({
    maxAgeMs: fc.integer({ min: 1_000, max: 600_000 }),
    anyOf: someFactors,
    allOf: someFactors,
    strength: fc.subarray([...STRENGTHS]),
    acr: fc.subarray(['low', 'high']),
  })
  .map((requirement) => (requirement.allOf.length > 0 ? { ...requirement, anyOf: [] } : requirement))
const proofs: fc.Arbitrary<Evidence> = fc.record(
  {
    factor: fc.constantFrom(...FACTORS),
    at: fc.oneof(
      fc.integer({ min: NOW - 900_000, max: NOW + 60_000 }),
      fc.constantFrom(0, -1, NOW, NOW + 1, Number.NaN, Number.POSITIVE_INFINITY),
    ),
    strong: fc.boolean(),
    strength: fc.subarray([...STRENGTHS]),
    authenticator: fc.constantFrom('a', 'b', 'c'),
    acr: fc.constantFrom('low', 'high', 'unheard-of'),
    // What a provider calls its methods is never a level.
    amr: fc.subarray(['low', 'high', 'hwk', 'mfa']),
  },
  { requiredKeys: ['factor', 'at', 'strong', 'strength'] },
)

const ROUTE: Requirement = { maxAgeMs: 300_000, anyOf: [], allOf: [], strength: [], acr: [] }
const CODE: Evidence = { factor: 'totp', at: NOW - 1_000, strong: true, strength: [], authenticator: 'a' }
const LOGIN: Evidence = { factor: 'oidc', at: NOW - 1_000, strong: false, strength: [], acr: 'low' }

/** Whether one proof does everything that is demanded of one: written from the documentation, not from the code. */
function counts(requirement: Requirement, proof: Evidence): boolean {
  let good = proof.at >= 1
  if (proof.at > NOW) good = false
  if (NOW - proof.at > requirement.maxAgeMs) good = false
  for (const name of STRENGTHS) if (requirement.strength.includes(name) && !proof.strength.includes(name)) good = false
  if (requirement.acr.length > 0 && !requirement.acr.some((wanted) => wanted === proof.acr)) good = false
  return good
}

/** Every way of choosing one good proof for each factor, tried out one after the other. */
function choices(factors: readonly string[], good: readonly Evidence[]): readonly (readonly Evidence[])[] {
  const [factor, ...rest] = factors
  if (factor === undefined) return [[]]
  const further = choices(rest, good)
  return good.filter((proof) => proof.factor === factor).flatMap((proof) => further.map((chosen) => [proof, ...chosen]))
}

function oracle(requirement: Requirement, evidence: readonly Evidence[]): boolean {
  const good = evidence.filter((proof) => counts(requirement, proof))
  if (requirement.allOf.length > 0)
    return choices(requirement.allOf, good).some((chosen) => {
      const used = chosen.flatMap(({ authenticator }) => authenticator ?? [])
      return new Set(used).size === used.length
    })
  if (requirement.anyOf.length > 0) return good.some(({ factor }) => requirement.anyOf.includes(factor))
  return good.some(({ strong }) => strong)
}

/** The findings of an unsatisfied decision. */
function findings(requirement: Requirement, evidence: readonly Evidence[]): readonly Finding[] {
  const decision = decide(requirement, evidence, NOW)
  return decision.satisfied ? [] : decision.because
}

describe('decide', () => {
  test('F-19 says yes exactly where an independently written truth table says yes', () => {
    fc.assert(
      fc.property(requirements, fc.array(proofs, { maxLength: 6 }), (requirement, evidence) => {
        expect(decide(requirement, evidence, NOW).satisfied).toBe(oracle(requirement, evidence))
      }),
      { numRuns: 5_000 },
    )
  })

  test('F-19 says what to prove: who then proves it as well as can be is let through', () => {
    fc.assert(
      fc.property(requirements, fc.array(proofs, { maxLength: 6 }), (requirement, evidence) => {
        const decision = decide(requirement, evidence, NOW)
        if (decision.satisfied) return
        const { factors, because } = decision
        const asked = factors.length > 0 ? factors : (['webauthn'] as const)
        const added = asked.map((factor): Evidence => ({
          factor,
          at: NOW,
          strong: true,
          strength: STRENGTHS,
          authenticator: `new-${factor}`,
          acr: requirement.acr[0] ?? 'high',
        }))

        expect(because.map(({ factor }) => factor)).toEqual(factors.length > 0 ? factors : [undefined])
        expect(decide(requirement, [...evidence, ...added], NOW).satisfied).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test('F-19 names only proofs that count, and for allOf one of each factor', () => {
    fc.assert(
      fc.property(requirements, fc.array(proofs, { maxLength: 6 }), (requirement, evidence) => {
        const decision = decide(requirement, evidence, NOW)
        const by = decision.satisfied ? decision.by : []

        expect(by.every((proof) => counts(requirement, proof) && evidence.includes(proof))).toBe(true)
        expect(by.length).toBe(decision.satisfied ? Math.max(1, requirement.allOf.length) : 0)
        const used = by.flatMap(({ authenticator }) => authenticator ?? [])
        expect(new Set(used).size).toBe(used.length)
      }),
      { numRuns: 2_000 },
    )
  })

  test('gives the same decision whatever the order of the evidence', () => {
    fc.assert(
      fc.property(requirements, fc.array(proofs, { maxLength: 6 }), (requirement, evidence) => {
        const turned = decide(requirement, evidence.toReversed(), NOW)

        expect(turned.satisfied).toBe(decide(requirement, evidence, NOW).satisfied)
      }),
    )
  })

  test('tells missing, expired and too weak apart', () => {
    const strict: Requirement = { ...ROUTE, strength: ['phishing_resistant'] }
    const shortfall = (requirement: Requirement, evidence: readonly Evidence[]): string => {
      const decision = decide(requirement, evidence, NOW)
      return decision.satisfied ? 'none' : decision.shortfall
    }

    expect(shortfall(ROUTE, [])).toBe('missing')
    expect(shortfall(ROUTE, [LOGIN])).toBe('missing')
    expect(shortfall(ROUTE, [{ ...CODE, at: NOW - 300_001 }])).toBe('expired')
    expect(shortfall(ROUTE, [{ ...CODE, at: NOW - 300_000 }])).toBe('none')
    expect(shortfall(strict, [CODE])).toBe('too_weak')
    expect(shortfall({ ...ROUTE, anyOf: ['webauthn'] }, [CODE])).toBe('missing')
  })

  test('F-21 takes two proofs by one factor for one, also by two authenticators', () => {
    const both: Requirement = { ...ROUTE, allOf: ['totp', 'webauthn'] }

    const decision = decide(both, [CODE, { ...CODE, authenticator: 'b' }], NOW)

    expect(decision).toEqual({
      satisfied: false,
      shortfall: 'missing',
      factors: ['webauthn'],
      because: [{ factor: 'webauthn', shortfall: 'missing' }],
    })
  })

  test('F-21 takes one authenticator for one factor, whatever it claims to have proved', () => {
    const both: Requirement = { ...ROUTE, allOf: ['totp', 'webauthn'] }
    const key: Evidence = { ...CODE, factor: 'webauthn' }
    const older: Evidence = { ...CODE, at: NOW - 2_000, authenticator: 'b' }

    expect(findings(both, [CODE, key])).toEqual([{ factor: 'webauthn', shortfall: 'missing' }])
    // The older code comes from another one: so each factor has its own.
    expect(decide(both, [CODE, key, older], NOW)).toEqual({ satisfied: true, by: [older, key] })
  })

  test('tells of each wanted factor what it lacks or how old it is', () => {
    const strict: Requirement = { ...ROUTE, strength: ['phishing_resistant', 'user_verified'] }
    const verified: Evidence = { ...CODE, strength: ['user_verified'], authenticator: 'b' }
    const high: Requirement = { ...ROUTE, anyOf: ['oidc'], acr: ['high'] }
    const old: Evidence = { ...CODE, at: NOW - 412_000 }

    expect(findings(strict, [CODE, verified])).toEqual([{ shortfall: 'too_weak', lacks: ['phishing_resistant'] }])
    expect(findings(high, [LOGIN])).toEqual([{ factor: 'oidc', shortfall: 'too_weak', lacks: ['acr'] }])
    expect(findings({ ...ROUTE, anyOf: ['webauthn', 'totp'] }, [old])).toEqual([
      { factor: 'webauthn', shortfall: 'missing' },
      { factor: 'totp', shortfall: 'expired', ageMs: 412_000 },
    ])
    expect(findings(ROUTE, [{ ...CODE, at: NOW + 1 }])).toEqual([{ shortfall: 'expired' }])
  })

  test('F-40 takes a time of proof that is unknown or in the future for not fresh', () => {
    const proofAt = (at: number): boolean => decide(ROUTE, [{ ...CODE, at }], NOW).satisfied

    expect([0, -1, NOW + 1, Number.NaN, Number.POSITIVE_INFINITY].map(proofAt)).toEqual(Array(5).fill(false))
    expect(proofAt(NOW)).toBe(true)
    expect(decide(ROUTE, [{ ...CODE, at: 0 }], 1_000).satisfied).toBe(false)
  })

  test('F-40 takes an authentication context that is unknown or absent for not reached', () => {
    const high: Requirement = { ...ROUTE, anyOf: ['oidc'], acr: ['high'] }
    const { acr: _left, ...without } = LOGIN

    expect(decide(high, [LOGIN], NOW).satisfied).toBe(false)
    expect(decide(high, [without], NOW).satisfied).toBe(false)
    expect(decide(high, [{ ...without, amr: ['high', 'mfa'] }], NOW).satisfied).toBe(false)
    expect(decide(high, [{ ...LOGIN, acr: 'high' }], NOW).satisfied).toBe(true)
  })

  test('does not take a plain login for a second factor', () => {
    expect(decide(ROUTE, [LOGIN], NOW).satisfied).toBe(false)
    expect(decide({ ...ROUTE, anyOf: ['oidc'] }, [LOGIN], NOW).satisfied).toBe(true)
  })

  test('is satisfied by the newest of several proofs', () => {
    const newer = { ...CODE, at: NOW }

    expect(decide(ROUTE, [CODE, newer, CODE], NOW)).toEqual({ satisfied: true, by: [newer] })
  })
})
