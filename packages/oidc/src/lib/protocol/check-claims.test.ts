import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkClaims } from './check-claims.ts'
import type { Expectation } from './check-claims.ts'

const NOW = Date.UTC(2026, 0, 1)
const SECONDS = NOW / 1000
const EXPECTED: Expectation = {
  issuer: 'https://id.example',
  clientId: 'client',
  nonce: 'the-nonce',
  algorithms: ['ES256', 'EdDSA'],
  levelClaim: 'acr',
  startedAt: NOW - 60_000,
  now: NOW,
}
const CLAIMS = {
  iss: 'https://id.example',
  sub: 'ada',
  aud: 'client',
  nonce: 'the-nonce',
  iat: SECONDS,
  exp: SECONDS + 300,
}

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

  test('OIDC-IDT-02 compares the issuer character by character', () => {
    const issuers = [
      'https://id.example',
      'https://id.example/',
      'https://ID.example',
      ['https://id.example'],
      undefined,
    ]

    const judged = issuers.map((iss) => judge({ iss }))

    expect(judged).toEqual(['passes', ...Array.from({ length: 4 }, () => 'ERR_OIDC_ISSUER')])
  })

  test('OIDC-IDT-04 takes a token that was made for another client for no token of ours', () => {
    expect(judge({ azp: 'client' })).toBe('passes')
    expect([judge({ azp: 'other' }), judge({ azp: ['client'] }), judge({ azp: '' })]).toEqual(
      Array.from({ length: 3 }, () => 'ERR_OIDC_AUDIENCE'),
    )
  })

  test('OIDC-IDT-09 compares the nonce character by character', () => {
    const nonces = ['the-nonce', 'The-nonce', 'the-nonce ', '', ['the-nonce'], undefined, null]

    const judged = nonces.map((nonce) => judge({ nonce }) === 'passes')

    expect(judged).toEqual([true, false, false, false, false, false, false])
  })

  test('OIDC-IDT-07 tolerates a token that is past its time by less than 30 seconds', () => {
    expect([judge({ exp: SECONDS - 29 }), judge({ exp: SECONDS - 30 })]).toEqual(['passes', 'ERR_OIDC_TOKEN_EXPIRED'])
  })

  test('tolerates a token that counts from 30 seconds ahead, and no more', () => {
    expect([judge({ nbf: SECONDS + 30 }), judge({ nbf: SECONDS + 31 })]).toEqual(['passes', 'ERR_OIDC_TOKEN_TIME'])
  })

  test('OIDC-IDT-17 wants times that are numbers of our calendar', () => {
    const wrong = ['1', null, [SECONDS], Number.POSITIVE_INFINITY, Number.NaN, -1, SECONDS * 1000]

    expect(wrong.map((exp) => judge({ exp }))).toEqual(wrong.map(() => 'ERR_OIDC_TOKEN'))
    expect(wrong.map((iat) => judge({ iat }))).toEqual(wrong.map(() => 'ERR_OIDC_TOKEN'))
    expect(wrong.map((nbf) => judge({ nbf }))).toEqual(wrong.map(() => 'ERR_OIDC_TOKEN'))
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
    expect(judge({ auth_time: began - 31 }, { prompt: 'consent login' })).toBe('ERR_OIDC_AUTH_TIME')
    expect(judge({ auth_time: began - 31 }, { maxAge: 3_600 })).toBe('passes')
  })

  test('OIDC-IDT-11 counts the age that was asked for from when it was asked', () => {
    const began = SECONDS - 60

    expect(judge({ auth_time: began - 330 }, { maxAge: 300 })).toBe('passes')
    expect(judge({ auth_time: began - 331 }, { maxAge: 300 })).toBe('ERR_OIDC_AUTH_TIME')
  })

  test('OIDC-IDT-10 wants one of the asked-for levels, literally', () => {
    const acrValues = ['silver', 'gold']
    const levels = ['gold', 'silver', 'Gold', 'gold silver', undefined, ['gold'], 2]

    const judged = levels.map((acr) => judge({ acr }, { acrValues }) === 'passes')

    expect(judged).toEqual([true, true, false, false, false, false, false])
  })

  test('OIDC-IDT-10 looks at all levels and methods, and takes a token with more than a hundred for malformed', () => {
    const entra = { acrValues: ['c100'], levelClaim: 'acrs' } as const
    const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `c${index + 1}`)

    expect(judge({ acrs: many(100) }, entra)).toBe('passes')
    expect(judge({ acrs: many(101) }, entra)).toBe('ERR_OIDC_TOKEN')
    expect(judge({ amr: many(101) })).toBe('ERR_OIDC_TOKEN')
  })

  test('OIDC-IDT-10 looks for the level among acrs where the provider says it there', () => {
    const entra = { acrValues: ['c1', 'c2'], levelClaim: 'acrs' } as const
    const levels = [['c2'], ['c0', 'c1'], ['c0'], [], 'c1', [['c1']], undefined]

    const judged = levels.map((acrs) => judge({ acrs }, entra) === 'passes')

    expect(judged).toEqual([true, true, false, false, false, false, false])
    expect(judge({ acr: 'c1' }, entra)).toBe('ERR_OIDC_ACR')
    expect(judge({ acrs: ['c1'] }, { acrValues: ['c1'] })).toBe('ERR_OIDC_ACR')
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

  test('OIDC-IDT-17 passes nothing that a naive reading of the specification refuses, and refuses by its codes alone', () => {
    const text = fc.constantFrom('client', 'other', 'https://id.example', 'ada', 'the-nonce', 'gold', '')
    const time = fc.integer({ min: -400, max: 400 }).map((offset) => SECONDS + offset)
    const value = fc.oneof(text, time, fc.array(text, { maxLength: 2 }), fc.jsonValue({ maxDepth: 1 }))
    const asked = fc.record({
      maxAge: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined }),
      prompt: fc.constantFrom(undefined, 'login', 'consent'),
      acrValues: fc.constantFrom(undefined, [], ['gold', 'client']),
      levelClaim: fc.constantFrom('acr' as const, 'acrs' as const),
    })

    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 3 }), asked, (changed, wanted) => {
        const verdict = judge(changed, wanted)

        expect(verdict).toEqual(expect.stringMatching(/^(?:passes|ERR_OIDC_)/))
        const refused = refusedBySpecification({ ...CLAIMS, ...changed }, wanted)
        expect(verdict === 'passes' ? refused : undefined).toBeUndefined()
      }),
      { numRuns: 2_000 },
    )
  })
})

