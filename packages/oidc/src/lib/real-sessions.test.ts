import { openAudit } from '@sallyport/audit'
import { createStepUp } from '@sallyport/step-up'
import { createMemoryStore } from '@sallyport/store'
import { createBrowser, startFakeProvider } from '@sallyport/testing'
import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, createTestKeyring } from '../../test/world.ts'
import { createOidc } from './create-oidc.ts'
import { linkKey } from './linking/links.ts'
import { userId } from './login-proof.ts'
import { dangerouslyAllowInsecureIssuer } from './settings.ts'
import type { Server } from 'node:http'
import type { Audit } from '@sallyport/audit'
import type { CreateStepUpOptions, StepUp } from '@sallyport/step-up'
import type { Store } from '@sallyport/store'
import type { Browser, BrowserPage, FakeProvider } from '@sallyport/testing'

// The first door on the real authority over sessions and the real ledger, where the other tests have small ones.

const unused = (): never => {
  throw new Error('No factor is asked in these tests')
}
const FACTOR: CreateStepUpOptions['factors'][number] = {
  name: 'totp',
  strong: true,
  strength: [],
  guessable: true,
  enrolment: { start: unused, view: unused, finish: unused },
  start: unused,
  view: unused,
  verify: unused,
}

let provider: FakeProvider
let audit: Audit
let server: Server
let url: string
let stepUp: StepUp
let store: Store
/** What happens while somebody's sign-in is judged. */
let meanwhile: () => Promise<unknown>
beforeEach(async () => {
  provider = await startFakeProvider()
  store = createMemoryStore()
  meanwhile = async () => undefined
  const keyring = createTestKeyring()
  const app = express()
  server = await new Promise<Server>((resolve) => {
    const started = app.listen(0, '127.0.0.1', () => resolve(started))
  })
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  audit = await openAudit({ store, subjects: createMemoryStore(), keyring, origin: 'test.example/ledger', app: 'test' })
  stepUp = createStepUp({ store, audit, keyring, factors: [FACTOR], origin: url, appName: 'Test' })
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const oidc = createOidc({
    issuer: provider.issuer,
    ...provider.client,
    callbackUrl: `${url}/auth/callback`,
    keyring,
    store,
    audit,
    stepUp,
    passport,
    scope: ['profile'],
    verify: async ({ id, profile }) => {
      await meanwhile()
      return { id, name: profile.displayName }
    },
    [dangerouslyAllowInsecureIssuer]: true,
  })
  app.use(
    session({ secret: 'for tests only', resave: false, saveUninitialized: false }),
    passport.session(),
    stepUp.session,
  )
  app.use('/auth', oidc.routes)
  app.get('/private', oidc.requireLogin(), (req, res) => void res.json(req.user))
  provider.allowRedirects({ callback: `${url}/auth/callback` })
})
afterEach(async () => {
  server.close().closeAllConnections()
  await audit.close()
  await provider.close()
})

async function signIn(browser: Browser): Promise<BrowserPage> {
  const page = await browser.follow(await browser.get('/private'))
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  return browser.follow(sent)
}

const ada = (): string => userId(provider.issuer, 'ada')
const linkTo = (user: string) => ({ op: 'put', key: linkKey(ada()), value: { user }, expect: null }) as const
const failures = async (): Promise<readonly unknown[]> =>
  (await audit.query({ type: 'oidc.login.failed' })).events.map(({ reason, data }) => [
    reason,
    Reflect.get(Object(data), 'code'),
  ])
const typesInLedger = async (): Promise<readonly string[]> =>
  (await audit.query({})).events.map((one) => one.type).filter((type) => /^(?:oidc|session)\./.test(type))

describe('createOidc with createStepUp', () => {
  test('takes a stranger from a guarded page through sign-in back to it', async () => {
    const page = await signIn(createBrowser(url))

    expect([page.status, page.url]).toEqual([200, `${url}/private`])
    expect(JSON.parse(page.text)).toMatchObject({ name: 'Ada Example' })
  })

  test('puts the whole story into the ledger, under one lineage', async () => {
    await signIn(createBrowser(url))

    const story = ['session.started', 'oidc.login.succeeded', 'oidc.login.started', 'oidc.provider.discovered']
    expect((await typesInLedger()).toSorted()).toEqual(story.toSorted())
    const lineages = (await audit.query({})).events.flatMap((one) => one.lineage ?? [])
    expect(new Set(lineages).size).toBe(1)
  })

  test('turns a locked person away with a page that says so, and the ledger says why', async () => {
    await signIn(createBrowser(url))
    await stepUp.administration.lock(ada(), { administrator: 'root' })

    const page = await signIn(createBrowser(url))

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_LOCKED'])
    expect(page.text).toContain('Your account is locked')
    expect(await failures()).toEqual([['account_locked', 'ERR_OIDC_LOCKED']])
  })

  test('asks a person to come again whose identity was linked to another user in that very moment', async () => {
    meanwhile = () => store.commit({ id: 'a-link', writes: [linkTo('u_ben')], entries: [] })

    const page = await signIn(createBrowser(url))

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(await failures()).toEqual([['store_unavailable', 'ERR_OIDC_STORE_UNAVAILABLE']])
    expect(await typesInLedger()).not.toContain('session.started')
  })

  test('F-01 F-03 leaves nothing of a session after logout, whoever kept the cookie', async () => {
    const browser = createBrowser(url)
    await signIn(browser)
    const cookie = browser.cookies().map((one) => `${one.name}=${one.value}`)

    await browser.post('/auth/logout', {})

    const again = await fetch(`${url}/private`, { headers: { cookie: cookie.join('; ') }, redirect: 'manual' })
    expect(again.status).not.toBe(200)
    expect(await typesInLedger()).toEqual(expect.arrayContaining(['oidc.logout.completed', 'session.ended']))
  })
})
