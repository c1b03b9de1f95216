import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { addProof } from './proofs.ts'
import type { Evidence } from './types.ts'

const PROOF: Evidence = { factor: 'oidc', at: 1_000, strong: true, strength: [], provider: 'work', acr: 'c1' }

const proofs = fc.array(
  fc.record({
    factor: fc.constant('oidc' as const),
    at: fc.nat(1_000),
    strong: fc.boolean(),
    strength: fc.constantFrom([], ['phishing_resistant' as const]),
    provider: fc.constantFrom('work', 'home'),
    acr: fc.constantFrom('c1', 'c2', 'c3', 'c4'),
  }),
  { minLength: 1, maxLength: 40 },
)

/** All of a proof but its time. */
function kindOf(proof: Evidence): string {
  return JSON.stringify({ ...proof, at: 0 })
}

describe('addProof', () => {
  test('takes the place of an older proof that shows the very same', () => {
    const newer = { ...PROOF, at: 2_000 }

    expect(addProof([PROOF], newer)).toEqual([newer])
  })

  test('leaves a newer proof that shows the very same where it is', () => {
    const newer = { ...PROOF, at: 2_000 }

    expect(addProof([newer], PROOF)).toEqual([newer])
  })

  test.each([
    ['another level', { acr: 'c2' }],
    ['less', { strong: false }],
    ['something else beside it', { strength: ['user_verified'] }],
    ['another provider', { provider: 'home' }],
    ['another authenticator', { authenticator: 'a' }],
    ['another factor', { factor: 'totp' }],
  ] as const)('stays beside a proof that shows %s', (_what, other) => {
    const newer = { ...PROOF, ...other, at: 2_000 }

    expect(addProof([PROOF], newer)).toEqual([PROOF, newer])
  })

  test('keeps eight of one factor at most: the newest, and in any case the one that is added', () => {
    const eight = Array.from({ length: 8 }, (_, one) => ({ ...PROOF, acr: `level-${one}`, at: 100 + one }))
    const [oldest, ...rest] = eight
    const old = { ...PROOF, acr: 'old', at: 1 }

    expect(addProof(eight, old)).toEqual([...rest, old])
    expect(oldest?.at).toBe(100)
  })

  test('never grows beyond eight, has each kind once, and goes on from what it had, whatever comes', () => {
    fc.assert(
      fc.property(proofs, (all) => {
        const last = all.at(-1) ?? PROOF
        const before = all.slice(0, -1).reduce<readonly Evidence[]>((gained, proof) => addProof(gained, proof), [])
        const kept = addProof(before, last)
        const ofItsKind = [last, ...before].filter((one) => kindOf(one) === kindOf(last))

        expect(kept.length).toBeLessThanOrEqual(8)
        expect(new Set(kept.map(kindOf)).size).toBe(kept.length)
        expect(kept).toContainEqual({ ...last, at: Math.max(...ofItsKind.map(({ at }) => at)) })
      }),
      { numRuns: 200 },
    )
  })
})
