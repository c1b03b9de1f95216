import { describe, expect, expectTypeOf, test } from 'vitest'

import { canSatisfy, parseRequirement, type FactorAbility, type StepUpOptions } from './requirement.ts'

const TOTP: FactorAbility = { name: 'totp', strength: [] }
const WEBAUTHN: FactorAbility = {
  name: 'webauthn',
  strength: ['phishing_resistant'],
  mayShow: ['phishing_resistant', 'user_verified', 'device_bound'],
}
const OIDC: FactorAbility = {
  name: 'oidc',
  strength: [],
  mayShow: ['phishing_resistant'],
  mayReach: (acr) => acr.includes('high'),
}
const AVAILABLE = new Map([TOTP, WEBAUTHN, OIDC].map((factor) => [factor.name, factor]))
const REFUSED = expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' })
const DEFAULTS = { maxAgeMs: 300_000, anyOf: [], allOf: [], strength: [], acr: [] }

/** Parses what a caller without types could write. */
function parse(options: unknown): () => unknown {
  return () => Reflect.apply(parseRequirement, undefined, [options, AVAILABLE])
}

describe('parseRequirement', () => {
  test('demands any strong factor of the last five minutes if nothing else is said, however it is not said', () => {
    const unsaid: StepUpOptions = {
      preset: undefined,
      maxAge: undefined,
      anyOf: undefined,
      allOf: undefined,
      phishingResistant: undefined,
      userVerified: undefined,
      deviceBound: undefined,
      acr: undefined,
      action: undefined,
      when: undefined,
      mode: undefined,
      name: undefined,
    }

    expect(parse({})()).toEqual(DEFAULTS)
    expect(parse(Object.create(null))()).toEqual(DEFAULTS)
    expect(parse(unsaid)()).toEqual(DEFAULTS)
    expect(parse({ phishingResistant: false, mode: 'enforce' })()).toEqual(DEFAULTS)
  })

  test('reads everything that a route can demand', () => {
    const options: StepUpOptions = {
      maxAge: '2m',
      anyOf: ['webauthn', 'webauthn'],
      phishingResistant: true,
      userVerified: true,
      deviceBound: true,
      name: 'keys.create',
    }

    expect(parseRequirement(options, AVAILABLE)).toEqual({
      maxAgeMs: 120_000,
      anyOf: ['webauthn'],
      allOf: [],
      strength: ['phishing_resistant', 'user_verified', 'device_bound'],
      acr: [],
    })
  })

  test('refuses a name it does not know and suggests the nearest one', () => {
    expect(parse({ maxage: '5m' })).toThrow(expect.objectContaining({ code: 'ERR_STEP_UP_OPTION' }))
    expect(parse({ maxage: '5m' })).toThrow('"maxAge"')
    expect(parse({ phishingResistent: true })).toThrow('"phishingResistant"')
    expect(parse({ anyof: ['totp'] })).toThrow('"anyOf"')
  })

  test('refuses times that are none, too long or not whole', () => {
    expect(parse({ maxAge: 300 })).toThrow(REFUSED)
    expect(parse({ maxAge: '' })).toThrow(REFUSED)
    expect(parse({ maxAge: '5' })).toThrow(REFUSED)
    expect(parse({ maxAge: '0s' })).toThrow(REFUSED)
    expect(parse({ maxAge: '-5m' })).toThrow(REFUSED)
    expect(parse({ maxAge: '1.5h' })).toThrow(REFUSED)
    expect(parse({ maxAge: '25h' })).toThrow(REFUSED)
    expect(parse({ maxAge: '5 m' })).toThrow(REFUSED)
    expect(parse({ maxAge: '24h' })()).toMatchObject({ maxAgeMs: 86_400_000 })
  })

  test('refuses lists of factors that are no lists, empty, unknown or not configured', () => {
    expect(parse({ anyOf: 'totp' })).toThrow(REFUSED)
    expect(parse({ anyOf: [] })).toThrow(REFUSED)
    expect(parse({ allOf: [] })).toThrow(REFUSED)
    expect(parse({ anyOf: ['TOTP'] })).toThrow(REFUSED)
    expect(parse({ allOf: ['totp', 'otp_sms'] })).toThrow(REFUSED)
    expect(parse({ anyOf: [undefined] })).toThrow(REFUSED)
    expect(parse({ anyOf: ['totp'], allOf: ['totp'] })).toThrow(REFUSED)
  })

  test('F-27 refuses switches that are neither true nor false, which would silently demand less', () => {
    expect(parse({ phishingResistant: 'yes' })).toThrow(REFUSED)
    expect(parse({ userVerified: 1 })).toThrow(REFUSED)
    expect(parse({ deviceBound: null })).toThrow(REFUSED)
  })

  test('F-19 refuses authentication contexts that are no list, empty, or asked of a factor that has none', () => {
    expect(parse({ acr: 'urn:example:mfa' })).toThrow(REFUSED)
    expect(parse({ acr: [] })).toThrow(REFUSED)
    expect(parse({ acr: [''] })).toThrow(REFUSED)
    expect(parse({ acr: ['high'], anyOf: ['totp'] })).toThrow(REFUSED)
    expect(parse({ acr: ['high'], allOf: ['oidc', 'totp'] })).toThrow(REFUSED)
    expect(parse({ acr: ['high'], anyOf: ['oidc', 'totp'] })()).toMatchObject({ acr: ['high'] })
  })

  test('refuses to ask a factor for a strength that it never shows', () => {
    expect(parse({ anyOf: ['totp'], phishingResistant: true })).toThrow(REFUSED)
    expect(parse({ allOf: ['totp', 'webauthn'], userVerified: true })).toThrow(REFUSED)
    expect(parse({ anyOf: ['totp', 'webauthn'], deviceBound: true })()).toMatchObject({ strength: ['device_bound'] })
  })

  test('refuses what only one of its factors could show of all that is asked', () => {
    expect(parse({ anyOf: ['oidc'], userVerified: true })).toThrow(REFUSED)
    expect(parse({ anyOf: ['oidc', 'webauthn'], userVerified: true })()).toMatchObject({ strength: ['user_verified'] })
    expect(parse({ anyOf: ['oidc'], acr: ['high'], phishingResistant: true })()).toMatchObject({ acr: ['high'] })
  })

  test('refuses functions, modes and names that are none', () => {
    expect(parse({ action: { name: 'transfer' } })).toThrow(REFUSED)
    expect(parse({ when: true })).toThrow(REFUSED)
    expect(parse({ mode: 'off' })).toThrow(REFUSED)
    expect(parse({ name: 'Transfer money' })).toThrow(REFUSED)
    expect(parse({ name: '' })).toThrow(REFUSED)
    expect(parse({ name: 'n'.repeat(65) })).toThrow(REFUSED)
    expect(parse({ name: 5 })).toThrow(REFUSED)
  })

  test('refuses options that are no object', () => {
    expect(parse(null)).toThrow(REFUSED)
    expect(parse('5m')).toThrow(REFUSED)
  })

  test('is typed so that a misspelt option does not compile', () => {
    expectTypeOf<StepUpOptions>().not.toHaveProperty('maxage')
    // @ts-expect-error an option that does not exist
    expect(() => parseRequirement({ maxage: '5m' }, AVAILABLE)).toThrow(REFUSED)
  })
})

describe('canSatisfy', () => {
  test('asks each factor only for what it may show at best, and only the identity provider for a context', () => {
    const plain = parseRequirement({}, AVAILABLE)
    const resistant = parseRequirement({ phishingResistant: true }, AVAILABLE)
    const verified = parseRequirement({ userVerified: true }, AVAILABLE)
    const high = parseRequirement({ acr: ['high'] }, AVAILABLE)
    const all = [plain, resistant, verified, high]
    const able = [TOTP, WEBAUTHN, OIDC].map((factor) => all.map((requirement) => canSatisfy(requirement, factor)))

    expect(able).toEqual([
      [true, false, false, false],
      [true, true, true, false],
      [true, true, false, true],
    ])
  })

  test('takes what a factor always shows for the best that it may show, unless it says more', () => {
    const resistant = parseRequirement({ phishingResistant: true }, AVAILABLE)
    const verified = parseRequirement({ userVerified: true }, AVAILABLE)
    const { mayShow: _unsaid, ...plain } = WEBAUTHN

    expect([canSatisfy(resistant, plain), canSatisfy(verified, plain)]).toEqual([true, false])
  })
})
