import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import ParentStrategy from 'passport-openidconnect'
import { createMemoryStore } from '@sallyport/store'
import { createBrowser, startFakeProvider } from '@sallyport/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring } from '../../test/world.ts'
import { dangerouslyAllowInsecureIssuer } from './settings.ts'
import { Strategy } from './strategy.ts'
import type { Server } from 'node:http'
import type { Browser, BrowserPage, FakeProvider } from '@sallyport/testing'
import type { AuthenticateOptions, StrategyOptions } from './strategy-options.ts'
import type { VerifyFunctions } from './verify-callback.ts'

// The strategy as someone uses it who comes from passport-openidconnect: no routes and no sessions of ours.

let provider: FakeProvider
const servers: Server[] = []
beforeEach(async () => {
  provider = await startFakeProvider()
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
  await provider.close()
})

interface Site {
  readonly url: string
  readonly browser: Browser
}

type Make = (options: StrategyOptions) => Strategy

const plain: Make = (options) =>
  new Strategy(options, (issuer, profile, done) => done(null, { issuer, id: profile.id ?? '' }))

/** Serves `/login` and `/callback` with Passport alone. `by` says what is given to `passport.authenticate`. */
async function serve(
  make: Make = plain,
  options: AuthenticateOptions = {},
  by: 'name' | 'object' = 'name',
): Promise<Site> {
  const app = express()
  const server = await new Promise<Server>((resolve) => {
    const started = app.listen(0, '127.0.0.1', () => resolve(started))
  })
  servers.push(server)
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const store = createMemoryStore()
  const { clientId: clientID, clientSecret } = provider.client
  const callbackURL = `${url}/callback`
  const parts = { keyring: createTestKeyring(), store, audit: createFakeAudit(store) }
  const strategy = make({
    issuer: provider.issuer,
    clientID,
    clientSecret,
    callbackURL,
    // What is asked can then be read off the address that the browser is sent to.
    pushedRequests: 'never',
    [dangerouslyAllowInsecureIssuer]: true,
    ...parts,
  })
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  passport.use(strategy)
  const authenticate = (more: object): express.RequestHandler => {
    const handler: unknown = passport.authenticate(by === 'name' ? strategy.name : strategy, more)
    return Object(handler)
  }
  app.use(session({ secret: 'for tests only', resave: false, saveUninitialized: false }), passport.session())
  app.get('/login', authenticate(options))
  app.get('/callback', authenticate({ successRedirect: '/who' }))
  app.get('/who', (req, res) => void res.json({ user: req.user ?? null, authInfo: req.authInfo ?? null }))
  provider.allowRedirects({ callback: callbackURL })
  return { url, browser: createBrowser(url) }
}

async function signIn({ url, browser }: Site): Promise<BrowserPage> {
  const isCallback = (location: string): boolean => location.startsWith(`${url}/callback`)
  const page = await browser.follow(await browser.get('/login'))
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  return browser.get((await browser.follow(sent, isCallback)).location ?? '')
}

describe('Strategy', () => {
  test('is passport-openidconnect’s strategy', async () => {
    const seen: Strategy[] = []
    await serve((options) => {
      const made = plain(options)
      seen.push(made)
      return made
    })

    expect(seen[0]).toBeInstanceOf(ParentStrategy)
  })

  test('signs in with Passport alone', async () => {
    const site = await serve()

    const page = await signIn(site)

    expect(page.location).toBe(`${site.url}/who`)
    expect(JSON.parse((await site.browser.get('/who')).text)).toMatchObject({
      user: { id: 'ada', issuer: provider.issuer },
    })
  })

  test('hands the request to a callback that wants it', async () => {
    const site = await serve(
      (options) =>
        // oxlint-disable-next-line eslint/max-params -- this callback is told by its four parameters
        new Strategy({ ...options, passReqToCallback: true }, (req, _issuer, profile, done) =>
          done(null, { id: profile.id ?? '', path: req.path }),
        ),
    )

    await signIn(site)

    expect(JSON.parse((await site.browser.get('/who')).text)).toMatchObject({ user: { id: 'ada', path: '/callback' } })
  })

  test('asks UserInfo for a callback that takes it apart', async () => {
    const verify: VerifyFunctions[9] = (...[, uiProfile, idProfile, , , , , , done]) =>
      done(null, { mail: uiProfile?.emails?.[0]?.value, id: idProfile.id })
    Object.defineProperty(verify, 'length', { value: 9 })
    const site = await serve((options) => new Strategy({ ...options, scope: 'email' }, verify))

    await signIn(site)

    const user = { mail: 'ada@example.test', id: 'ada' }
    expect(JSON.parse((await site.browser.get('/who')).text)).toMatchObject({ user })
    expect(provider.requests).toContain('/me')
  })

  test('asks no UserInfo for a callback that does not', async () => {
    await signIn(await serve())

    expect(provider.requests).not.toContain('/me')
  })

  test('lets one request ask for more than was configured', async () => {
    const site = await serve(plain, {
      prompt: 'login',
      maxAge: 0,
      acrValues: 'a b',
      loginHint: 'ada',
      scope: ['email'],
    })

    const page = await site.browser.get('/login')

    expect(Object.fromEntries(new URL(page.location ?? '').searchParams)).toMatchObject({
      prompt: 'login',
      max_age: '0',
      acr_values: 'a b',
      login_hint: 'ada',
      scope: 'openid email',
    })
  })

  test('refuses a wish that cannot be before the browser is sent anywhere', async () => {
    const site = await serve(plain, { maxAge: -1 })

    const page = await site.browser.get('/login')

    expect([page.status, page.location]).toEqual([500, undefined])
  })

  test('fails with 400 or 403 as Passport does, and with 503 as an error', async () => {
    const site = await serve()
    const stale = await site.browser.get('/callback?code=x&state=y')
    provider.fault('bad_signature')
    const forged = await signIn(site)
    provider.clear()
    provider.fault('jwks_unavailable')

    expect([stale.status, forged.status, (await signIn(await serve())).status]).toEqual([400, 403, 503])
  })

  test('given as an object, which shares it, answers every one of fifty requests with its own redirect', async () => {
    const { url } = await serve(plain, {}, 'object')
    const logins = Array.from({ length: 50 }, () => fetch(`${url}/login`, { redirect: 'manual' }))

    const states = (await Promise.all(logins)).map((answer) =>
      new URL(answer.headers.get('location') ?? 'about:blank').searchParams.get('state'),
    )

    expect(new Set(states).size).toBe(50)
    expect(states).not.toContain(null)
  })

  test('settles each request once, even when the application fails in the middle of it', async () => {
    let calls = 0
    const site = await serve(
      (options) =>
        new Strategy(options, (_issuer, _profile, done) => {
          calls += 1
          done(null, { id: 'ada' })
          throw new RangeError('after the answer')
        }),
    )

    const page = await signIn(site)

    expect([page.status, calls]).toEqual([302, 1])
  })
})
