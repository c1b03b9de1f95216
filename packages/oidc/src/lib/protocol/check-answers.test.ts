import { describe, expect, test } from 'vitest'
import { judgeTokenAnswer, judgeUserInfo } from './check-answers.ts'

const EXPECTED = { issuer: 'https://id.example', clientId: 'client', algorithms: ['ES256'], dpop: false }
const CLAIMS = { iss: 'https://id.example', sub: 'ada', aud: 'client', exp: 2, iat: 1, nonce: 'n' }

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const token = (claims: object = CLAIMS, header: object = { alg: 'ES256', kid: 'k1' }): string =>
  `${encode(header)}.${encode(claims)}.c2ln`
const TOKENS = { access_token: 'a', token_type: 'Bearer', id_token: token() }

const answer = (body: unknown, type = 'application/json'): Response =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { headers: { 'content-type': type } })
const code = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : error)
const tokenCode = (body: unknown, expected: object = {}): Promise<unknown> =>
  judgeTokenAnswer(answer(body), { ...EXPECTED, ...expected }).then(() => 'passes', code)
const userInfoCode = (body: unknown, type?: string): Promise<unknown> =>
  judgeUserInfo(answer(body, type), EXPECTED).then(() => 'passes', code)

describe('judgeTokenAnswer', () => {
  test('gives the header of the ID token, and leaves the answer to be read again', async () => {
    const given = answer({ ...TOKENS, refresh_token: 'r', scope: 'openid', expires_in: '3600', other: [{}] })

    expect(await judgeTokenAnswer(given, EXPECTED)).toEqual({ alg: 'ES256', kid: 'k1' })
    expect(await given.json()).toMatchObject(TOKENS)
  })

  test('refuses members of another type', async () => {
    const wrong = [
      { access_token: undefined },
      { access_token: '' },
      { access_token: 1 },
      { access_token: 'a b' },
      { access_token: 'a'.repeat(65_537) },
      { token_type: undefined },
      { token_type: ['Bearer'] },
      { token_type: 'mac' },
      { refresh_token: {} },
      { scope: ['openid'] },
      { error: 'invalid_grant' },
      { expires_in: -1 },
      { expires_in: '1h' },
      { expires_in: null },
      { expires_in: 1e300 },
    ]

    const codes = await Promise.all(wrong.map((members) => tokenCode({ ...TOKENS, ...members })))

    expect(codes).toEqual(wrong.map(() => 'ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('DPOP-02 takes a bound token where one was asked for, and a bearer’s where not', async () => {
    const bound = { ...TOKENS, token_type: 'DPoP' }

    expect([await tokenCode(bound, { dpop: true }), await tokenCode(TOKENS, { dpop: true })]).toEqual([
      'passes',
      'ERR_OIDC_PROVIDER_RESPONSE',
    ])
    expect(await tokenCode(bound)).toBe('ERR_OIDC_PROVIDER_RESPONSE')
  })

  test('wants an ID token of three parts', async () => {
    const wrong = [undefined, null, 1, [token()], { token: token() }, '', 'a.b', `${token()}.c.d`]

    const codes = await Promise.all(wrong.map((one) => tokenCode({ ...TOKENS, id_token: one })))

    expect(codes).toEqual(wrong.map(() => 'ERR_OIDC_TOKEN'))
  })

  test('OIDC-IDT-17 says which claim is missing or of another type, before the library would', async () => {
    const changed = (claims: object): Promise<unknown> =>
      tokenCode({ ...TOKENS, id_token: token({ ...CLAIMS, ...claims }) })

    expect([await changed({ iss: 1 }), await changed({ sub: undefined }), await changed({ aud: [1] })]).toEqual([
      'ERR_OIDC_ISSUER',
      'ERR_OIDC_SUBJECT',
      'ERR_OIDC_AUDIENCE',
    ])
    expect([await changed({ exp: '1' }), await changed({ nonce: null }), await changed({ auth_time: '1' })]).toEqual([
      'ERR_OIDC_TOKEN',
      'ERR_OIDC_NONCE',
      'ERR_OIDC_AUTH_TIME',
    ])
  })

  test('refuses what says something twice, or is no JSON object', async () => {
    const twice = JSON.stringify(TOKENS).replace('{', `{"id_token":"${token()}",`)
    const wrong = [twice, JSON.stringify([TOKENS]), '', '<html>', 'null']

    const codes = await Promise.all(wrong.map((body) => tokenCode(body)))

    expect(codes).toEqual(wrong.map(() => 'ERR_OIDC_PROVIDER_RESPONSE'))
    expect(await judgeTokenAnswer(answer(TOKENS, 'text/html'), EXPECTED).catch(code)).toBe('ERR_OIDC_PROVIDER_RESPONSE')
  })
})

describe('judgeUserInfo', () => {
  test('takes JSON about somebody', async () => {
    const wrong = [
      {},
      { sub: 1 },
      { sub: ['ada'] },
      '[]',
      '{"sub":"ada","sub":"ben"}',
      '{"sub":"ada","a":{"b":1,"b":2}}',
    ]

    expect(await userInfoCode({ sub: 'ada' })).toBe('passes')
    expect(await Promise.all(wrong.map((body) => userInfoCode(body)))).toEqual(wrong.map(() => 'ERR_OIDC_USERINFO'))
    expect(await userInfoCode({ sub: 'ada' }, 'text/html')).toBe('ERR_OIDC_USERINFO')
  })

  test('OIDC-IDT-15 takes a signed answer of this issuer, for this client', async () => {
    const jwt = (claims: object, header?: object): Promise<unknown> =>
      userInfoCode(token({ ...CLAIMS, ...claims }, header), 'application/jwt')

    expect(await jwt({})).toBe('passes')
    const wrong = [{ iss: 'https://other.example' }, { iss: undefined }, { aud: 'other' }, { aud: ['client', 'other'] }]
    expect(await Promise.all([...wrong, { aud: undefined }, { sub: 1 }].map((claims) => jwt(claims)))).toEqual(
      Array.from({ length: 6 }, () => 'ERR_OIDC_USERINFO'),
    )
    const headers = [{ alg: 'none' }, { alg: 'HS256' }, { alg: 'ES256', crit: ['a'] }, { alg: 'ES256', typ: 'at+jwt' }]
    expect(await Promise.all(headers.map((header) => jwt({}, header)))).toEqual(headers.map(() => 'ERR_OIDC_USERINFO'))
  })
})
