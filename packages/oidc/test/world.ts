// The world of this package's tests: a real provider, a real Express application with Passport and express-session, a
// memory store, and a ledger and sessions that are small enough to be obviously right.
import { randomBytes } from 'node:crypto'
import { createKeyring } from '@sallyport/keyring'
import { createMemoryStore, sortableId } from '@sallyport/store'
import { createBrowser, startFakeProvider } from '@sallyport/testing'
import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { createOidc } from '../src/lib/create-oidc.ts'
import { dangerouslyAllowInsecureIssuer } from '../src/lib/settings.ts'
import type { Server } from 'node:http'
import type { Audit, PendingEvent } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import type { CurrentSession, Sessions } from '@sallyport/step-up'
import type { Store } from '@sallyport/store'
import type { Browser, BrowserPage, FakeProvider } from '@sallyport/testing'
import type { CreateOidcOptions } from '../src/lib/create-oidc.ts'
import type { SecondDoor } from '../src/lib/second-door.ts'

/** What a test may replace. */
export type WorldOptions = Partial<
  Omit<CreateOidcOptions, 'issuer' | 'callbackUrl' | 'clock' | 'passport' | 'stepUp'>
> & {
  /** In place of the small ones of these tests. */
  readonly sessions?: SecondDoor['sessions']
  readonly clock?: { now(): number }
  /** In place of one that throws: the first door alone never asks. */
  readonly answer?: SecondDoor['answer']
  /** Runs in front of everything. */
  readonly before?: express.RequestHandler
  /** A provider that runs already, and goes on when the world closes. */
  readonly provider?: FakeProvider
}

/** A running application and its provider. */
export interface World {
  readonly provider: FakeProvider
  readonly url: string
  readonly store: Store
  readonly audit: FakeAudit
  readonly keyring: Keyring
  /** Handles of the sessions that were begun. */
  readonly started: readonly string[]
  /** What the strategy told the application of errors and refusals, and what its error handler was given. */
  readonly overheard: readonly unknown[]
  browser(): Browser
  /** Starts a second process' worth of application on the same store, keys and callback URL. */
  startInstance(): Promise<string>
  close(): Promise<void>
}

/** A ledger in a list. */
export interface FakeAudit extends Pick<Audit, 'emit' | 'commit'> {
  readonly events: readonly PendingEvent[]
  /** What others were said to have as their time. */
  readonly times: readonly { readonly source: string; readonly at: number }[]
  ofType(type: PendingEvent['type']): readonly PendingEvent[]
  /** Lets every commit fail until `repair`. */
  breakDown(): void
  repair(): void
}

export function createTestKeyring(): Keyring {
  const purposes = ['seal', 'pseudonym', 'sign'] as const
  return createKeyring({
    keys: purposes.map((purpose, index) => ({ id: `key0000${index}`, purpose, secret: randomBytes(32) })),
  })
}

export function createFakeAudit(store: Store): FakeAudit & Audit {
  const events: PendingEvent[] = []
  const times: { readonly source: string; readonly at: number }[] = []
  let broken = false
  const unused = (): never => {
    throw new Error('Not part of these tests')
  }
  return {
    events,
    times,
    ofType: (type) => events.filter((one) => one.type === type),
    breakDown: () => void (broken = true),
    repair: () => void (broken = false),
    async emit(type, input) {
      events.push({ type, input })
      return 'recorded'
    },
    async commit({ writes, events: accompanying }) {
      if (broken) throw new Error('The store is down')
      const committed = await store.commit({ id: sortableId(store.now(), randomBytes(10)), writes, entries: [] })
      if (committed.ok) events.push(...accompanying)
      return committed
    },
    query: unused,
    count: unused,
    story: unused,
    reveal: unused,
    receipt: unused,
    addSink: unused,
    sinks: unused,
    forgetSink: unused,
    addJob: unused,
    settle: unused,
    reader: unused,
    verify: unused,
    prune: unused,
    observeTime: (source, at) => void times.push({ source, at }),
    eraseSubject: unused,
    exportSubject: unused,
    placeHold: unused,
    releaseHold: unused,
    holds: unused,
    rewrapKeys: unused,
    close: unused,
  }
}

