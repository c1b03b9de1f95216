import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { Configuration, customFetch } from 'openid-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDropInWorld } from '../../test/drop-in-world.ts'
import { MFA, openTwoProviders } from '../../test/two-providers-world.ts'
import { resolveAuthorizationParams } from './authorization-params.ts'
import { requestParameters, sendRequest } from './protocol/authorization-request.ts'
import { readClientKey } from './protocol/client-key.ts'
import type { ServerMetadata } from 'openid-client'
import type { TwoProvidersWorld } from '../../test/two-providers-world.ts'
import type { AuthorizationParams } from './authorization-params.ts'

const refused: unknown = expect.objectContaining({ name: 'OidcError', code: 'ERR_OIDC_OPTION' })

/** Judges as untyped code would have it judged. */
const judge = (given: unknown, configured?: AuthorizationParams): AuthorizationParams | undefined =>
  Reflect.apply(resolveAuthorizationParams, undefined, [given, configured])
const isRefused = (given: unknown): boolean => {
  try {
    judge(given)
    return false
  } catch (error) {
    return Reflect.get(Object(error), 'code') === 'ERR_OIDC_OPTION'
  }
}
const many = (count: number, name = 'x'): AuthorizationParams =>
  Object.fromEntries(Array.from({ length: count }, (_, one) => [`${name}${one}`, 'y']))

describe('resolveAuthorizationParams', () => {
  test('takes what providers have of their own', () => {
    const params = {
      hd: 'shop.example',
      domain_hint: 'shop.example',
      kc_idp_hint: 'github',
      organization: 'org_1',
      connection: 'Username-Password',
      audience: 'https://api.shop.example/',
      resource: 'urn:example:api',
      'ext-theme': 'dunkel & grün',
      'https.example:x': '1',
    }

    expect(judge(params)).toEqual(params)
    expect([judge(undefined), judge({})]).toEqual([undefined, {}])
  })

  test('refuses all that is sent or judged here, in capitals too', () => {
    const names =
      'response_type response_mode client_id redirect_uri scope state nonce code_challenge code_challenge_method request ' +
      'request_uri acr_values max_age prompt login_hint ui_locales display claims id_token_hint registration dpop_jkt ' +
      'client_assertion client_assertion_type client_secret code_verifier iss sub aud exp nbf iat jti'

    expect(names.split(' ').filter((name) => !isRefused({ [name]: '1' }))).toEqual([])
    expect(names.split(' ').filter((name) => !isRefused({ [name.toUpperCase()]: '1' }))).toEqual([])
  })

  test('refuses names that are none', () => {
    const names = ['', '1st', '_x', 'a b', 'a=b', 'a&b', 'a\n', 'ä', '__proto__', `a${'b'.repeat(64)}`]

    expect(names.filter((name) => !isRefused(Object.fromEntries([[name, '1']])))).toEqual([])
    expect(isRefused({ [`a${'b'.repeat(63)}`]: '1' })).toBe(false)
  })

  test('refuses values that are no printable text of up to 512 characters', () => {
    const values = [
      '',
      'a\nb',
      'a\u0000',
      '\u202Eabc',
      '\ud800',
      '\u2028',
      'a'.repeat(513),
      1,
      true,
      null,
      undefined,
      ['a'],
    ]

    expect(values.filter((value) => !isRefused({ hd: value }))).toEqual([])
    expect(isRefused({ hd: 'a'.repeat(512) })).toBe(false)
  })

  test('refuses more than sixteen, those of one request and the configured ones together', () => {
    expect(() => judge(many(17))).toThrow(refused)
    expect(() => judge(many(9), many(8, 'z'))).toThrow(refused)
    expect(Object.keys(judge(many(8), many(8, 'z')) ?? {})).toHaveLength(16)
    expect(judge(many(16), many(16))).toEqual(many(16))
  })

  test('refuses what is no object of texts', () => {
    expect([[], 'hd=shop.example', null, 7, ['hd']].filter((given) => !isRefused(given))).toEqual([])
  })

  test('keeps a copy: what the application does to its own object later is nothing', () => {
    const own: Record<string, string> = { hd: 'shop.example' }
    const kept = judge(own)
    own['state'] = 'mine'

    expect(kept).toEqual({ hd: 'shop.example' })
  })

  test('v5.0.0-16.5.1 quotes no value', () => {
    expect(() => judge({ connection: 'hunter2\n' })).toThrow(expect.not.stringContaining('hunter2'))
    expect(() => judge({ state: 'hunter2' })).toThrow('takes no "state"')
  })
})

