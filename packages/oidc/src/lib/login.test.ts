import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, createTestKeyring, signIn, signInAtProvider, startWorld, whoIs } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import type { World } from '../../test/world.ts'

let world: World
beforeEach(async () => {
  // What is asked can then be read off the address that the browser is sent to.
  world = await startWorld({ pushedRequests: 'never' })
})
afterEach(() => world.close())

describe('GET /login and GET /callback', () => {
  test('sign a person in and bring them to where they wanted to go', async () => {
    const browser = world.browser()

    const page = await signIn(world, browser, '/auth/login?return_to=/private')

    expect([page.status, page.location]).toEqual([303, `${world.url}/private`])
    expect(await whoIs(browser)).toEqual({ id: userId(world.provider.issuer, 'ada'), name: 'Ada Example' })
    expect((await browser.get('/private')).status).toBe(200)
  })

  test('OIDC-REQ-01 OIDC-REQ-02 OIDC-REQ-03 PKCE-01 PKCE-02 ask with code, openid, state, nonce and an S256 challenge', async () => {
    const page = await world.browser().get('/auth/login')

    const asked = new URL(page.location ?? '').searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
      redirect_uri: `${world.url}/auth/callback`,
    })
    const secrets = ['state', 'nonce', 'code_challenge'].map((name) => asked.get(name))
    expect(secrets.every((secret) => secret?.length === 43)).toBe(true)
    expect(new Set(secrets).size).toBe(3)
  })

  test('record the login with one lineage and one flow, together with the session', async () => {
    await signIn(world, world.browser())

    const { lineage, flow } = world.audit.ofType('oidc.login.started')[0]?.input ?? {}
    expect([lineage, flow]).toEqual([expect.stringMatching(/^[0-9A-Z]{26}$/), expect.stringMatching(/^[0-9A-Z]{26}$/)])
    const types = world.audit.events.map((one) => one.type)
    expect(types).toEqual(['oidc.provider.discovered', 'oidc.login.started', 'oidc.login.succeeded', 'session.started'])
    expect(world.audit.ofType('oidc.login.succeeded')[0]?.input).toMatchObject({
      lineage,
      flow,
      outcome: 'success',
      actor: { user: userId(world.provider.issuer, 'ada') },
      authn: { factor: 'oidc', protocol: 'oidc', amr: ['pwd'] },
      data: { issuer: world.provider.issuer, algorithm: 'ES256', keyId: 'provider-1' },
    })
    expect(world.audit.ofType('session.started')[0]?.input).toMatchObject({ lineage, flow })
  })

  test('seal who the person is into the session, and nowhere else', async () => {
    await signIn(world, world.browser())

    const identity = { subject: 'ada', name: 'Ada Example', email: 'ada@example.test', issuer: world.provider.issuer }
    expect(world.audit.ofType('session.started')[0]?.input.actor?.identity).toMatchObject(identity)
    const others = world.audit.events.filter((one) => one.type !== 'session.started')
    expect(JSON.stringify(others)).not.toContain('example.test')
  })

  test('write nothing to the store before the provider has vouched for anyone', async () => {
    const browser = world.browser()

    await browser.get('/auth/login')
    await browser.get('/auth/callback?code=x&state=y')

    expect(await world.store.list([], { limit: 10 })).toEqual([])
  })

  test('write nothing to the store for strangers who come back with an error, or with an answer of another issuer', async () => {
    for (const answer of ['error=x', 'code=c&iss=https://evil.example', 'code=c&code=d', '']) {
      const browser = world.browser()
      const { location = '' } = await browser.get('/auth/login')
      await browser.get(`/auth/callback?state=${new URL(location).searchParams.get('state')}&${answer}`)
    }

    expect(world.audit.ofType('oidc.login.failed')).toHaveLength(4)
    expect(await world.store.list([], { limit: 10 })).toEqual([])
  })

  test('begin nothing for images and frames of other sites, and nothing in advance; a link from anywhere does', async () => {
    const browser = world.browser()
    const sideways: readonly Record<string, string>[] = [
      { 'sec-fetch-dest': 'image', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-dest': 'document', 'sec-purpose': 'prefetch' },
    ]
    for (const headers of sideways) {
      const page = await browser.get('/auth/login', headers)
      expect([page.status, page.text, page.location]).toEqual([400, '', undefined])
    }

    expect(browser.cookies()).toEqual([])
    const link = { 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }
    expect((await browser.get('/auth/login', link)).location).toContain(world.provider.issuer)
  })

  test('BCP-01 v5.0.0-3.4.5 v5.0.0-14.3.2 tell nobody the address with the code, and let nothing be cached', async () => {
    const page = await signIn(world, world.browser())

    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('cache-control')).toBe('no-store')
  })

  test('F-01 give the browser a new session id at login, and the old one is nobody', async () => {
    const browser = world.browser()
    await browser.get('/visit')
    const before = browser.cookies().find((one) => one.name === 'connect.sid')?.value

    await signIn(world, browser)

    const after = browser.cookies().find((one) => one.name === 'connect.sid')?.value
    expect([before, after]).toEqual([expect.any(String), expect.any(String)])
    expect(after).not.toBe(before)
    const old = await fetch(`${world.url}/who`, { headers: { cookie: `connect.sid=${before}` } })
    expect(await old.json()).toMatchObject({ user: null })
  })

  test('v5.0.0-6.8.1 v5.0.0-10.5.2 F-28 NC-06 know a person by issuer and subject, whatever their e-mail address becomes', async () => {
    const ada = { sub: 'ada', password: 'correct horse', name: 'Ada Example' }
    await signIn(world, world.browser())
    world.provider.setAccount({ ...ada, email: 'ben@example.test' })

    const later = world.browser()
    await signIn(world, later)

    expect(await whoIs(later)).toMatchObject({ id: userId(world.provider.issuer, 'ada') })
    const ids = world.audit.ofType('session.started').map((one) => one.input.actor?.user)
    expect(new Set(ids).size).toBe(1)
  })

  test('keep cookies from scripts, other sites and other ports of the same name', async () => {
    const browser = world.browser()
    await browser.get('/auth/login')

    const [cookie] = browser.cookies().filter((one) => one.name.startsWith('sallyport-tx-'))

    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
    expect(cookie?.name).toMatch(/^sallyport-tx-[\w-]{6}-[\w-]{8}$/)
  })

  test('leave no cookie of the sign-in behind', async () => {
    const browser = world.browser()

    await signIn(world, browser)

    expect(
      browser
        .cookies()
        .filter(({ path }) => path === '/')
        .map(({ name }) => name),
    ).toEqual(['connect.sid'])
  })

  test('let a person sign in again over their own session', async () => {
    const browser = world.browser()
    await signIn(world, browser)

    const again = await signIn(world, browser)

    expect(again.status).toBe(303)
    expect(world.started).toHaveLength(2)
  })
})

