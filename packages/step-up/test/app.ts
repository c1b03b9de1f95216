import { requestContext } from '@sallyport/request-context'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import expressSession from 'express-session'

import type { StepUp } from '../src/index.ts'
import type { World, WorldOptions } from './world.ts'

/** One instance of the bank: sessions, a login for tests, and routes behind the second door. */
export function createApp(world: World, options: WorldOptions, stepUp: StepUp): Express {
  const app = express()
  const { cookieMaxAge } = options
  app.use(
    requestContext({ keyring: world.keyring, deviceCookie: { secure: false } }),
    expressSession({
      store: world.blobs,
      secret: 'only for tests',
      resave: false,
      saveUninitialized: false,
      cookie: cookieMaxAge === undefined ? {} : { maxAge: cookieMaxAge },
    }),
    stepUp.session,
  )
  app.use('/step-up', stepUp.routes)
  app.use(express.json(), express.urlencoded({ extended: true }))
  addSessionRoutes(app, world, stepUp)
  addGuardedRoutes(app, world, stepUp)
  if (options.stepUp?.factors === undefined) addTwoFactorRoute(app, world, stepUp)
  options.routes?.(app, { stepUp, world })
  app.use(answerTrouble(world))
  return app
}

/** A handler that writes down that it ran. */
export function doing(world: World, what: string): RequestHandler {
  return (req, res) => {
    world.done.push(what)
    res.json({ done: what, body: req.body ?? null })
  }
}

function addSessionRoutes(app: Express, world: World, { sessions }: StepUp): void {
  app.post('/login', async (req, res) => {
    const user = String(req.body.user)
    const at = Number(req.body.at ?? world.clock.now())
    const evidence = { factor: 'oidc', at, strong: false, strength: [], issuer: 'https://idp.example' } as const
    const login = {
      user,
      account: `${user}@example.com`,
      identity: { name: user },
      // By a password of the application's own, which proves nothing that a requirement could name.
      ...(Array.isArray(req.body.amr) ? { amr: req.body.amr } : { evidence }),
      flow: `flow-${user}-${at}`,
    }
    const lineage = `lineage-${user}-${world.store.now()}-${Math.floor(performance.now() * 1_000)}`
    await sessions.start(req, { ...login, lineage }, { extra: [], logIn: async () => undefined })
    res.json({ ok: true })
  })
  app.post('/logout', async (req, res) => {
    await sessions.end(req, 'logout', [])
    res.json({ ok: true })
  })
  app.get('/me', (req, res) => {
    const current = sessions.current(req)
    const { sallyport: _pointer, cookie: _cookie, ...blob } = req.session
    res.json({ ...current, blob })
  })
  app.post('/remember', (req, res) => {
    Object.assign(req.session, req.body)
    res.json({ ok: true })
  })
}

function addGuardedRoutes(app: Express, world: World, { requireStepUp }: StepUp): void {
  const transfer = requireStepUp({
    name: 'transfer',
    action: (req) => ({ name: 'transfer', show: { To: req.body.to, Amount: req.body.amount } }),
  })
  app.get('/secret', requireStepUp(), doing(world, 'secret'))
  app.post('/plain', requireStepUp({ name: 'plain' }), doing(world, 'plain'))
  app.post('/transfer', transfer, doing(world, 'transfer'))
  app.post('/strict', requireStepUp({ name: 'strict', phishingResistant: true }), doing(world, 'strict'))
}

function addTwoFactorRoute(app: Express, world: World, { requireStepUp }: StepUp): void {
  app.post('/both', requireStepUp({ name: 'both', allOf: ['totp', 'webauthn'] }), doing(world, 'both'))
}

function answerTrouble(world: World): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  return (error: unknown, _req, res, next) => {
    world.errors.push(memberOf(error, 'code') ?? String(error))
    if (res.headersSent) return next(error)
    const status = Number(memberOf(error, 'status') ?? 500)
    res.status(status).json({ status, code: memberOf(error, 'code') ?? null })
  }
}

function memberOf(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