const ISSUER = 'https://id.example'
const FORMS: readonly Partial<ServerMetadata>[] = [
  {},
  { pushed_authorization_request_endpoint: `${ISSUER}/par` },
  { request_parameter_supported: true, request_object_signing_alg_values_supported: ['ES256'] },
]
const requestKey = readClientKey('requestKey', { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey })

/** What a provider is asked in the end, in whichever form it takes requests. */
async function askedIn(form: Partial<ServerMetadata>, params: AuthorizationParams | undefined): Promise<object> {
  const metadata = { issuer: ISSUER, authorization_endpoint: `${ISSUER}/auth`, ...form }
  const configuration = new Configuration(metadata, 'client')
  let pushed: URLSearchParams | undefined
  configuration[customFetch] = async (_url, { body }) => {
    pushed = body instanceof URLSearchParams ? body : undefined
    return Response.json({ request_uri: 'urn:example:1', expires_in: 60 }, { status: 201 })
  }
  const parameters = ask(params)
  const { url } = await sendRequest(configuration, { pushedRequests: 'when_offered', requestKey }, parameters)
  const sent = pushed ?? new URL(url).searchParams
  const signed = sent.get('request')?.split('.')[1]
  const inside: unknown = signed && JSON.parse(Buffer.from(signed, 'base64url').toString())
  const { jti: _, exp: __, nbf: ___, iat: ____, ...lasting } = Object(inside)
  return signed === undefined ? Object.fromEntries(sent) : { ...Object.fromEntries(sent), ...lasting, request: '' }
}

function ask(authorizationParams: AuthorizationParams | undefined): Readonly<Record<string, string>> {
  const asked = { prompt: 'login', maxAge: 60, acrValues: ['high'], loginHint: 'ada', display: 'page', uiLocales: 'de' }
  const sent = { state: 's', nonce: 'n', challenge: 'c', redirectUri: 'https://app.example/auth/callback' }
  return requestParameters({ ...asked, scope: ['email'], authorizationParams }, sent, 'acr')
}

describe('the request with further parameters', () => {
  const ours = [
    ...Object.keys(ask(undefined)),
    'client_id',
    'iss',
    'aud',
    'request',
    'request_uri',
    'jti',
    'exp',
    'claims',
  ]
  const wild = (name: string): fc.Arbitrary<string> =>
    fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }).map((capitals) =>
      name
        .split('')
        .map((one, place) => (capitals[place] === true ? one.toUpperCase() : one))
        .join(''),
    )
  const name = fc.oneof(
    fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_:.-]{0,20}$/),
    fc.constantFrom(...ours),
    fc.constantFrom(...ours).chain(wild),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'then', 'hd', 'resource'),
    fc.string({ maxLength: 6 }),
  )
  const value = fc.oneof(fc.stringMatching(/^[ -~]{1,20}$/), fc.string({ maxLength: 8, unit: 'binary' }))
  const given = fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((entries): AuthorizationParams => Object.fromEntries(entries))

  test('v5.0.0-10.2.1 says of ours always the same, and of the further ones what was given, in every form', async () => {
    const plain = await Promise.all(FORMS.map((form) => askedIn(form, undefined)))

    await fc.assert(
      fc.asyncProperty(given, async (params) => {
        fc.pre(!isRefused(params))
        const asked = await Promise.all(FORMS.map((form) => askedIn(form, params)))
        expect(asked).toEqual(plain.map((without) => ({ ...params, ...without })))
      }),
      { numRuns: 60 },
    )
  })

  test('says of ours the same even where nothing was judged', () => {
    fc.assert(
      fc.property(given, (params) => {
        expect(ask(params)).toMatchObject(ask(undefined))
      }),
    )
  })

  test('refuses an endpoint that has one of them already: the request would say two things', async () => {
    const endpoint = { authorization_endpoint: `${ISSUER}/auth?policy=people` }

    await expect(askedIn(endpoint, { policy: 'others' })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OIDC_METADATA' }),
    )
  })
})