describe('the addresses that a login uses', () => {
  test('F-31 WEB-13 come from the configuration, whatever Host and forwarded headers say', async () => {
    const lies = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', forwarded: 'host=evil.example' }

    const page = await world.browser().get('/auth/login', { ...lies, host: 'evil.example' })

    const asked = new URL(page.location ?? '')
    expect(asked.origin).toBe(world.provider.issuer)
    expect(asked.searchParams.get('redirect_uri')).toBe(`${world.url}/auth/callback`)
  })

  test('F-30 v5.0.0-3.7.2 BCP-02 never bring a person to another site after login', async () => {
    const browser = world.browser()

    const page = await signIn(world, browser, '/auth/login?return_to=//evil.example&return_to=https://evil.example')
    const other = await signIn(world, browser, `/auth/login?return_to=${encodeURIComponent('/\\evil.example')}`)

    expect([page.location, other.location]).toEqual([`${world.url}/`, `${world.url}/`])
  })
})

describe('fifty logins at once', () => {
  test('discover the provider once, and each has secrets of its own', async () => {
    const logins = Array.from({ length: 50 }, () => world.browser().get('/auth/login'))

    const asked = (await Promise.all(logins)).map((page) => new URL(page.location ?? '').searchParams)

    const secrets = asked.flatMap((one) => [one.get('state'), one.get('nonce'), one.get('code_challenge')])
    expect(new Set(secrets).size).toBe(150)
    expect(world.provider.requests.filter((path) => path.startsWith('/.well-known/'))).toHaveLength(1)
  })
})

