import { createHash, createPublicKey, verify } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createBrowser } from './browser.ts'
import { startFakeProvider } from './fake-provider.ts'
import { faults } from './faults.ts'
import { readToken } from './id-token.ts'
import { manualClock } from './manual-clock.ts'
import type { FakeProvider } from './fake-provider.ts'
import type { TokenParts } from './id-token.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** Asks for sign-in, as an application would, and answers with where the browser is sent in the end. */
async function authorize(
  provider: FakeProvider,
  extra: Record<string, string> = {},
  browser = createBrowser(provider.issuer),
): Promise<URL> {
  const url = new URL('/auth', provider.issuer)
  url.search = new URLSearchParams({
    client_id: provider.client.clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }).toString()
  const first = await browser.follow(await browser.get(url.href), isCallback)
  if (first.location !== undefined) return new URL(first.location)
  const sent = await browser.submit(first.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  return new URL((await browser.follow(sent, isCallback)).location ?? 'about:blank')
}

const isCallback = (location: string): boolean => location.startsWith(CALLBACK)

async function redeem(
  provider: FakeProvider,
  callback: URL,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { clientId, clientSecret } = provider.client
  const basic = [clientId, clientSecret].map((part) => encodeURIComponent(part)).join(':')
  const answer = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      redirect_uri: CALLBACK,
      code_verifier: VERIFIER,
    }),
  })
  const text = await answer.text()
  const json = answer.headers.get('content-type')?.startsWith('application/json') ?? false
  return { status: answer.status, body: json ? { ...JSON.parse(text) } : { text } }
}

async function idToken(provider: FakeProvider, extra: Record<string, string> = {}): Promise<string> {
  const { body } = await redeem(provider, await authorize(provider, extra))
  return String(body['id_token'])
}

const claimsOf = async (provider: FakeProvider, extra: Record<string, string> = {}): Promise<TokenParts['claims']> =>
  readToken(await idToken(provider, extra)).claims

async function json(
  url: string,
  token?: string,
): Promise<{ status: number; text: string; body: Record<string, unknown> }> {
  const answer = await fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  return { status: answer.status, text, body: text.startsWith('{') ? { ...JSON.parse(text) } : {} }
}

async function isSignedByProvider(provider: FakeProvider, token: string): Promise<boolean> {
  const { body } = await json(`${provider.issuer}/jwks`)
  const [key] = Array.isArray(body['keys']) ? body['keys'] : []
  const at = token.lastIndexOf('.')
  return verify(
    'sha256',
    Buffer.from(token.slice(0, at)),
    { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(token.slice(at + 1), 'base64url'),
  )
}

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
  provider.allowRedirects({ callback: CALLBACK, afterLogout: 'http://127.0.0.1:9/' })
})
afterEach(() => provider.clear())
afterAll(() => provider.close())
const now = (): number => Math.floor(Date.now() / 1000)
const discoveryOf = (): Promise<{ status: number; text: string; body: Record<string, unknown> }> =>
  json(`${provider.issuer}/.well-known/openid-configuration`)