describe('the option authorizationParams', () => {
  const WORK = { kc_idp_hint: 'github', organization: 'org_1' }
  let world: TwoProvidersWorld
  beforeAll(async () => {
    const work = { acrValues: [MFA], authorizationParams: WORK }
    world = await openTwoProviders({ linking: true, work, home: { authorizationParams: { hd: 'shop.example' } } })
  })
  afterAll(() => world.close())

  test('of each provider goes to that provider, with every login', async () => {
    await world.visitor().signIn('work')
    await world.visitor().signIn('home')

    const [work, home] = [world.work.authorizations.at(-1), world.home.authorizations.at(-1)]
    expect([work, home]).toMatchObject([WORK, { hd: 'shop.example' }])
    expect([work?.['hd'], home?.['kc_idp_hint']]).toEqual([undefined, undefined])
  })

  test('is never read from the request', async () => {
    const visitor = world.visitor()
    const query =
      'authorizationParams[screen_hint]=signup&authorizationParams={"screen_hint":"signup"}&screen_hint=signup&hd=evil'

    await visitor.reach(await visitor.browser.get(`/auth/home/login?${query}`))

    const asked = world.home.authorizations.at(-1) ?? {}
    expect([asked['hd'], Object.keys(asked).filter((name) => /screen_hint|Params/.test(name))]).toEqual([
      'shop.example',
      [],
    ])
  })

  test('goes with a link too', async () => {
    const visitor = world.visitor()
    await visitor.signIn('work')

    const page = await visitor.link('home', 'ben')

    expect(page.status).toBe(200)
    expect(world.home.authorizations.at(-1)).toMatchObject({ hd: 'shop.example' })
  })

  test('goes with a step-up too', async () => {
    const visitor = world.visitor()
    await visitor.signIn('home')
    const challenge = await visitor.open('/secret')
    const [, out = ''] = /href="(\/auth\/home\/step-up\?[^"]*)"/.exec(challenge.text) ?? []

    const page = await visitor.open(await visitor.reach(await visitor.browser.get(out.replaceAll('&amp;', '&'))))

    expect(page.text).toBe('shown')
    expect(world.home.authorizations.at(-1)).toMatchObject({ hd: 'shop.example', acr_values: MFA, scope: 'openid' })
  })
})

describe('passport.authenticate', () => {
  test('adds those of one request to those of the strategy, and judges them as the others', async () => {
    const world = await startDropInWorld()
    const options = { pushedRequests: 'never', authorizationParams: { hd: 'shop.example', organization: 'org_1' } }
    const verify = (): void => undefined

    world.serve({ verify, options, login: { authorizationParams: { hd: 'ada.example', screen_hint: 'signup' } } })
    const once = await world.asks('ours')
    world.serve({ verify, options })
    const later = await world.asks('ours')
    world.serve({ verify, options, login: { authorizationParams: { redirect_uri: 'https://evil.example' } } })
    const bad = await world.browser().get('/ours/login')
    await world.close()

    expect(once).toMatchObject({ hd: 'ada.example', organization: 'org_1', screen_hint: 'signup' })
    expect([later['hd'], 'screen_hint' in later]).toEqual(['shop.example', false])
    expect([bad.status, bad.location]).toEqual([500, undefined])
  })
})
