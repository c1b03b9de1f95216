// The whole application at a real provider, in each form that requests, proofs and tokens can have.
import { generateKeyPairSync } from 'node:crypto'
import { manualClock, startFakeProvider } from '@sallyport/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, signInAtProvider, startWorld, whoIs } from '../../test/world.ts'
import type { KeyObject } from 'node:crypto'
import type { FakeClient, FakeProvider, FakeProviderOptions } from '@sallyport/testing'
import type { World, WorldOptions } from '../../test/world.ts'

const MFA = 'urn:example:acr:mfa'
const SECRET: FakeClient = { clientId: 'shop', clientSecret: 'a secret that only tests know: 0123456789abcdef' }

const client = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const clientKey = { key: client.privateKey, keyId: 'shop-1' }
const jwksOf = (key: KeyObject): FakeClient['jwks'] => ({
  keys: [{ ...key.export({ format: 'jwk' }), kid: 'shop-1', alg: 'ES256', use: 'sig' }],
})
const KEYED: FakeClient = { clientId: 'shop', authMethod: 'private_key_jwt', jwks: jwksOf(client.publicKey) }

const open: { readonly world: World; readonly provider: FakeProvider }[] = []
afterEach(async () => {
  for (const { world, provider } of open.splice(0)) {
    await world.close()
    await provider.close()
  }
})

/** An application and a provider that have agreed on something. */
async function agree(provided: FakeProviderOptions, options: WorldOptions = {}): Promise<World> {
  const provider = await startFakeProvider(provided)
  const clock = provided.clock === undefined ? {} : { clock: provided.clock }
  const world = await startWorld({ provider, ...clock, ...options })
  open.push({ world, provider })
  return world
}

/** The parameters with which the application sends a new browser to the provider. */
async function leave(world: World): Promise<Readonly<Record<string, string>>> {
  const { location } = await world.browser().get('/auth/login')
  return Object.fromEntries(new URL(location ?? '').searchParams)
}

const startedAs = (world: World): unknown[] => world.audit.ofType('oidc.login.started').map(({ input }) => input.data)
const failedAs = (world: World): unknown[] =>
  world.audit.ofType('oidc.login.failed').map(({ input }) => [input.reason, Reflect.get(Object(input.data), 'code')])
const count = (world: World, path: string): number => world.provider.requests.filter((one) => one === path).length
const ada = expect.objectContaining({ name: 'Ada Example' })

describe('requests in the address', () => {
  test('OIDC-REQ-01 a person signs in by a code, with everything in the address', async () => {
    const world = await agree({ pushedRequests: 'off' }, { maxAge: 60, prompt: 'login', acrValues: [MFA] })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(world.provider.authorizations[0]).toMatchObject({
      response_type: 'code',
      redirect_uri: `${world.url}/auth/callback`,
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      max_age: '60',
      prompt: 'login',
      acr_values: MFA,
    })
    expect(world.provider.clientAuthentications).toEqual(['client_secret_basic'])
    expect(startedAs(world)).toMatchObject([{ pushed: false, signed: false }])
  })
})

describe('pushed requests', () => {
  test('PAR-01 PKCE-02 go to the provider directly where it takes them, and the browser carries a reference', async () => {
    const world = await agree({ clients: [SECRET], pushedRequests: 'offered' }, { maxAge: 60 })
    const browser = world.browser()

    const carried = await leave(world)
    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(carried).toEqual({ client_id: 'shop', request_uri: expect.stringMatching(/^urn:/) })
    expect(world.provider.authorizations[0]).toMatchObject({ max_age: '60', nonce: expect.any(String) })
    expect(startedAs(world)).toMatchObject([{ pushed: true }, { pushed: true }])
  })

  test('PAR-02 satisfy a provider that demands them', async () => {
    const world = await agree({ pushedRequests: 'required' }, { pushedRequests: 'required' })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
  })

  test('PAR-02 nothing is begun where one side demands what the other does not do', async () => {
    const forbidden = await agree({ pushedRequests: 'required' }, { pushedRequests: 'never' })
    const missing = await agree({ pushedRequests: 'off' }, { pushedRequests: 'required' })

    expect((await forbidden.browser().get('/auth/login')).status).toBe(500)
    expect((await missing.browser().get('/auth/login')).status).toBe(500)
    expect(failedAs(forbidden)).toEqual([['provider_error', 'ERR_OIDC_NOT_OFFERED']])
    expect(forbidden.provider.authorizations).toEqual([])
    // The application's own error handler gets the sentence that names the fix.
    const told = forbidden.overheard.find((one) => one instanceof Error)
    expect(told?.message).toContain('leave out the option pushedRequests')
  })

  test('PAR-01 are good for one sign-in: the provider refuses a reference that another browser has used', async () => {
    const world = await agree({})
    const browser = world.browser()
    const { location = '' } = await browser.get('/auth/login')
    const isOurs = (address: string): boolean => address.startsWith(world.url)
    const form = await browser.follow(await browser.get(location))
    const fields = { username: 'ada', password: 'correct horse' }
    await browser.follow(await browser.submit(form.form('/interaction/'), fields), isOurs)

    const other = world.browser()
    const page = await other.follow(await other.get(location), isOurs)

    expect(new URL(page.location ?? '').searchParams.get('error')).toBe('invalid_request_uri')
    expect(codeOf(await other.get(page.location ?? ''))).toBe('ERR_OIDC_TRANSACTION_UNKNOWN')
  })

  test('a client that the provider refuses is told nothing but that sign-in is not available', async () => {
    const world = await agree({}, { clientSecret: 'not the secret' })

    const page = await world.browser().get('/auth/login')

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_CLIENT_REFUSED'])
    expect(count(world, '/request')).toBe(1)
  })

  test('a request that the provider refuses ends where it began, on a page of ours', async () => {
    const world = await agree({})
    world.provider.allowRedirects({ callback: 'http://127.0.0.1:9/elsewhere' })

    const page = await world.browser().get('/auth/login')

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_PROVIDER_REFUSED'])
    expect(failedAs(world)).toEqual([['provider_error', 'ERR_OIDC_PROVIDER_REFUSED']])
  })
})