describe('startFakeProvider', () => {
  test('signs a person in and gives a signed token with who, when and how', async () => {
    const token = await idToken(provider)

    const { header, claims } = readToken(token)
    expect(header['alg']).toBe('ES256')
    expect(await isSignedByProvider(provider, token)).toBe(true)
    expect(claims).toMatchObject({ iss: provider.issuer, sub: 'ada', nonce: 'the-nonce', amr: ['pwd'] })
    expect(Number(claims['auth_time'])).toBeGreaterThan(now() - 60)
  })

  test('names itself in the authorization response', async () => {
    const callback = await authorize(provider)

    expect(callback.searchParams.get('iss')).toBe(provider.issuer)
    expect(callback.searchParams.get('state')).toBe('the-state')
  })

  test('answers UserInfo with the claims of the scopes', async () => {
    const { body } = await redeem(provider, await authorize(provider))

    const userinfo = await json(`${provider.issuer}/me`, String(body['access_token']))

    expect(userinfo.body).toMatchObject({ sub: 'ada', name: 'Ada Example', email: 'ada@example.test' })
  })

  test('refuses an authorization request without PKCE', async () => {
    const callback = await authorize(provider, { code_challenge: '', code_challenge_method: '' })

    expect(callback.searchParams.get('error')).toBe('invalid_request')
  })

  test('redeems a code once', async () => {
    const callback = await authorize(provider)
    await redeem(provider, callback)

    const again = await redeem(provider, callback)

    expect(again.body['error']).toBe('invalid_grant')
  })

  test('says so when the password is wrong, and lets the person try again', async () => {
    const browser = createBrowser(provider.issuer)
    const page = await signInPageOf(browser)

    const wrong = await browser.submit(page.form(), { username: 'ada', password: 'wrong' })
    const right = await browser.submit(wrong.form(), { username: 'ada@example.test', password: 'correct horse' })

    expect(wrong.status).toBe(401)
    expect((await browser.follow(right, isCallback)).location).toContain('code=')
  })

  test('reports access_denied when the person cancels', async () => {
    const browser = createBrowser(provider.issuer)
    const page = await signInPageOf(browser)

    const cancelled = await browser.submit(page.form(), { cancel: 'yes' })

    expect((await browser.follow(cancelled, isCallback)).location).toContain('error=access_denied')
  })

  test('remembers who is signed in, and asks again for prompt=login and max_age=0', async () => {
    const browser = createBrowser(provider.issuer)
    await authorize(provider, {}, browser)

    const silent = await authorizeOnly(browser)
    const prompted = await authorizeOnly(browser, { prompt: 'login' })
    const aged = await authorizeOnly(browser, { max_age: '0' })

    expect([silent, prompted, aged].map((page) => page.includes('name="password"'))).toEqual([false, true, true])
  })

  test('reaches the level that acr_values asks for', async () => {
    const claims = await claimsOf(provider, { acr_values: 'urn:example:acr:mfa' })

    expect(claims).toMatchObject({ acr: 'urn:example:acr:mfa', amr: ['pwd', 'otp', 'mfa'] })
  })

  test('tells the time of its own clock in tokens and in max_age', async () => {
    const clock = manualClock(Date.UTC(2030, 0, 1))
    await using away = await disposable(startFakeProvider({ clock }))
    away.provider.allowRedirects({ callback: CALLBACK })
    const browser = createBrowser(away.provider.issuer)
    await authorize(away.provider, {}, browser)

    clock.advance(10 * 60_000)
    const { body } = await redeem(away.provider, await authorize(away.provider, {}, browser))
    const aged = await browser.follow(await browser.get(authorizeUrl(away.provider, { max_age: '300' })), isCallback)

    const { claims } = readToken(String(body['id_token']))
    expect(claims['auth_time']).toBe(Date.UTC(2030, 0, 1) / 1000)
    expect(Math.abs(Number(claims['iat']) - clock.now() / 1000)).toBeLessThan(60)
    expect(aged.text).toContain('name="password"')
  })

  test('signs out and returns to the registered address', async () => {
    const browser = createBrowser(provider.issuer)
    await authorize(provider, {}, browser)
    const back = 'http://127.0.0.1:9/'
    const page = await browser.get(
      `/session/end?client_id=${provider.client.clientId}&post_logout_redirect_uri=${encodeURIComponent(back)}`,
    )

    const left = await browser.submit(page.form('/session/end'), { logout: 'yes' })

    expect(left.location).toBe(back)
    expect(await authorizeOnly(browser)).toContain('name="password"')
  })
})

function authorizeUrl(of: FakeProvider, extra: Record<string, string> = {}): string {
  const parameters = {
    client_id: of.client.clientId,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid',
    state: 's',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...extra,
  }
  return `${of.issuer}/auth?${new URLSearchParams(parameters).toString()}`
}

async function authorizeOnly(
  browser: ReturnType<typeof createBrowser>,
  extra?: Record<string, string>,
): Promise<string> {
  return (await browser.follow(await browser.get(authorizeUrl(provider, extra)), isCallback)).text
}

async function signInPageOf(
  browser: ReturnType<typeof createBrowser>,
): ReturnType<ReturnType<typeof createBrowser>['get']> {
  return browser.follow(await browser.get(authorizeUrl(provider)), isCallback)
}