describe('two providers with one key ring', () => {
  test('F-24 v5.0.0-10.2.2 do not take each other’s sign-ins', async () => {
    const keyring = createTestKeyring()
    const [one, other] = [await startWorld({ keyring }), await startWorld({ keyring })]
    try {
      const browser = one.browser()
      const callback = await signInAtProvider(one, browser)
      const headers = { cookie: cookieHeader(browser) }

      const answer = await fetch(callback.replace(one.url, other.url), { headers, redirect: 'manual' })

      expect([answer.status, (await answer.text()).includes('ERR_OIDC_TRANSACTION_UNKNOWN')]).toEqual([400, true])
      expect([...one.provider.requests, ...other.provider.requests]).not.toContain('/token')
    } finally {
      await one.close()
      await other.close()
    }
  })
})

describe('several tabs', () => {
  test('opened in turn finish in the same order, each where it began', async () => {
    const browser = world.browser()
    const first = await signInAtProvider(world, browser, '/auth/login?return_to=/first')
    const second = await signInAtProvider(world, browser, '/auth/login?return_to=/second')

    const pages = [await browser.get(first), await browser.get(second)]

    expect(pages.map((page) => page.location)).toEqual([`${world.url}/first`, `${world.url}/second`])
  })

  test('opened in turn finish in the other order, each where it began', async () => {
    const browser = world.browser()
    const first = await signInAtProvider(world, browser, '/auth/login?return_to=/first')
    const second = await signInAtProvider(world, browser, '/auth/login?return_to=/second')

    const pages = [await browser.get(second), await browser.get(first)]

    expect(pages.map((page) => page.location)).toEqual([`${world.url}/second`, `${world.url}/first`])
  })

  test('six of them cost the oldest its place and no other', async () => {
    const browser = world.browser()
    const states: string[] = []
    for (let tab = 0; tab < 6; tab += 1) {
      const page = await browser.get('/auth/login')
      states.push(new URL(page.location ?? '').searchParams.get('state') ?? '')
    }

    const kept = browser.cookies().filter((one) => one.name.startsWith('sallyport-tx-'))
    const oldest = await browser.get(`/auth/callback?error=access_denied&state=${states[0]}`)

    expect(kept).toHaveLength(5)
    expect(codeOf(oldest)).toBe('ERR_OIDC_TRANSACTION_UNKNOWN')
  })
})

