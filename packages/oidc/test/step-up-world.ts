// Both doors on one provider: the real second door with the factor `oidc` in it, the real ledger, and one clock for all.
import { openAudit } from '@sallyport/audit'
import { createStepUp } from '@sallyport/step-up'
import { createMemoryStore } from '@sallyport/store'
import { createBrowser, manualClock, startFakeProvider } from '@sallyport/testing'
import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { createOidc } from '../src/lib/create-oidc.ts'
import { dangerouslyAllowInsecureIssuer } from '../src/lib/settings.ts'
import { createTestKeyring } from './world.ts'
import type { Server } from 'node:http'
import type { Audit } from '@sallyport/audit'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { EventType } from '@sallyport/audit/vocabulary'
import type { Keyring } from '@sallyport/keyring'
import type { StepUp, StepUpOptions } from '@sallyport/step-up'
import type { EnrolledFactor, Factor } from '@sallyport/step-up/factor'
import type { Store } from '@sallyport/store'
import type { Browser, BrowserPage, FakeProvider, FakeProviderOptions, ManualClock } from '@sallyport/testing'
import type { CreateOidcOptions, Oidc } from '../src/lib/create-oidc.ts'

export const MFA = 'urn:example:acr:mfa'

/** How a world differs from the usual one. */
export interface StepUpWorldOptions {
  readonly factor?: Parameters<Oidc['factor']>[0]
  /** Ways to confirm beside the provider. */
  readonly further?: readonly Factor[]
  readonly oidc?: Partial<Pick<CreateOidcOptions, 'assurance' | 'levelClaim'>>
  readonly provider?: Omit<FakeProviderOptions, 'clock'>
  /** Further guarded pages, by path; `/secret` asks for any strong proof, `/transfer` for one of the very transfer. */
  readonly pages?: Readonly<Record<string, StepUpOptions>>
}

/** A running application with two doors, and its provider. */
export interface StepUpWorld {
  readonly url: string
  readonly provider: FakeProvider
  readonly clock: ManualClock
  readonly store: Store
  readonly keyring: Keyring
  /** What the handlers behind the second door did. */
  readonly done: readonly string[]
  /** How often the verify callback was asked about somebody. */
  readonly verified: readonly string[]
  browser(): Browser
  /** The events of the ledger, the oldest first. */
  events(...types: EventType[]): Promise<readonly LedgerEvent[]>
  close(): Promise<void>
}

interface Parts {
  readonly url: string
  readonly provider: FakeProvider
  readonly store: Store
  readonly keyring: Keyring
  readonly audit: Audit
  readonly options: StepUpWorldOptions
  readonly done: string[]
  readonly verified: string[]
}

/** Opens a world, to be closed by `close`. */
export async function openStepUpWorld(options: StepUpWorldOptions = {}): Promise<StepUpWorld> {
  const clock = manualClock()
  const store = createMemoryStore({ clock: clock.now })
  const keyring = createTestKeyring()
  const subjects = createMemoryStore({ clock: clock.now })
  const audit = await openAudit({ store, subjects, keyring, origin: 'test.example/ledger', app: 'test' })
  const provider = await startFakeProvider({ ...options.provider, clock })
  const app = express().set('env', 'test')
  const server = await listen(app)
  const url = addressOf(server)
  provider.allowRedirects({ callback: `${url}/auth/callback`, afterLogout: `${url}/` })
  const parts: Parts = { url, provider, store, keyring, audit, options, done: [], verified: [] }
  build(app, parts)
  return {
    ...parts,
    clock,
    browser: () => createBrowser(url),
    async events(...types) {
      await audit.settle()
      return (await audit.query(types.length === 0 ? {} : { type: types }, { limit: 1_000 })).events.toReversed()
    },
    async close() {
      server.close().closeAllConnections()
      await audit.close()
      await provider.close()
    },
  }
}

function build(app: express.Express, parts: Parts): void {
  const { url, provider, store, keyring, audit, options } = parts
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
    passport,
    stepUp: () => stepUp,
    verify: ({ id, profile }) => {
      parts.verified.push(profile.id ?? '')
      return { id, name: profile.id }
    },
    [dangerouslyAllowInsecureIssuer]: true,
    ...options.oidc,
  })
  const factors = [oidc.factor(options.factor ?? { acrValues: [MFA] }), ...(options.further ?? [])]
  const stepUp: StepUp = createStepUp({ store, audit, keyring, factors, origin: url, appName: 'Test' })
  app.use(
    session({ secret: 'for tests only', resave: false, saveUninitialized: false }),
    passport.session(),
    stepUp.session,
  )
  app.use('/auth', oidc.routes)
  app.use('/step-up', stepUp.routes)
  app.use(express.urlencoded({ extended: false }))
  addPages(app, parts, stepUp)
}

