// passport-openidconnect and our strategy side by side: one provider, one Express application, the same options and the
// same verify callback, so that tests can compare what either makes of them.
import { createHash } from 'node:crypto'
import { createMemoryStore } from '@sallyport/store'
import { createBrowser, startFakeProvider } from '@sallyport/testing'
import express from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import ParentStrategy from 'passport-openidconnect'
import { dangerouslyAllowInsecureIssuer } from '../src/lib/settings.ts'
import { Strategy } from '../src/lib/strategy.ts'
import { createFakeAudit, createTestKeyring } from './world.ts'
import type { Server } from 'node:http'
import type { Browser, BrowserPage, FakeProvider } from '@sallyport/testing'
import type { FakeAudit } from './world.ts'

/** Which of the two. */
export type Side = 'parent' | 'ours'

/** What both are given. */
export interface Case {
  /** In passport-openidconnect's spelling. */
  readonly options?: object
  readonly verify: unknown
  /** For `passport.authenticate` on the way out and on the way back. */
  readonly login?: object
  readonly callback?: object
  /** Links an account by `passport.authorize` rather than signing in. */
  readonly authorize?: boolean
  /** Where a person wanted to go, as connect-ensure-login keeps it. */
  readonly returnTo?: string
}

/** The two, their application and their provider. */
export interface DropInWorld {
  readonly provider: FakeProvider
  readonly url: string
  readonly audit: FakeAudit
  /** Serves another case from now on. */
  serve(next: Case): void
  browser(): Browser
  /** The parameters that a login route sends to the provider. */
  asks(side: Side): Promise<Record<string, string>>
  /** From the login route to the answer of the callback route. */
  signIn(side: Side, browser?: Browser): Promise<Outcome>
  /** Opens the callback route with this query, with no sign-in begun. */
  answer(side: Side, query: string): Promise<Outcome>
  close(): Promise<void>
}

/** What a browser sees of a sign-in's end, and what the application saw. */
export interface Outcome {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
  /** What the last handler was given, or an error handler. */
  readonly seen: Readonly<Record<string, unknown>>
}