describe('signed requests', () => {
  const SIGNING: FakeClient = { ...SECRET, jwks: jwksOf(client.publicKey) }

  test('satisfy a provider that demands them, with all that is asked inside', async () => {
    const provided = { clients: [SIGNING], signedRequests: 'required', pushedRequests: 'off' } as const
    const world = await agree(provided, { requestKey: clientKey, maxAge: 60, acrValues: [MFA] })
    const browser = world.browser()

    const carried = await leave(world)
    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(Object.keys(carried).toSorted()).toEqual(['client_id', 'request'])
    expect(world.provider.authorizations[0]).toMatchObject({ max_age: '60', acr_values: MFA, response_type: 'code' })
    expect(startedAs(world)[0]).toMatchObject({ pushed: false, signed: true })
  })

  test('PAR-01 PAR-02 are pushed where both are demanded', async () => {
    const provided = { clients: [SIGNING], signedRequests: 'required', pushedRequests: 'required' } as const
    const world = await agree(provided, { requestKey: clientKey })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(startedAs(world)[0]).toMatchObject({ pushed: true, signed: true })
  })

  test('by a key that is not the client’s are refused by the provider', async () => {
    const provided = { clients: [SIGNING], signedRequests: 'offered', pushedRequests: 'required' } as const
    const world = await agree(provided, { requestKey: { ...clientKey, key: stranger.privateKey } })

    const page = await world.browser().get('/auth/login')

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_PROVIDER_REFUSED'])
  })

  test('nothing is begun unsigned where the provider demands a signature', async () => {
    const world = await agree({ signedRequests: 'required' })

    expect((await world.browser().get('/auth/login')).status).toBe(500)
    expect(failedAs(world)).toEqual([['provider_error', 'ERR_OIDC_NOT_OFFERED']])
  })
})

describe('the client’s proof', () => {
  test('BCP-04 PAR-02 is an assertion by its key, wherever it has to prove itself', async () => {
    const world = await agree({ clients: [KEYED] }, { clientSecret: undefined, clientKey })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(world.provider.clientAuthentications).toEqual(['private_key_jwt', 'private_key_jwt'])
  })

  test('PAR-02 is taken in the name of the token endpoint too, while signed requests stay for the issuer', async () => {
    const provided = { clients: [KEYED], signedRequests: 'required', pushedRequests: 'required' } as const
    const options = { clientSecret: undefined, clientKey: { ...clientKey, audience: 'token_endpoint' } } as const
    const world = await agree(provided, options)
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(world.provider.clientAuthentications).toEqual(['private_key_jwt', 'private_key_jwt'])
    expect(startedAs(world)[0]).toMatchObject({ pushed: true, signed: true })
  })

  test('BCP-04 by another key is refused, and nobody is signed in', async () => {
    const provided = { clients: [KEYED], pushedRequests: 'off' } as const
    const world = await agree(provided, {
      clientSecret: undefined,
      clientKey: { ...clientKey, key: stranger.privateKey },
    })
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_CLIENT_REFUSED'])
    expect(await whoIs(browser)).toBeNull()
  })

  test('BCP-04 is a certificate that an authority has signed', async () => {
    const shop: FakeClient = { clientId: 'shop', authMethod: 'tls_client_auth', tlsClientAuthSubjectDn: 'CN=shop' }
    const provider = await startFakeProvider({ clients: [shop] })
    const clientCertificate = { ...provider.certify('shop'), ca: provider.ca }
    const world = await startWorld({ provider, clientSecret: undefined, clientCertificate })
    open.push({ world, provider })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(provider.clientAuthentications).toEqual(['tls_client_auth', 'tls_client_auth'])
    expect(count(world, '/me')).toBe(1)
  })

  test('BCP-04 is a certificate that the provider knows by itself, and no other', async () => {
    const provider = await startFakeProvider({ https: true, pushedRequests: 'off' })
    const [known, unknown] = [1, 2].map(() => provider.certify('shop', { selfSigned: true }))
    const register = (certificate: string | undefined): void => {
      const redirectUris = [`${world.url}/auth/callback`]
      const { clientId } = provider.client
      provider.setClient({ clientId, authMethod: 'self_signed_tls_client_auth', certificate, redirectUris })
    }
    const clientCertificate = { certificate: '', key: '', ...known, ca: provider.ca }
    const world = await startWorld({ provider, clientSecret: undefined, clientCertificate })
    open.push({ world, provider })
    const [first, second] = [world.browser(), world.browser()]

    register(known?.certificate)
    await signIn(world, first)
    register(unknown?.certificate)
    const page = await signIn(world, second)

    expect(await whoIs(first)).toEqual(ada)
    expect([codeOf(page), await whoIs(second)]).toEqual(['ERR_OIDC_CLIENT_REFUSED', null])
  })
})

