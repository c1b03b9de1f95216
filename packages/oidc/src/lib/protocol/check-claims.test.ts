import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkClaims } from './check-claims.ts'
import type { Expectation } from './check-claims.ts'

const NOW = Date.UTC(2026, 0, 1)
const SECONDS = NOW / 1000
const EXPECTED: Expectation = { clientId: 'client', algorithms: ['ES256', 'EdDSA'], startedAt: NOW - 60_000, now: NOW }
const CLAIMS = { sub: 'ada', aud: 'client', iat: SECONDS }

/** The code that refuses a token with these claims, or `passes`. */
function judge(claims: object, expected: Partial<Expectation> = {}, alg = 'ES256'): unknown {
  try {
    checkClaims(
      { header: { alg }, claims: { ...CLAIMS, ...claims }, accessToken: 'access' },
      { ...EXPECTED, ...expected },
    )
    return 'passes'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

describe('checkClaims', () => {
  test('passes a plain token', () => {
    expect(judge({})).toBe('passes')
  })

  test('F-23 C-10 allows the configured algorithms only', () => {
    expect(judge({}, {}, 'RS256')).toBe('ERR_OIDC_ALGORITHM')
  })

  test('OIDC-IDT-13 takes 1 to 255 visible ASCII characters for a subject', () => {
    const subjects = ['a', 's'.repeat(255), '', 's'.repeat(256), 'a b', 'é', 'a\n', 1, null]

    const judged = subjects.map((sub) => judge({ sub }) === 'passes')

    expect(judged).toEqual([true, true, false, false, false, false, false, false, false])
  })

  test('OIDC-IDT-03 takes this client alone for an audience, as text or as a list of one', () => {
    const audiences = ['client', ['client'], ['client', 'other'], ['client', 'client'], [], 'Client', 'client ', null]

    const judged = audiences.map((aud) => judge({ aud }) === 'passes')

    expect(judged).toEqual([true, true, false, false, false, false, false, false])
  })

  test('OIDC-IDT-08 tolerates a clock that is 30 seconds ahead, and no more', () => {
    expect([judge({ iat: SECONDS + 30 }), judge({ iat: SECONDS + 31 })]).toEqual(['passes', 'ERR_OIDC_TOKEN_TIME'])
  })

  test('OIDC-IDT-08 tolerates a token made up to 5 minutes before the sign-in began', () => {
    const began = SECONDS - 60

    expect([judge({ iat: began - 300 }), judge({ iat: began - 301 })]).toEqual(['passes', 'ERR_OIDC_TOKEN_TIME'])
  })

  test('OIDC-IDT-11 wants an auth_time that is a number whenever an age was asked', () => {
    const wrong = [undefined, '1', 1.5, null, Number.NaN]

    expect(wrong.map((authTime) => judge({ auth_time: authTime }, { maxAge: 60 }))).toEqual(
      wrong.map(() => 'ERR_OIDC_AUTH_TIME'),
    )
  })

  test('wants a sign-in after the start when prompt=login or max_age=0 was asked', () => {
    const began = SECONDS - 60

    expect(judge({ auth_time: began }, { prompt: 'login' })).toBe('passes')
    expect(judge({ auth_time: began - 31 }, { prompt: 'login' })).toBe('ERR_OIDC_AUTH_TIME')
    expect(judge({ auth_time: began - 31 }, { maxAge: 0 })).toBe('ERR_OIDC_AUTH_TIME')
    expect(judge({ auth_time: began - 31 }, { maxAge: 3_600 })).toBe('passes')
  })

  test('OIDC-IDT-10 wants one of the asked-for levels, literally', () => {
    const acrValues = ['silver', 'gold']
    const levels = ['gold', 'silver', 'Gold', 'gold silver', undefined, ['gold'], 2]

    const judged = levels.map((acr) => judge({ acr }, { acrValues }) === 'passes')

    expect(judged).toEqual([true, true, false, false, false, false, false])
  })

  test('asks for no level when none was asked for', () => {
    expect([judge({ acr: 'anything' }), judge({}, { acrValues: [] })]).toEqual(['passes', 'passes'])
  })

  test('OIDC-IDT-12 compares at_hash with the half of the right hash', () => {
    const half = (name: string): string => {
      const whole = createHash(name).update('access').digest()
      return whole.subarray(0, whole.length / 2).toString('base64url')
    }

    expect(judge({ at_hash: half('sha256') })).toBe('passes')
    expect(judge({ at_hash: half('sha512') }, {}, 'EdDSA')).toBe('passes')
    expect(judge({ at_hash: half('sha512') })).toBe('ERR_OIDC_TOKEN_HASH')
    expect(judge({ at_hash: half('sha256').slice(1) })).toBe('ERR_OIDC_TOKEN_HASH')
    expect(judge({ at_hash: 1 })).toBe('ERR_OIDC_TOKEN_HASH')
  })

  test('never throws anything but its own errors, whatever the claims hold', () => {
    const names = fc.constantFrom('sub', 'aud', 'iat', 'auth_time', 'acr', 'amr', 'at_hash')

    fc.assert(
      fc.property(fc.dictionary(names, fc.anything()), (claims) => {
        expect(judge(claims, { maxAge: 60, acrValues: ['a'] })).toEqual(expect.stringMatching(/^(?:passes|ERR_OIDC_)/))
      }),
    )
  })
})