async function disposable(starting: Promise<FakeProvider>): Promise<{ provider: FakeProvider } & AsyncDisposable> {
  const started = await starting
  return { provider: started, [Symbol.asyncDispose]: () => started.close() }
}

describe('faults of the signature', () => {
  test('bad_signature: the signature no longer fits', async () => {
    provider.fault('bad_signature')
    expect(await isSignedByProvider(provider, await idToken(provider))).toBe(false)
  })

  test('alg_none: says alg none and carries no signature', async () => {
    provider.fault('alg_none')
    const parts = readToken(await idToken(provider))
    expect([parts.header['alg'], parts.signature]).toEqual(['none', ''])
  })

  test('alg_hs256: authenticated with the client secret', async () => {
    provider.fault('alg_hs256')
    expect(readToken(await idToken(provider)).header['alg']).toBe('HS256')
  })

  test('wrong_key: another key under the name of the real one', async () => {
    const kid = readToken(await idToken(provider)).header['kid']
    provider.fault('wrong_key')
    const token = await idToken(provider)
    expect(readToken(token).header['kid']).toBe(kid)
    expect(await isSignedByProvider(provider, token)).toBe(false)
  })

  test('unknown_key: another key under its own name', async () => {
    provider.fault('unknown_key')
    expect(readToken(await idToken(provider)).header['kid']).toBe('attacker')
  })
})

describe('faults of the claims, each signed by the right key', () => {
  test('wrong_nonce', async () => {
    provider.fault('wrong_nonce')
    const token = await idToken(provider)
    expect(readToken(token).claims['nonce']).not.toBe('the-nonce')
    expect(await isSignedByProvider(provider, token)).toBe(true)
  })

  test('missing_nonce', async () => {
    provider.fault('missing_nonce')
    expect(await claimsOf(provider)).not.toHaveProperty('nonce')
  })

  test('wrong_issuer', async () => {
    provider.fault('wrong_issuer')
    expect((await claimsOf(provider))['iss']).not.toBe(provider.issuer)
  })

  test('wrong_audience', async () => {
    provider.fault('wrong_audience')
    expect((await claimsOf(provider))['aud']).toBe('another-client')
  })

  test('extra_audience', async () => {
    provider.fault('extra_audience')
    expect((await claimsOf(provider))['aud']).toHaveLength(2)
  })

  test('expired', async () => {
    provider.fault('expired')
    expect(Number((await claimsOf(provider))['exp'])).toBeLessThan(now())
  })

  test('future_iat', async () => {
    provider.fault('future_iat')
    expect(Number((await claimsOf(provider))['iat'])).toBeGreaterThan(now() + 3_600)
  })

  test('stale_iat and missing_iat', async () => {
    provider.fault('stale_iat')
    expect(Number((await claimsOf(provider))['iat'])).toBeLessThan(now() - 3_600)
    provider.fault('missing_iat')
    expect(await claimsOf(provider)).not.toHaveProperty('iat')
  })

  test('stale_auth_time', async () => {
    provider.fault('stale_auth_time')
    expect(Number((await claimsOf(provider))['auth_time'])).toBeLessThan(now() - 3_600)
  })

  test('missing_auth_time and future_auth_time', async () => {
    provider.fault('missing_auth_time')
    expect(await claimsOf(provider)).not.toHaveProperty('auth_time')
    provider.clear()
    provider.fault('future_auth_time')
    expect(Number((await claimsOf(provider))['auth_time'])).toBeGreaterThan(now() + 3_600)
  })

  test('downgraded_acr and missing_acr', async () => {
    provider.fault('downgraded_acr')
    expect((await claimsOf(provider))['acr']).toBe('urn:example:acr:none')
    provider.fault('missing_acr')
    expect(await claimsOf(provider)).not.toHaveProperty('acr')
  })

  test('wrong_at_hash', async () => {
    const right = (await claimsOf(provider))['at_hash']
    provider.fault('wrong_at_hash')
    expect(right).toEqual(expect.any(String))
    expect((await claimsOf(provider))['at_hash']).toBe('AAAAAAAAAAAAAAAAAAAAAA')
  })

  test('missing_subject and oversized_subject', async () => {
    provider.fault('missing_subject')
    expect(await claimsOf(provider)).not.toHaveProperty('sub')
    provider.fault('oversized_subject')
    expect((await claimsOf(provider))['sub']).toHaveLength(256)
  })
})

