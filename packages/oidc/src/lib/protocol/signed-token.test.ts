import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSignedToken } from './signed-token.ts'

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const token = (header: unknown, claims: unknown = { sub: 'ada' }, signature = 'c2ln'): string =>
  `${encode(header)}.${encode(claims)}.${signature}`

/** The code that refuses a token, or `passes`. */
function judge(text: unknown): unknown {
  try {
    readSignedToken(text, ['ES256', 'RS256'])
    return 'passes'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

const codes = (tokens: readonly unknown[]): readonly unknown[] => tokens.map(judge)
const all = (tokens: readonly unknown[], code: string): readonly unknown[] => tokens.map(() => code)

describe('readSignedToken', () => {
  test('gives header and claims of a plain token', () => {
    expect(readSignedToken(token({ alg: 'ES256', kid: 'k1', typ: 'JWT' }), ['ES256'])).toEqual({
      header: { alg: 'ES256', kid: 'k1' },
      claims: { sub: 'ada' },
    })
  })

  test('OIDC-IDT-06 takes the allowed algorithms, written as they are', () => {
    const wrong = ['none', 'None', 'nOnE', 'HS256', 'es256', 'ES256 ', '', null, ['ES256']]
    const tokens = wrong.map((alg) => token({ alg }, {}, ''))

    expect(codes(tokens)).toEqual(all(tokens, 'ERR_OIDC_ALGORITHM'))
    expect(judge(token({}))).toBe('ERR_OIDC_ALGORITHM')
  })

  test('refuses extensions of the signature that it does not know', () => {
    const tokens = [{ crit: ['exp'], exp: 1 }, { crit: [] }, { b64: false, crit: ['b64'] }, { b64: false }, { b64: 1 }]
    const signed = tokens.map((members) => token({ alg: 'ES256', ...members }))

    expect(codes(signed)).toEqual(all(signed, 'ERR_OIDC_TOKEN'))
  })

  test('refuses a token of another kind', () => {
    const typed = ['logout+jwt', 'at+jwt', 'dpop+jwt', 'JOSE', '', 1, ['JWT']].map((typ) =>
      token({ alg: 'ES256', typ }),
    )

    expect(codes(typed)).toEqual(all(typed, 'ERR_OIDC_TOKEN'))
    expect(codes(['jwt', 'JWT', 'application/jwt'].map((typ) => token({ alg: 'ES256', typ })))).toEqual(
      Array.from({ length: 3 }, () => 'passes'),
    )
  })

  test('refuses names of keys that are none, without asking anybody for them', () => {
    const named = [1, null, ['k1'], 'k'.repeat(257)].map((kid) => token({ alg: 'ES256', kid }))

    expect(codes(named)).toEqual(all(named, 'ERR_OIDC_SIGNATURE'))
  })

  test('refuses everything that is not three parts of base64url in the one way to write them', () => {
    const good = token({ alg: 'ES256' })
    const [head = '', body = '', signature = ''] = good.split('.')
    const wrong = [
      '',
      'a',
      'a.b',
      `${good}.`,
      `${good}.a`,
      `${good}.a.b`,
      `${good} ${good}`.replace(' ', '.'),
      `${head}=.${body}.${signature}`,
      `${head}.${body}==.${signature}`,
      `${head} .${body}.${signature}`,
      `.${body}.${signature}`,
      `${head}..${signature}`,
      1,
      null,
      undefined,
      [good],
    ]

    expect(codes(wrong)).toEqual(all(wrong, 'ERR_OIDC_TOKEN'))
  })

  test('refuses a signature that is missing, padded, followed by something, or in another alphabet', () => {
    const wrong = ['c2ln=', 'c2ln\n', 'c2ln!', 'c2lnA', 'c+/n'].map((one) => token({ alg: 'ES256' }, {}, one))

    expect(codes(wrong)).toEqual(all(wrong, 'ERR_OIDC_TOKEN'))
    expect(judge(token({ alg: 'ES256' }, {}, ''))).toBe('ERR_OIDC_SIGNATURE')
  })

  test('OIDC-IDT-17 refuses header and claims that two parsers could read differently', () => {
    const wrong = [
      token('{"alg":"ES256","alg":"none"}'),
      token({ alg: 'ES256' }, '{"sub":"ada","sub":"ben"}'),
      token({ alg: 'ES256' }, '{"nonce":"a","n\\u006fnce":"b"}'),
      token({ alg: 'ES256' }, '["sub"]'),
      token('null'),
      `${encode({ alg: 'ES256' })}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.c2ln`,
    ]

    expect(codes(wrong)).toEqual(all(wrong, 'ERR_OIDC_TOKEN'))
  })

  test('ends in its own codes whatever comes', () => {
    const part = fc.oneof(fc.string(), fc.base64String(), fc.jsonValue().map(encode))

    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        expect(judge(parts.join('.'))).toEqual(expect.stringMatching(/^(?:passes|ERR_OIDC_)/))
      }),
    )
  })
})
