import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ASSURANCE, assess, assessAtBest, checkAssurance } from './assurance.ts'
import type { Assurance, AssuranceRule } from './assurance.ts'

const LEVELS = ['low', 'high', 'phr', 'urn:example:acr:mfa']
const METHODS = ['pwd', 'otp', 'hwk', 'mfa']
const STRENGTHS = ['phishing_resistant', 'user_verified', 'device_bound'] as const

const rules: fc.Arbitrary<readonly AssuranceRule[]> = fc.array(
  fc
    .record(
      {
        acr: fc.constantFrom(...LEVELS),
        amr: fc.subarray(METHODS, { minLength: 1 }),
        strong: fc.boolean(),
        strength: fc.subarray([...STRENGTHS]),
      },
      { requiredKeys: [] },
    )
    .filter(({ acr, amr }) => acr !== undefined || amr !== undefined),
  { maxLength: 6 },
)
const claims = fc.record({ levels: fc.subarray(LEVELS), amr: fc.subarray(METHODS) })

/** Written from the documentation, not from the code: rule by rule, each word looked for. */
function naive(
  table: readonly AssuranceRule[],
  said: { levels: readonly string[]; amr: readonly string[] },
): Assurance {
  let strong = false
  const strength = new Set<string>()
  for (const rule of table) {
    let holds = true
    if (rule.acr !== undefined && said.levels.indexOf(rule.acr) === -1) holds = false
    for (const method of rule.amr ?? []) if (said.amr.indexOf(method) === -1) holds = false
    if (!holds) continue
    if (rule.strong === true) strong = true
    for (const name of rule.strength ?? []) strength.add(name)
  }
  return { strong, strength: STRENGTHS.filter((name) => strength.has(name)) }
}

describe('assess', () => {
  test('SU-06 gives what the table gives, whatever its rules and the claims', () => {
    fc.assert(
      fc.property(rules, claims, (table, said) => {
        expect(assess(checkAssurance(table), said)).toEqual(naive(table, said))
      }),
      { numRuns: 1_000 },
    )
  })

  test('F-40 SU-06 takes less for fewer claims, and nothing for none', () => {
    fc.assert(
      fc.property(rules, claims, claims, (table, said, less) => {
        const kept = {
          levels: said.levels.filter((one) => less.levels.includes(one)),
          amr: said.amr.filter((one) => less.amr.includes(one)),
        }
        const [more, fewer] = [assess(table, said), assess(table, kept)]

        expect([more.strong || !fewer.strong, fewer.strength.every((one) => more.strength.includes(one))]).toEqual([
          true,
          true,
        ])
        expect(assess(table, { levels: [], amr: [] })).toEqual({ strong: false, strength: [] })
      }),
    )
  })

  test('SU-06 knows no order of levels: a higher-sounding one is worth what its own rule says', () => {
    const table = [{ acr: '1', strong: true }]

    expect(assess(table, { levels: ['2'], amr: [] })).toEqual({ strong: false, strength: [] })
    expect(assess(table, { levels: ['1', '2'], amr: [] })).toEqual({ strong: true, strength: [] })
  })

  test('by itself knows mfa, phr and phrh', () => {
    const worth = (levels: readonly string[], amr: readonly string[] = []): Assurance =>
      assess(ASSURANCE, { levels, amr })

    expect(worth([], ['pwd', 'otp'])).toEqual({ strong: false, strength: [] })
    expect(worth([], ['pwd', 'otp', 'mfa'])).toEqual({ strong: true, strength: [] })
    expect(worth(['phr'])).toEqual({ strong: true, strength: ['phishing_resistant'] })
    expect(worth(['phrh'])).toEqual({ strong: true, strength: ['phishing_resistant', 'device_bound'] })
  })
})

describe('assessAtBest', () => {
  test('is never exceeded by what comes with one of the levels', () => {
    fc.assert(
      fc.property(rules, fc.subarray(LEVELS), fc.subarray(METHODS), (table, levels, amr) => {
        const best = assessAtBest(table, levels)
        const found = levels.map((level) => assess(table, { levels: [level], amr }))

        expect(found.every(({ strong }) => !strong || best.strong)).toBe(true)
        expect(found.flatMap(({ strength }) => strength).every((one) => best.strength.includes(one))).toBe(true)
      }),
    )
  })
})

describe('checkAssurance', () => {
  test('refuses what is no rule', () => {
    const refused = expect.objectContaining({ code: 'ERR_OIDC_OPTION' })
    const wrong: readonly object[] = [
      {},
      { strong: true },
      { acr: '' },
      { acr: 7 },
      { amr: [] },
      { amr: 'mfa' },
      { acr: 'high', strong: 'yes' },
      { acr: 'high', strength: ['unheard_of'] },
      { acr: 'high', level: 3 },
    ]

    for (const rule of wrong) expect(() => checkAssurance([rule])).toThrow(refused)
    expect(() => checkAssurance(Array.from({ length: 101 }, () => ({ acr: 'high' })))).toThrow(refused)
    expect(checkAssurance([])).toEqual([])
  })
})