const NAMES = ['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'nonce', 'auth_time', 'acr', 'acrs', 'at_hash'] as const

/** OpenID Connect Core §3.1.3.7, read aloud; the first rule that is broken. */
function refusedBySpecification(
  claims: Readonly<Record<string, unknown>>,
  { maxAge, prompt, acrValues = [], levelClaim }: Partial<Expectation>,
): string | undefined {
  const isNumber = (value: unknown): value is number => typeof value === 'number'
  const { aud, azp, exp, iat, nbf, auth_time: at, acr, acrs, at_hash: hash } = claims
  const levels: unknown = levelClaim === 'acrs' ? acrs : [acr]
  const rules: Readonly<Record<string, boolean>> = {
    iss: claims['iss'] === 'https://id.example',
    sub: typeof claims['sub'] === 'string' && claims['sub'] !== '',
    aud: aud === 'client' || (Array.isArray(aud) && aud.length === 1 && aud[0] === 'client'),
    azp: azp === undefined || azp === 'client',
    exp: isNumber(exp) && exp > SECONDS - 30,
    iat: isNumber(iat) && iat <= SECONDS + 30 && iat >= SECONDS - 360,
    nbf: nbf === undefined || (isNumber(nbf) && nbf <= SECONDS + 30),
    nonce: claims['nonce'] === 'the-nonce',
    future: at === undefined || (isNumber(at) && at <= SECONDS + 30),
    age: maxAge === undefined || (isNumber(at) && at >= SECONDS - 60 - maxAge - 30),
    login: prompt !== 'login' || (isNumber(at) && at >= SECONDS - 90),
    level: acrValues.length === 0 || (Array.isArray(levels) && levels.some((one) => acrValues.includes(one))),
    hash: hash === undefined,
  }
  return Object.entries(rules).find(([, isMet]) => !isMet)?.[0]
}
