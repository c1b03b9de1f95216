import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkResponse } from './check-response.ts'

const ISSUER = 'https://id.example'
const GOOD = 'code=abc&state=s&iss=https%3A%2F%2Fid.example'

/** The code that refuses a response, or `passes`. */
function judge(query: string, announced = true): unknown {
  try {
    checkResponse(new URLSearchParams(query), { expected: ISSUER, announced })
    return 'passes'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

/** The one code that refuses all of these, or all that is said of them. */
function refusal(queries: readonly string[]): unknown {
  const verdicts = [...new Set(queries.map((query) => judge(query)))]
  return verdicts.length === 1 ? verdicts[0] : verdicts
}

describe('checkResponse', () => {
  test('passes a code of the issuer that was asked', () => {
    expect([judge(GOOD), judge(`${GOOD}&session_state=1&scope=openid`)]).toEqual(['passes', 'passes'])
  })

  test('ISS-03 v5.0.0-15.3.7 takes every parameter once, known or not', () => {
    expect(
      refusal(
        ['code=abc', 'state=s', 'iss=https%3A%2F%2Fid.example', 'other=1&other=1', 'error=a&error=b'].map(
          (more) => `${GOOD}&${more}`,
        ),
      ),
    ).toBe('ERR_OIDC_RESPONSE')
  })

  test('BCP-01 refuses tokens in the address, and wrapped responses', () => {
    const names = ['id_token', 'access_token', 'token', 'token_type', 'response']

    expect(refusal(names.map((name) => `${GOOD}&${name}=`))).toBe('ERR_OIDC_RESPONSE')
  })

  test('ISS-01 compares the issuer character by character, announced or not, in errors too', () => {
    const issuers = ['https://id.example/', 'https://ID.example', 'https%3a//id.example:443', '', 'null']

    expect(refusal(issuers.map((iss) => `code=abc&state=s&iss=${iss}`))).toBe('ERR_OIDC_RESPONSE_ISSUER')
    expect(judge('code=abc&state=s&iss=https://other.example', false)).toBe('ERR_OIDC_RESPONSE_ISSUER')
    expect(judge('error=access_denied&state=s&iss=https://other.example')).toBe('ERR_OIDC_RESPONSE_ISSUER')
  })

  test('ISS-02 misses the issuer only where it was promised', () => {
    expect([judge('code=abc&state=s'), judge('code=abc&state=s', false)]).toEqual([
      'ERR_OIDC_RESPONSE_ISSUER',
      'passes',
    ])
  })

  test('takes a code of 1 to 4,096 printable characters', () => {
    const codes = ['a'.repeat(4_096), 'a b~', '', 'a'.repeat(4_097), 'a%0D%0Ab', 'a%00', '%C3%A9']

    expect(codes.map((code) => judge(`code=${code}&iss=${ISSUER}`) === 'passes')).toEqual([
      true,
      true,
      ...Array.from({ length: 5 }, () => false),
    ])
  })

  test('OIDC-REQ-05 OIDC-REQ-07 knows an error by its name alone, and refuses what stands beside it', () => {
    const code = (error: string): unknown => judge(`error=${error}&iss=${ISSUER}&code=abc&error_description=%3Cb%3E`)

    expect([code('access_denied'), code('server_error'), code('unmet_authentication_requirements')]).toEqual([
      'ERR_OIDC_DENIED',
      'ERR_OIDC_PROVIDER_UNAVAILABLE',
      'ERR_OIDC_ACR',
    ])
    const silent = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']
    expect(silent.map(code)).toEqual(silent.map(() => 'ERR_OIDC_INTERACTION_REQUIRED'))
    const others = ['invalid_request', '%3Cscript%3E', '', 'toString', '__proto__']
    expect(others.map(code)).toEqual(others.map(() => 'ERR_OIDC_PROVIDER_REFUSED'))
  })

  test('ISS-01 ISS-02 ISS-03 passes nothing but one code of the issuer, whatever the query is', () => {
    const name = fc.constantFrom('code', 'state', 'iss', 'error', 'response', 'id_token', 'x')
    const value = fc.oneof(fc.constantFrom(ISSUER, 'abc', ''), fc.string())
    const entries = fc.array(fc.tuple(name, value), { maxLength: 5 })

    fc.assert(
      fc.property(entries, fc.boolean(), (pairs, announced) => {
        const given = (one: string): readonly string[] => pairs.filter(([key]) => key === one).map(([, text]) => text)
        const verdict = judge(new URLSearchParams(pairs).toString(), announced)

        expect(verdict).toEqual(expect.stringMatching(/^(?:passes|ERR_OIDC_)/))
        if (verdict !== 'passes') return
        expect([given('code').length, given('error'), given('response'), given('id_token')]).toEqual([1, [], [], []])
        expect(given('iss')).toEqual(announced || given('iss').length > 0 ? [ISSUER] : [])
      }),
      { numRuns: 1_000 },
    )
  })
})
