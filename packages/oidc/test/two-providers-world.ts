// Two providers in one application, and as many tenants as a test wants: the real second door, the real ledger, one clock.
// Both providers know the same people by the same names, subjects and addresses; nothing but the issuer tells them apart.
import { createServer } from 'node:http'
import { openAudit } from '@sallyport/audit'
import { createStepUp } from '@sallyport/step-up'
import { createMemoryStore } from '@sallyport/store'
import { createBrowser, manualClock, startFakeProvider } from '@sallyport/testing'
import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { createOidcProviders } from '../src/lib/providers.ts'
import { dangerouslyAllowInsecureIssuer } from '../src/lib/settings.ts'
import { createTestKeyring } from './world.ts'
import type { Server } from 'node:http'
import type { Audit } from '@sallyport/audit'
import type { LedgerEvent } from '@sallyport/audit/ledger'
import type { EventType } from '@sallyport/audit/vocabulary'
import type { Keyring } from '@sallyport/keyring'
import type { Notice, StepUp } from '@sallyport/step-up'
import type { Store } from '@sallyport/store'
import type { Browser, BrowserPage, FakeProvider, FakeProviderOptions, ManualClock } from '@sallyport/testing'
import type { CreateOidcProvidersOptions } from '../src/lib/providers.ts'
import type { ProviderOptions } from '../src/lib/providers/provider-options.ts'
import type { Person } from '../src/lib/person.ts'

export const MFA = 'urn:example:acr:mfa'

type Free = Pick<
  CreateOidcProvidersOptions,
  'tenant' | 'linking' | 'thirdPartyLogin' | 'verify' | 'afterLogoutUrl' | 'loginUrl' | 'logoutHint'
>

/** How a world differs from the usual one. */
export interface TwoProvidersOptions extends Partial<Free> {
  readonly work?: Partial<ProviderOptions>
  readonly home?: Partial<ProviderOptions>
  /** How the provider `home` is, apart from its clock. */
  readonly homeProvider?: Omit<FakeProviderOptions, 'clock'>
  /** Leaves `home` out of the configuration, or both: they are tenants', or nobody's. */
  readonly only?: 'work' | 'tenants'
  readonly store?: Store
  readonly keyring?: Keyring
  readonly audit?: Audit
  /** The store of a second instance, which requests with the header `x-instance: 1` go to; the same data as `store`. */
  readonly second?: Store
}

/** A running application with two doors, and its providers. */
export interface TwoProvidersWorld {
  readonly url: string
  readonly work: FakeProvider
  readonly home: FakeProvider
  /** Everybody's, unless the world was given a store. */
  readonly clock: ManualClock
  readonly store: Store
  /** Whom the verify callback was asked about. */
  readonly people: readonly Person[]
  /** What people were told of changes to their account. */
  readonly told: readonly Notice[]
  visitor(): Visitor
  /** Starts the application anew on what is in the store: it knows nothing of the tenants that it has seen. */
  restart(): Promise<void>
  events(...types: EventType[]): Promise<readonly LedgerEvent[]>
  close(): Promise<void>
}

interface Parts {
  readonly url: string
  readonly work: FakeProvider
  readonly home: FakeProvider
  readonly store: Store
  readonly keyring: Keyring
  readonly audit: Audit
  readonly options: TwoProvidersOptions
  readonly people: Person[]
  readonly told: Notice[]
}

/** Opens a world, to be closed by `close`. */
export async function openTwoProviders(options: TwoProvidersOptions = {}): Promise<TwoProvidersWorld> {
  const clock = manualClock()
  const { store = createMemoryStore({ clock: clock.now }), keyring = createTestKeyring() } = options
  const subjects = createMemoryStore({ clock: clock.now })
  const openLedger = (own = store, writer?: string): Promise<Audit> =>
    openAudit({ store: own, subjects, keyring, origin: 'test.example/ledger', app: 'test', writer })
  let audit = options.audit ?? (await openLedger())
  const shared = { clock: { now: () => store.now() } }
  const [work, home] = [
    await startFakeProvider(shared),
    await startFakeProvider({ ...options.homeProvider, ...shared }),
  ]
  let app: express.Express | undefined
  const others: express.Express[] = []
  const server = await listen(
    createServer((req, res) => (req.headers['x-instance'] === '1' ? others[0] : app)?.(req, res)),
  )
  const url = addressOf(server)
  work.allowRedirects({ callback: `${url}/auth/work/callback`, afterLogout: `${url}/` })
  home.allowRedirects({ callback: `${url}/auth/home/callback`, afterLogout: `${url}/` })
  const parts: Parts = { url, work, home, store, keyring, audit, options, people: [], told: [] }
  const sessions = new session.MemoryStore()
  app = build(parts, sessions)
  const second = options.second && { store: options.second, audit: await openLedger(options.second, 'second') }
  if (second !== undefined) others.push(build({ ...parts, ...second }, sessions))
  return {
    ...parts,
    clock,
    visitor: () => new Visitor(url),
    async restart() {
      await audit.close()
      audit = await openLedger()
      app = build({ ...parts, audit }, sessions)
    },
    async events(...types) {
      await second?.audit.settle()
      await audit.settle()
      return (await audit.query(types.length === 0 ? {} : { type: types }, { limit: 1_000 })).events.toReversed()
    },
    async close() {
      server.close().closeAllConnections()
      await second?.audit.close()
      if (options.audit === undefined) await audit.close()
      await Promise.all([work.close(), home.close()])
    },
  }
}

