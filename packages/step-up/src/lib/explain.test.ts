import { describe, expect, test } from 'vitest'

import { decide } from './decide.ts'
import { explain } from './explain.ts'
import type { Requirement } from './requirement.ts'
import type { Evidence } from './types.ts'

const NOW = 1_800_000_000_000
const ROUTE: Requirement = { maxAgeMs: 300_000, anyOf: [], allOf: [], strength: [], acr: [] }
const CODE: Evidence = { factor: 'totp', at: NOW, strong: true, strength: [], authenticator: 'a' }
const LOGIN: Evidence = { factor: 'oidc', at: NOW, strong: false, strength: [], acr: 'urn:evil\nlog line' }

function explained(requirement: Requirement, evidence: readonly Evidence[]): string {
  return explain(decide(requirement, evidence, NOW))
}

describe('explain', () => {
  // These sentences are the feature: they are what an operator reads.
  test('says in a sentence by what a requirement is satisfied', () => {
    const both = { ...ROUTE, allOf: ['totp', 'oidc'] } as const

    expect(explained(ROUTE, [CODE])).toBe('The requirement is satisfied by totp.')
    expect(explained(both, [LOGIN, CODE])).toBe('The requirement is satisfied by totp and oidc.')
  })

  test('says in a sentence what is missing, too old or too weak', () => {
    const either = { ...ROUTE, anyOf: ['webauthn', 'totp'] } as const
    const strict = { ...ROUTE, strength: ['phishing_resistant', 'user_verified'] } as const

    expect(explained(ROUTE, [])).toBe('The requirement is not satisfied: a strong factor was not proved.')
    expect(explained(either, [{ ...CODE, at: NOW - 412_999 }])).toBe(
      'The requirement is not satisfied: webauthn was not proved, and totp was proved 412 seconds ago, which is too long.',
    )
    expect(explained(strict, [CODE])).toBe(
      'The requirement is not satisfied: the proof of a strong factor was not phishing-resistant and user-verified.',
    )
    expect(explained(ROUTE, [{ ...CODE, at: 0 }])).toBe(
      'The requirement is not satisfied: a strong factor was proved at a time that is unknown or in the future.',
    )
  })

  test('v5.0.0-16.4.1 repeats nothing that an identity provider or a client wrote', () => {
    const high = { ...ROUTE, anyOf: ['oidc'], acr: ['high'] } as const

    expect(explained(high, [LOGIN])).toBe(
      'The requirement is not satisfied: the proof of oidc was not of the wanted authentication context.',
    )
  })
})
