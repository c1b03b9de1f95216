import { recordAccess, requestContext } from '@sallyport/request-context'
import { createSessionStore } from '@sallyport/session-store'
import type { StepUp } from '@sallyport/step-up'
import express, { Router, type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import session from 'express-session'

import { signIn, usePasswords } from '../../examples/local-login/src/first-door.ts'
import type { Users } from '../../examples/local-login/src/users.ts'
import type { createOidc } from '../../packages/oidc/src/index.ts'
import type { Floor } from './floor.ts'

/** What the application is made of. */
export interface BankParts extends Floor {
  readonly stepUp: StepUp
  readonly oidc: ReturnType<typeof createOidc>
  readonly users: Users
}

/** An application as there are many: two ways to sign in, a second door, its own log, and pages that say little. */
export function createBank(parts: BankParts): Express {
  const { keyring, store, secrets, stepUp, oidc, users } = parts
  usePasswords(stepUp, users)
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', 1)
  app.use(
    requestContext({ keyring, app: 'bank', deviceCookie: { secure: false } }),
    logRequests(parts),
    session({
      name: 'bank.session',
      secret: secrets.sessionSecret,
      store: createSessionStore({ store }),
      resave: false,
      saveUninitialized: false,
    }),
    stepUp.session,
  )
  app.use('/auth', oidc.routes)
  app.use('/step-up', stepUp.routes)
  app.use(express.urlencoded({ extended: false }), express.json())
  app.post('/login', signIn(stepUp, refuseSignIn))
  addRoutes(app, parts)
  app.use((_req, res) => void res.status(404).send('There is no such page.'))
  app.use(answerTrouble(parts))
  return app
}

function addRoutes(app: Express, { audit, stepUp, oidc }: BankParts): void {
  const { requireStepUp } = stepUp
  const access = recordAccess({ audit, resource: (req) => (req.params['id'] === undefined ? undefined : 'account-1') })
  app.get('/', (_req, res) => void res.send('home'))
  app.get('/accounts/:id', access, oidc.requireLogin(), (_req, res) => void res.send('account'))
  app.get('/quiet', access, (_req, res) => void res.send('quiet'))
  app.get('/treasure', requireStepUp({ name: 'treasure' }), (_req, res) => void res.send('treasure'))
  app.post('/reported', requireStepUp({ name: 'reported', mode: 'report' }), (_req, res) => void res.send('reported'))
  app.post(
    '/transfer',
    requireStepUp({
      name: 'transfer',
      action: (req) => ({ name: 'transfer', show: { Recipient: req.body.to, Amount: req.body.amount } }),
    }),
    (_req, res) => void res.send('transferred'),
  )
  app.use('/people/:email', access, createPeople(stepUp))
  app.post('/leaky', (req, res) => void res.status(400).json({ title: 'Wrong', body: req.body }))
  app.post('/broken', access, (req) => {
    throw new Error('The handler failed', { cause: { code: 'ERR_BANK', amount: String(req.body.amount) } })
  })
}

/** Pages about a person whose e-mail address is part of theirs; the gates are named by their routes. */
function createPeople({ requireStepUp }: StepUp): RequestHandler {
  const people = Router()
  people.get('/', (_req, res) => void res.send('a person'))
  people.get(['/file', '/record/:page'], requireStepUp(), (_req, res) => void res.send('file'))
  people.get('/reported', requireStepUp({ mode: 'report' }), (_req, res) => void res.send('reported'))
  people.get('/denied', (_req, res) => void res.status(403).send('denied'))
  people.use('/open', requireStepUp())
  return people
}

const refuseSignIn = (): RequestHandler => (_req, res) => void res.status(401).send('That was not right.')

/** What an application logs of its requests, where it is careful: names and texts that people type have no place in it. */
function logRequests({ log, leakyLog }: BankParts): RequestHandler {
  return (req, res, next) => {
    res.once('finish', () => {
      const { username: _name, to: _to, memo: _memo, ...body } = Object(req.body)
      const { authorization, cookie, 'user-agent': userAgent } = req.headers
      const query = req.path.startsWith('/auth') ? {} : { token: req.query['token'], password: req.query['password'] }
      const line = { body, query, authorization, cookie, userAgent, setCookie: res.getHeader('set-cookie') }
      log.info('request', line)
      leakyLog.info('request', line)
    })
    next()
  }
}

function answerTrouble({ log, places }: BankParts): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  return (error: unknown, req, res, next) => {
    places.addError(`error at ${req.method} ${req.baseUrl}${req.route?.path ?? ''}`, error)
    if (res.headersSent) return next(error)
    const { status = 500, code, name } = Object(error)
    log.error('request failed', { status, error: String(code ?? name) })
    res
      .status(Number(status))
      .type('application/problem+json')
      .send(JSON.stringify({ status, title: 'Not available' }))
  }
}