/** Starts a provider and an application that signs people in there, below `/auth`. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock
  const provider = options.provider ?? (await startFakeProvider({ clock }))
  const store = options.store ?? createMemoryStore(clock ? { clock: () => clock.now() } : {})
  const shared = {
    provider,
    store,
    keyring: createTestKeyring(),
    audit: createFakeAudit(store),
    started: [],
    overheard: [],
  }
  const servers: Server[] = []
  const start = async (callbackUrl?: string): Promise<string> => {
    const app = express()
    const server = await listen(app)
    const url = addressOf(server)
    build(app, { ...shared, callbackUrl: callbackUrl ?? `${url}/auth/callback`, options })
    servers.push(server)
    return url
  }
  const url = await start()
  provider.allowRedirects({ callback: `${url}/auth/callback`, afterLogout: `${url}/` })
  return {
    ...shared,
    url,
    // By the machine's clock: the provider's library dates its own cookies by it.
    browser: () => createBrowser(url, { ca: provider.ca }),
    startInstance: () => start(`${url}/auth/callback`),
    async close() {
      for (const server of servers) server.close().closeAllConnections()
      if (options.provider === undefined) await provider.close()
    },
  }
}

interface AppParts {
  readonly provider: FakeProvider
  readonly store: Store
  readonly keyring: Keyring
  readonly audit: Audit
  readonly started: string[]
  readonly overheard: unknown[]
  readonly callbackUrl: string
  readonly options: WorldOptions
}

function build(app: express.Express, parts: AppParts): void {
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const { provider: _, before, answer = notForTheFirstDoor, ...given } = parts.options
  const { sessions = createFakeSessions(given.audit ?? parts.audit, parts.started), ...options } = given
  const oidc = createOidc({
    issuer: parts.provider.issuer,
    ...parts.provider.client,
    callbackUrl: parts.callbackUrl,
    keyring: parts.keyring,
    store: parts.store,
    audit: parts.audit,
    stepUp: { sessions, answer, tell: async () => undefined, requireStepUp: () => (_req, _res, next) => next() },
    passport: overhear(passport, parts.overheard),
    scope: ['profile', 'email'],
    [dangerouslyAllowInsecureIssuer]: true,
    ...options,
  })
  if (before !== undefined) app.use(before)
  app.use(session({ secret: 'for tests only', resave: false, saveUninitialized: false }))
  app.use(passport.session())
  app.use('/auth', oidc.routes)
  app.get('/visit', (req, res) => {
    Reflect.set(req.session, 'visited', true)
    res.send('visited')
  })
  app.get('/private', oidc.requireLogin(), (req, res) => void res.json(req.user))
  app.get('/{*path}', (req, res) => void res.json({ path: req.path, user: req.user ?? null }))
  // oxlint-disable-next-line eslint/max-params -- Express knows an error handler by its four parameters
  const onError: express.ErrorRequestHandler = (error: Error, _req, res, _next) => {
    parts.overheard.push(error)
    res.status(500).json({ error: error.name })
  }
  app.use(onError)
}

/** Listens to what `authenticate` tells its callback. */
function overhear(
  passport: InstanceType<typeof Passport>,
  heard: unknown[],
): NonNullable<CreateOidcOptions['passport']> {
  const original = passport.authenticate.bind(passport)
  const authenticate = (...given: readonly unknown[]): unknown => {
    const answered = given.at(-1)
    if (typeof answered !== 'function') return Reflect.apply(original, passport, given)
    const listening = (...told: readonly unknown[]): unknown => {
      const [error, user, info] = told
      heard.push(error, ...(user ? [] : [info]))
      return Reflect.apply(answered, undefined, told)
    }
    return Reflect.apply(original, passport, [...given.slice(0, -1), listening])
  }
  return Object.assign(passport, { authenticate })
}

const notForTheFirstDoor = async (): Promise<never> => {
  throw new Error('The first door does not do that')
}

function createFakeSessions(audit: Audit, started: string[]): Sessions {
  const live = new Map<string, Extract<CurrentSession, { state: 'live' }>>()
  const current: Sessions['current'] = (req) => {
    const handle: unknown = Reflect.get(req.session, 'handle')
    return (typeof handle === 'string' ? live.get(handle) : undefined) ?? { state: 'anonymous' }
  }
  return {
    middleware: (_req, _res, next) => next(),
    current,
    hold: notForTheFirstDoor,
    async start(req, login, options) {
      const handle = randomBytes(16).toString('hex')
      const { user, account, lineage, flow, identity } = login
      const begun = { type: 'session.started', input: { actor: { user, identity }, lineage, flow, data: {} } } as const
      await audit.commit({ writes: [], events: [...options.extra, begun] })
      await options.logIn()
      Reflect.set(req.session, 'handle', handle)
      const evidence = login.evidence === undefined ? [] : [login.evidence]
      live.set(handle, { state: 'live', handle, user, account, lineage, evidence })
      started.push(handle)
    },
    async end(req, _because, extra) {
      await audit.commit({ writes: [], events: extra })
      live.delete(String(Reflect.get(req.session, 'handle')))
      await new Promise<void>((resolve) => void req.session.destroy(() => resolve()))
    },
    list: notForTheFirstDoor,
    endOne: notForTheFirstDoor,
    endOthers: notForTheFirstDoor,
    dropElevation: notForTheFirstDoor,
    refuse(req, res) {
      res.redirect(303, `/auth/login?return_to=${encodeURIComponent(req.originalUrl)}`)
    },
  }
}

/** Goes to the login route and signs in at the provider; stops at the callback's address, not yet opened. */
export async function signInAtProvider(world: World, browser: Browser, path = '/auth/login'): Promise<string> {
  const isCallback = (location: string): boolean => location.startsWith(`${world.url}/auth/callback`)
  const page = await browser.follow(await browser.get(path), isCallback)
  if (page.location !== undefined) return page.location
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  const back = await browser.follow(sent, isCallback)
  if (back.location === undefined) throw new Error(`The provider did not come back: ${back.status} ${back.text}`)
  return back.location
}

/** Signs in from start to end; the answer of the callback. */
export async function signIn(world: World, browser: Browser, path?: string): Promise<BrowserPage> {
  return browser.get(await signInAtProvider(world, browser, path))
}

/** Who the application takes this browser for. */
export async function whoIs(browser: Browser): Promise<unknown> {
  const page = await browser.get('/who')
  const body: unknown = JSON.parse(page.text)
  return typeof body === 'object' && body !== null ? Reflect.get(body, 'user') : undefined
}

/** The code in the page or problem of a refusal. */
export function codeOf(page: BrowserPage): string | undefined {
  return /ERR_[A-Z_]+/.exec(page.text)?.[0]
}

function listen(app: express.Express): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = app.listen(0, '127.0.0.1', (error?: Error) => (error ? reject(error) : resolve(server)))
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The application has no address')
  return `http://127.0.0.1:${address.port}`
}