function addPages(app: express.Express, { options, done }: Parts, { requireStepUp, sessions }: StepUp): void {
  const action: StepUpOptions['action'] = (req) => ({ name: 'transfer', show: { To: String(req.body.to) } })
  app.get('/me', (req, res) => void res.json({ user: req.user ?? null, session: sessions.current(req) }))
  app.post('/drop', async (req, res) => void res.json(await sessions.dropElevation(req)))
  app.post('/end', async (req, res) => {
    await sessions.end(req, 'logout', [])
    res.send('ended')
  })
  for (const [path, asked] of Object.entries({ '/secret': {}, ...options.pages }))
    app.get(path, requireStepUp(asked), (req, res) => {
      done.push(req.path)
      res.send('shown')
    })
  app.post('/transfer', requireStepUp({ action }), (req, res) => {
    done.push(`transfer to ${String(req.body.to)}`)
    res.send('transferred')
  })
  app.get('/', (_, res) => void res.send('home'))
  // oxlint-disable-next-line eslint/max-params -- Express knows an error handler by its four parameters
  const onError: express.ErrorRequestHandler = (error: Error, _req, res, _next) => {
    res
      .status(Reflect.get(error, 'status') === 503 ? 503 : 500)
      .send(`${error.name} ${String(Reflect.get(error, 'code'))}`)
  }
  app.use(onError)
}

/** A person in a browser, at the application and at the provider. */
export class Visitor {
  readonly world: StepUpWorld
  readonly browser: Browser

  constructor(world: StepUpWorld) {
    this.world = world
    this.browser = world.browser()
  }

  /** Signs in with a password, and nothing more. */
  async signIn(username = 'ada'): Promise<BrowserPage> {
    const page = await this.browser.follow(await this.browser.get('/auth/login?return_to=/me'))
    return await this.browser.follow(await this.enter(page, username))
  }

  /** Fills in the provider's form. */
  async enter(page: BrowserPage, username = 'ada'): Promise<BrowserPage> {
    return await this.browser.submit(page.form('/interaction/'), { username, password: 'correct horse' })
  }

  /** Opens a guarded page, as far as the page of its challenge. */
  async ask(path = '/secret'): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(path))
  }

  /** Follows a challenge's link to the provider, as far as its form or, where it asks nothing, the callback. */
  async leave(challenge: BrowserPage): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(wayOut(challenge)), this.#isCallback)
  }

  /** Goes from a challenge to the provider and back, as far as the address of the callback, which is not opened yet. */
  async prove(challenge: BrowserPage): Promise<string> {
    return await this.answer(await this.leave(challenge))
  }

  /** Signs in at the provider, where it asks for that, as far as the address of the callback. */
  async answer(there: BrowserPage, username?: string): Promise<string> {
    const sent = there.location === undefined ? await this.enter(there, username) : there
    const between = await this.browser.follow(sent, this.#isCallback)
    // Where somebody else was signed in, they are signed out first, by a page that sends its form by itself.
    const isChange = between.text.includes('<title>Submitting Callback</title>')
    const changed = isChange ? await this.browser.submit(between.form()) : between
    const back = await this.browser.follow(changed, this.#isCallback)
    if (back.location === undefined) throw new Error(`The provider did not come back: ${back.status} ${back.text}`)
    return back.location
  }

  /** Opens an address and follows where it leads to. */
  async open(address: string): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(address))
  }

  async me(): Promise<{ readonly user: unknown; readonly session: Readonly<Record<string, unknown>> }> {
    return JSON.parse((await this.browser.get('/me')).text)
  }

  readonly #isCallback = (location: string): boolean => location.startsWith(`${this.world.url}/auth/callback`)
}

/** An authenticator that anybody could add, and nobody here has. */
export function unusedFactor(): EnrolledFactor {
  const refused = async (): Promise<{ readonly ok: false; readonly reason: 'wrong_code' }> => {
    return { ok: false, reason: 'wrong_code' }
  }
  const nothing = async (): Promise<readonly []> => []
  return {
    name: 'totp',
    strong: true,
    strength: [],
    guessable: true,
    enrolment: { start: async () => ({}), view: nothing, finish: refused },
    start: async () => ({}),
    view: nothing,
    verify: refused,
  }
}

/** Someone who is signed in, by password. */
export async function signedIn(world: StepUpWorld, username?: string): Promise<Visitor> {
  const visitor = new Visitor(world)
  const page = await visitor.signIn(username)
  if (page.url !== `${world.url}/me`) throw new Error(`Not signed in: ${page.status} ${page.text}`)
  return visitor
}

/** The address of the link by which a challenge's page leads to the provider. */
export function wayOut(challenge: BrowserPage): string {
  const [, address] = /href="(\/auth\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
  if (address === undefined) throw new Error(`No way to the provider: ${challenge.status} ${challenge.text}`)
  return address.replaceAll('&amp;', '&')
}

/** The link of a problem's page, and its code. */
export function problemOf(page: BrowserPage): {
  readonly status: number
  readonly code: string
  readonly link: string
} {
  const [, link = ''] = /<a[^>]* href="([^"]*)"/.exec(page.text) ?? []
  return { status: page.status, code: /ERR_[A-Z_]+/.exec(page.text)?.[0] ?? '', link: link.replaceAll('&amp;', '&') }
}

/** What the ledger tells of a visitor's session, as types and reasons, from its newest step-up on. */
export async function storyOf(visitor: Visitor, lineage?: unknown): Promise<readonly string[]> {
  const wanted = lineage ?? (await visitor.me()).session['lineage']
  const told = (await visitor.world.events()).filter((event) => event.lineage === wanted)
  const from = told.findLastIndex(({ type }) => type === 'step_up.required')
  return told.slice(from).map((event) => (event.reason === undefined ? event.type : `${event.type} ${event.reason}`))
}

async function listen(app: express.Express): Promise<Server> {
  return await new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', (error?: Error) => (error ? reject(error) : resolve(server)))
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The application has no address')
  return `http://127.0.0.1:${address.port}`
}