const CLIENT = { clientId: 'drop-in', clientSecret: 'a secret that only tests know: 0123456789abcdef' }
const VERIFIER = 'drop-in-drop-in-drop-in-drop-in-drop-in-drop-in'
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** Starts the application and the provider; `serve` before signing in. */
export async function startDropInWorld(): Promise<DropInWorld> {
  const app = express()
  const server = await new Promise<Server>((resolve) => {
    const started = app.listen(0, '127.0.0.1', () => resolve(started))
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const redirectUris = [`${url}/parent/callback`, `${url}/ours/callback`]
  const provider = await startFakeProvider({ clients: [{ ...CLIENT, redirectUris, postLogoutRedirectUris: [] }] })
  const store = createMemoryStore()
  const house = { keyring: createTestKeyring(), store, audit: createFakeAudit(store) }
  const endpoints = await discover(provider.issuer)
  let served: express.Router = express.Router()
  let seen: Record<string, unknown> = {}
  const keep = (next: Record<string, unknown>): void => void (seen = next)
  app.use(session({ secret: 'for tests only', resave: false, saveUninitialized: false }))
  app.use((req, res, next) => served(req, res, next))
  const outcome = ({ status, location, text }: BrowserPage): Outcome => ({ status, location, body: text, seen })
  const isCallback = (location: string): boolean => location.startsWith(url)
  return {
    provider,
    url,
    audit: house.audit,
    serve(next) {
      const shared = { issuer: provider.issuer, clientID: CLIENT.clientId, clientSecret: CLIENT.clientSecret }
      const of = (side: Side): object => ({ ...shared, callbackURL: `${url}/${side}/callback`, ...next.options })
      const ours = { ...house, ...of('ours'), [dangerouslyAllowInsecureIssuer]: true }
      const strategies: Record<Side, unknown> = {
        parent: makeParent({ ...of('parent'), ...endpoints, nonce: true }, next.verify),
        ours: Reflect.construct(Strategy, [ours, next.verify]),
      }
      served = routes(next, strategies, keep)
    },
    browser: () => createBrowser(url),
    async asks(side) {
      const page = await createBrowser(url).get(`/${side}/login`)
      return Object.fromEntries(new URL(page.location ?? 'about:blank').searchParams)
    },
    async signIn(side, browser = createBrowser(url)) {
      keep({})
      const page = await browser.follow(await browser.get(`/${side}/login`), isCallback)
      if (page.location !== undefined) return outcome(await browser.get(page.location))
      const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
      return outcome(await browser.get((await browser.follow(sent, isCallback)).location ?? ''))
    },
    async answer(side, query) {
      keep({})
      return outcome(await createBrowser(url).get(`/${side}/callback?${query}`))
    },
    async close() {
      server.close().closeAllConnections()
      await provider.close()
    },
  }
}

/** The endpoints that passport-openidconnect wants spelt out. */
async function discover(issuer: string): Promise<object> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
  const found: object = Object(await answer.json())
  const of = (name: string): unknown => Reflect.get(found, name)
  const endpoints = { authorizationURL: of('authorization_endpoint'), tokenURL: of('token_endpoint') }
  return { ...endpoints, userInfoURL: of('userinfo_endpoint') }
}

/** The provider insists on PKCE and HTTP Basic, which passport-openidconnect has not: they are lent to it on the wire. */
function makeParent(options: object, verify: unknown): unknown {
  const parent: unknown = Reflect.construct(ParentStrategy, [options, verify])
  const wire: object = Object(Reflect.get(Object(parent), '_oauth2'))
  const send: unknown = Reflect.get(wire, '_request')
  const basic = Buffer.from(`${CLIENT.clientId}:${encodeURIComponent(CLIENT.clientSecret)}`).toString('base64')
  const lent = (...given: unknown[]): unknown => {
    const [method, url, headers, body, ...rest] = given
    if (method !== 'POST') return Reflect.apply(Object(send), wire, given)
    const form = new URLSearchParams(String(body))
    form.delete('client_secret')
    form.set('code_verifier', VERIFIER)
    const proved = { ...Object(headers), Authorization: `Basic ${basic}` }
    return Reflect.apply(Object(send), wire, [method, url, proved, form.toString(), ...rest])
  }
  Object.assign(wire, { _request: lent })
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: 'S256' }
  return Object.assign(Object(parent), { authorizationParams: () => ({ ...pkce }) })
}

function routes(
  next: Case,
  strategies: Readonly<Record<Side, unknown>>,
  keep: (seen: Record<string, unknown>) => void,
): express.Router {
  const router = express.Router()
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  router.use((req, _, go) => {
    if (next.returnTo !== undefined && req.path.endsWith('/login')) Reflect.set(req.session, 'returnTo', next.returnTo)
    go()
  })
  router.use(passport.session())
  const by = (side: Side, options: object = {}): express.RequestHandler => {
    const handler: unknown =
      next.authorize === true ? passport.authorize(side, options) : passport.authenticate(side, options)
    return Object(handler)
  }
  for (const side of ['parent', 'ours'] as const) {
    passport.use(side, Object(strategies[side]))
    router.get(`/${side}/login`, by(side, next.login))
    router.get(`/${side}/callback`, by(side, { keepSessionInfo: true, ...next.callback }), (req, res) => {
      const { user, authInfo } = req
      keep({ user, account: Reflect.get(req, 'account'), authInfo })
      res.json('in')
    })
  }
  router.get('/messages', (req, res) => void res.json(Reflect.get(req.session, 'messages') ?? null))
  // oxlint-disable-next-line eslint/max-params -- Express knows an error handler by its four parameters
  const onError: express.ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    keep({ error })
    res.status(Number(Reflect.get(Object(error), 'status') ?? 500)).json('error')
  }
  router.use(onError)
  return router
}
