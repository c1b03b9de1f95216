import { describe, expect, test } from 'vitest'

import { PRESETS } from './presets.ts'
import { parseRequirement, type FactorAbility, type StepUpOptions } from './requirement.ts'

const REFUSED = expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' })
const WEBAUTHN: FactorAbility = {
  name: 'webauthn',
  strength: [],
  mayShow: ['phishing_resistant', 'user_verified', 'device_bound'],
}
const FACTORS = new Map([
  [WEBAUTHN.name, WEBAUTHN],
  ['totp', { name: 'totp', strength: [] }],
] as const)

/** Parses what a caller without types could write. */
function parse(options: unknown): () => unknown {
  return () => Reflect.apply(parseRequirement, undefined, [options, FACTORS])
}

function demands(options: StepUpOptions): readonly unknown[] {
  const { maxAgeMs, strength } = parseRequirement(options, FACTORS)
  return [maxAgeMs, ...strength]
}

describe('a preset', () => {
  test('NB-05 demands what the README says of it', () => {
    expect(Object.keys(PRESETS)).toEqual(['relaxed', 'standard', 'strict', 'hardware'])
    expect(demands({ preset: 'relaxed' })).toEqual([3_600_000])
    expect(demands({ preset: 'standard' })).toEqual([300_000])
    expect(demands({ preset: 'strict' })).toEqual([300_000, 'phishing_resistant', 'user_verified'])
    expect(demands({ preset: 'hardware' })).toEqual([300_000, 'phishing_resistant', 'user_verified', 'device_bound'])
  })

  test('is the standard one where none is named', () => {
    expect(demands({})).toEqual(demands({ preset: 'standard' }))
    expect(demands({ preset: undefined })).toEqual(demands({ preset: 'standard' }))
  })

  test('takes another age and further demands beside it', () => {
    expect(demands({ preset: 'strict', maxAge: '30s' })).toEqual([30_000, 'phishing_resistant', 'user_verified'])
    expect(demands({ preset: 'strict', phishingResistant: true, deviceBound: false })).toEqual([
      300_000,
      'phishing_resistant',
      'user_verified',
    ])
    expect(demands({ preset: 'relaxed', userVerified: true, maxAge: undefined })).toEqual([3_600_000, 'user_verified'])
  })

  test('F-19 lets nobody take away at the route what it demands', () => {
    expect(parse({ preset: 'strict', phishingResistant: false })).toThrow(REFUSED)
    expect(parse({ preset: 'hardware', deviceBound: false })).toThrow(REFUSED)
    expect(parse({ preset: 'strict', anyOf: ['totp'] })).toThrow(REFUSED)
  })

  test('F-19 stops the start when nobody has heard of it', () => {
    expect(parse({ preset: 'strickt' })).toThrow(REFUSED)
    expect(parse({ preset: 'constructor' })).toThrow(REFUSED)
    expect(parse({ preset: '' })).toThrow(REFUSED)
    expect(parse({ preset: 3 })).toThrow(REFUSED)
    expect(parse({ Preset: 'strict' })).toThrow(REFUSED)
  })
})