describe('bound tokens', () => {
  test('DPOP-01 DPOP-02 are proved with the provider’s nonce, which is asked for once and kept', async () => {
    const world = await agree({ dpop: true }, { dpop: true })
    const [first, second] = [world.browser(), world.browser()]

    await signIn(world, first)
    const [tokens, people] = [count(world, '/token'), count(world, '/me')]
    await signIn(world, second)

    expect([await whoIs(first), await whoIs(second)]).toEqual([ada, ada])
    // Refused for want of a nonce and tried again once; the nonce then holds for what follows.
    expect([tokens, people]).toEqual([2, 1])
    expect([count(world, '/token'), count(world, '/me')]).toEqual([3, 2])
  })

  test('DPOP-01 each of fifty parallel sign-ins proves the key by itself', async () => {
    const world = await agree({ dpop: true }, { dpop: true })
    const browsers = Array.from({ length: 50 }, () => world.browser())
    const callbacks = await Promise.all(browsers.map((browser) => signInAtProvider(world, browser)))

    await Promise.all(browsers.map((browser, index) => browser.get(callbacks[index] ?? '')))

    expect(world.started).toHaveLength(50)
  })

  test('DPOP-01 another instance, with a key of its own, answers the callback', async () => {
    const world = await agree({ dpop: true }, { dpop: true })
    const other = await world.startInstance()
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    const cookie = browser
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')

    const there = await fetch(callback.replace(world.url, other), { headers: { cookie }, redirect: 'manual' })

    expect(there.status).toBe(303)
    expect(world.started).toHaveLength(1)
    expect(world.provider.authorizations[0]).not.toHaveProperty('dpop_jkt')
  })

  test('DPOP-02 a token that is not bound is discarded where it has to be', async () => {
    const world = await agree({}, { dpop: true })
    world.provider.fault('other_token_type')
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_RESPONSE'])
    expect(await whoIs(browser)).toBeNull()
    expect(count(world, '/me')).toBe(0)
  })
})

describe('levels', () => {
  test('OIDC-REQ-06 acr_values that the provider honours sign the person in at that level', async () => {
    const world = await agree({ levels: 'honoured' }, { acrValues: [MFA] })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    expect(world.audit.ofType('oidc.login.succeeded')[0]?.input.authn).toMatchObject({ acr: MFA })
  })

  test('OIDC-REQ-06 acr_values that the provider ignores sign nobody in', async () => {
    const world = await agree({ levels: 'ignored' }, { acrValues: [MFA] })
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_ACR'])
    expect(await whoIs(browser)).toBeNull()
    expect(failedAs(world)).toEqual([['level_not_reached', 'ERR_OIDC_ACR']])
  })

  test('OIDC-REQ-06 authentication contexts are asked for by claims and looked for in acrs', async () => {
    const world = await agree({ acrs: ['c1'] }, { levelClaim: 'acrs', acrValues: ['c1'] })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toEqual(ada)
    const [asked] = world.provider.authorizations
    expect(JSON.parse(asked?.['claims'] ?? '')).toEqual({ id_token: { acrs: { essential: true, value: 'c1' } } })
    expect(asked).not.toHaveProperty('acr_values')
  })

  test('OIDC-REQ-06 a context that does not come back signs nobody in', async () => {
    const world = await agree({ acrs: ['c1'] }, { levelClaim: 'acrs', acrValues: ['c2'] })
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_ACR'])
  })
})

describe('the age of the sign-in', () => {
  test('OIDC-REQ-05 max_age lets a fresh sign-in at the provider pass, and has an old one renewed', async () => {
    const clock = manualClock(Date.now())
    const world = await agree({ clock }, { maxAge: 300 })
    const browser = world.browser()
    await signIn(world, browser)

    clock.advance(60_000)
    const forms = count(world, '/auth')
    await signIn(world, browser)
    const passedBy = world.provider.requests.filter((path) => path.startsWith('/interaction/')).length
    clock.advance(600_000)
    await signIn(world, browser)

    const asked = world.provider.requests.filter((path) => path.startsWith('/interaction/')).length
    expect(forms).toBeGreaterThan(0)
    expect(asked).toBe(passedBy * 2)
    expect(world.started).toHaveLength(3)
  })
})