/** How one of the two is configured; `work` asks for a strong sign-in, so that whoever comes from there has proved it. */
export function optionsFor(provider: FakeProvider, own: Partial<ProviderOptions> = {}): ProviderOptions {
  return { issuer: provider.issuer, ...provider.client, [dangerouslyAllowInsecureIssuer]: true, ...own }
}

function build(parts: Parts, sessions: session.Store): express.Express {
  const { url, store, keyring, audit, options, people } = parts
  const { work, home, homeProvider: _____, only, store: _, keyring: __, audit: ___, second: ____, ...free } = options
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const oidc = createOidcProviders({
    baseUrl: `${url}/auth`,
    providers: {
      ...(only === 'tenants'
        ? {}
        : { work: optionsFor(parts.work, { label: 'Work & Co', scope: ['email'], ...work }) }),
      ...(only === undefined ? { home: optionsFor(parts.home, { scope: ['email'], ...home }) } : {}),
    },
    stepUp: () => stepUp,
    keyring,
    store,
    audit,
    passport,
    verify: (person) => {
      people.push(person)
      return { id: person.id, name: `${person.subject} of ${person.provider ?? ''}` }
    },
    ...free,
  })
  const factors = [oidc.factor({ acrValues: [MFA] })]
  const notify = async (notice: Notice): Promise<void> => void parts.told.push(notice)
  const stepUp: StepUp = createStepUp({ store, audit, keyring, factors, origin: url, appName: 'Test', notify })
  const app = express().set('env', 'test')
  app.use(
    session({ secret: 'for tests only', store: sessions, resave: false, saveUninitialized: false }),
    passport.session(),
    stepUp.session,
  )
  app.use('/auth', oidc.routes)
  app.use('/step-up', stepUp.routes)
  app.get('/secret', stepUp.requireStepUp(), (_, res) => void res.send('shown'))
  app.get('/private', oidc.requireLogin(), (req, res) => void res.json(req.user))
  app.post('/drop', async (req, res) => void res.json(await stepUp.sessions.dropElevation(req)))
  app.get('/{*path}', (req, res) => void res.json({ path: req.path, user: req.user ?? null }))
  // oxlint-disable-next-line eslint/max-params -- Express knows an error handler by its four parameters
  const onError: express.ErrorRequestHandler = (error: Error, _req, res, _next) => {
    res.status(500).send(`${error.name} ${String(Reflect.get(error, 'code'))}`)
  }
  return app.use(onError)
}

/** A person in a browser, at the application and at the providers. */
export class Visitor {
  readonly url: string
  readonly browser: Browser

  constructor(url: string) {
    this.url = url
    this.browser = createBrowser(url)
  }

  /** Signs in from start to end. */
  async signIn(provider: string, username = 'ada'): Promise<BrowserPage> {
    return await this.open(await this.reach(await this.browser.get(`/auth/${provider}/login`), username))
  }

  /** Goes on to the provider and signs in there, as far as the address of the callback, which is not opened yet. */
  async reach(page: BrowserPage, username = 'ada'): Promise<string> {
    const there = await this.browser.follow(page, isCallback)
    if (there.location !== undefined) return there.location
    const sent = await this.browser.submit(there.form('/interaction/'), { username, password: 'correct horse' })
    const back = await this.browser.follow(sent, isCallback)
    if (back.location === undefined) throw new Error(`The provider did not come back: ${back.status} ${back.text}`)
    return back.location
  }

  /** Opens an address and follows where it leads to. */
  async open(address: string): Promise<BrowserPage> {
    return await this.browser.follow(await this.browser.get(address))
  }

  /** Asks to link an identity of a provider, with a session that is strong enough; the page at the end. */
  async link(provider: string, username = 'ada'): Promise<BrowserPage> {
    await this.browser.get('/auth/links')
    const sent = await this.browser.post(`/auth/${provider}/link`, {})
    return await this.open(await this.reach(sent, username))
  }

  /** Forgets who the providers take this browser for, and who the application does. */
  async leave(): Promise<void> {
    await this.browser.get('/')
    await this.browser.post('/auth/logout', {})
    this.browser.forget()
  }

  async who(): Promise<{ readonly id: string; readonly name: string } | null> {
    return JSON.parse((await this.browser.get('/who')).text).user
  }
}

function isCallback(location: string): boolean {
  return /\/auth\/[a-z-]+\/callback/.test(location)
}

function listen(server: Server): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })
}

function addressOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The application has no address')
  return `http://127.0.0.1:${address.port}`
}