describe('faults of the authorization response', () => {
  test('wrong_iss_parameter', async () => {
    provider.fault('wrong_iss_parameter')
    expect((await authorize(provider)).searchParams.get('iss')).toBe('https://attacker.example')
  })

  test('missing_iss_parameter', async () => {
    provider.fault('missing_iss_parameter')
    expect((await authorize(provider)).searchParams.has('iss')).toBe(false)
  })

  test('doubled_iss_parameter', async () => {
    provider.fault('doubled_iss_parameter')
    expect((await authorize(provider)).searchParams.getAll('iss')).toHaveLength(2)
  })

  test('access_denied and server_error', async () => {
    provider.fault('access_denied')
    expect((await authorize(provider)).searchParams.get('error')).toBe('access_denied')
    provider.fault('server_error')
    expect((await authorize(provider)).searchParams.get('error')).toBe('server_error')
  })
})

describe('faults of the other answers', () => {
  test('token_error, token_unavailable, token_redirect, missing_id_token', async () => {
    const seen: unknown[] = []
    for (const name of ['token_error', 'token_unavailable', 'token_redirect', 'missing_id_token'] as const) {
      provider.clear()
      provider.fault(name)
      const { status, body } = await redeem(provider, await authorize(provider))
      seen.push([status, body['error'], 'id_token' in body])
    }

    expect(seen).toEqual([
      [400, 'invalid_grant', false],
      [503, undefined, false],
      [307, undefined, false],
      [200, undefined, false],
    ])
  })

  test('jwks_unavailable and jwks_empty', async () => {
    provider.fault('jwks_empty')
    expect((await json(`${provider.issuer}/jwks`)).body).toEqual({ keys: [] })
    provider.fault('jwks_unavailable')
    expect((await json(`${provider.issuer}/jwks`)).status).toBe(503)
  })

  test('userinfo_other_subject, userinfo_missing_subject, userinfo_unavailable', async () => {
    const { body } = await redeem(provider, await authorize(provider))
    const ask = (): ReturnType<typeof json> => json(`${provider.issuer}/me`, String(body['access_token']))
    provider.fault('userinfo_other_subject')
    expect((await ask()).body['sub']).toBe('someone-else')
    provider.fault('userinfo_missing_subject')
    expect((await ask()).body).not.toHaveProperty('sub')
    provider.fault('userinfo_unavailable')
    expect((await ask()).status).toBe(503)
  })

  test('discovery_issuer_mismatch and discovery_issuer_slash', async () => {
    provider.fault('discovery_issuer_slash')
    expect((await discoveryOf()).body['issuer']).toBe(`${provider.issuer}/`)
    provider.fault('discovery_issuer_mismatch')
    expect((await discoveryOf()).body['issuer']).toBe('https://attacker.example')
  })

  test('discovery_foreign_endpoint, discovery_oversized, discovery_not_json', async () => {
    provider.fault('discovery_foreign_endpoint')
    expect((await discoveryOf()).body['token_endpoint']).toContain('attacker.example')
    provider.fault('discovery_oversized')
    expect((await discoveryOf()).text.length).toBeGreaterThan(1_048_576)
    provider.fault('discovery_not_json')
    expect((await discoveryOf()).body).toEqual({})
  })

  test('slow_discovery: no answer within any patience', async () => {
    provider.fault('slow_discovery')
    const asked = fetch(`${provider.issuer}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(200) })
    await expect(asked).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
  })

  test('down: the connection breaks, and clear brings the provider back', async () => {
    provider.fault('down')
    await expect(fetch(provider.issuer)).rejects.toThrow(TypeError)
    provider.clear()
    expect((await discoveryOf()).status).toBe(200)
  })

  test('at least sixty of them are listed, each with a sentence', () => {
    const sentences = Object.values(faults).map((entry) => entry.says)

    expect(sentences.length).toBeGreaterThanOrEqual(60)
    expect(sentences.filter((says) => !/^[A-Z`].*\.$/.test(says))).toEqual([])
  })
})