describe('a callback', () => {
  test('is good once: the second time there is a page, no token request and no session', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    await browser.get(callback)

    const again = await browser.get(callback)

    expect([again.status, codeOf(again)]).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN'])
    expect(world.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
    expect(world.started).toHaveLength(1)
  })

  test('after the back button still lets the signed-in person work on', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    await browser.get(callback)
    await browser.get(callback)

    expect(await whoIs(browser)).toMatchObject({ name: 'Ada Example' })
  })

  test('v5.0.0-15.4.2 sent fifty times at once with the same cookies begins one session with one token request', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    const cookie = cookieHeader(browser)

    const tries = Array.from({ length: 50 }, () => fetch(callback, { headers: { cookie }, redirect: 'manual' }))
    const statuses = (await Promise.all(tries)).map((answer) => answer.status)

    expect(statuses.filter((status) => status === 303)).toHaveLength(1)
    expect(statuses.filter((status) => status === 400)).toHaveLength(49)
    expect(world.provider.requests.filter((path) => path === '/token')).toHaveLength(1)
    expect(world.started).toHaveLength(1)
  })

  test('is good once on two instances together', async () => {
    const other = await world.startInstance()
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    const cookie = cookieHeader(browser)

    const here = await fetch(callback, { headers: { cookie }, redirect: 'manual' })
    const there = await fetch(callback.replace(world.url, other), { headers: { cookie }, redirect: 'manual' })

    expect([here.status, there.status]).toEqual([303, 400])
    expect(await there.text()).toContain('ERR_OIDC_TRANSACTION_USED')
  })

  test('F-24 F-25 v5.0.0-10.1.2 of another browser is refused, and nobody is signed in', async () => {
    const callback = await signInAtProvider(world, world.browser())
    const victim = world.browser()

    const page = await victim.get(callback)

    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN'])
    expect(await whoIs(victim)).toBeNull()
    expect(world.provider.requests).not.toContain('/token')
  })

  test('F-25 v5.0.0-10.2.1 NC-02 without state, with a wrong state or with an error but no state is refused', async () => {
    const browser = world.browser()
    await signInAtProvider(world, browser)

    const pages = [
      await browser.get('/auth/callback?code=x'),
      await browser.get('/auth/callback?code=x&state=wrong'),
      await browser.get('/auth/callback?error=access_denied&error_description=<b>text</b>'),
      await browser.get('/auth/callback'),
    ]

    expect(pages.map((page) => page.status)).toEqual([400, 400, 400, 400])
    expect(pages.map((page) => codeOf(page))).toEqual(Array.from(pages, () => 'ERR_OIDC_TRANSACTION_UNKNOWN'))
  })

  test('with a spent code, replayed in a fresh transaction, is refused by the provider and by us', async () => {
    const browser = world.browser()
    const spent = new URL(await signInAtProvider(world, browser)).searchParams.get('code') ?? ''
    const fresh = new URL(await signInAtProvider(world, browser))
    fresh.searchParams.set('code', spent)

    const page = await browser.get(fresh.href)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_CODE_REFUSED'])
    expect(world.started).toEqual([])
  })

  test('OIDC-REQ-07 with an error consumes the transaction and shows none of the provider’s words', async () => {
    const browser = world.browser()
    world.provider.fault('access_denied')
    const callback = await signInAtProvider(world, browser)

    const page = await browser.get(callback)
    const again = await browser.get(callback)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_DENIED'])
    expect(page.text).not.toContain('provider text')
    expect(again.status).toBe(400)
  })

  test('of a person who cancelled at the provider is a page that says so', async () => {
    const browser = world.browser()
    const form = (await browser.follow(await browser.get('/auth/login'))).form('/interaction/')

    const page = await browser.follow(await browser.submit(form, { cancel: 'yes' }))

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_DENIED'])
    expect(page.text).toContain('cancelled')
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'user_denied' })
  })

  test('v5.0.0-15.3.6 with an error named like a part of every object is an error like any other', async () => {
    const browser = world.browser()
    const asked = new URL((await browser.get('/auth/login')).location ?? '').searchParams
    const query = new URLSearchParams({
      error: 'constructor',
      state: asked.get('state') ?? '',
      iss: world.provider.issuer,
    })

    const page = await browser.get(`/auth/callback?${query.toString()}`)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_PROVIDER_REFUSED'])
  })

  test('with a query beyond all measure is refused before anything is parsed', async () => {
    const page = await world.browser().get(`/auth/callback?code=x&state=${'s'.repeat(15_000)}`)

    expect(page.status).toBe(400)
  })
})

function cookieHeader(browser: ReturnType<World['browser']>): string {
  return browser
    .cookies()
    .map((one) => `${one.name}=${one.value}`)
    .join('; ')
}
