// A bank with two doors: how Sallyport is mounted in an Express application.
import { randomBytes } from 'node:crypto'

import { listen, openKeys, runUntilSignal } from '@sallyport-examples/shared'
import { createIdentityProvider, type Client } from '@sallyport-examples/shared/identity-provider'
import { openAudit, type Audit } from '@sallyport/audit'
import { winstonSink } from '@sallyport/audit-winston'
import type { Keyring } from '@sallyport/keyring'
import { createOidc, dangerouslyAllowInsecureIssuer } from '@sallyport/oidc'
import { requestContext } from '@sallyport/request-context'
import { createSessionStore } from '@sallyport/session-store'
import { openSqlite } from '@sallyport/sqlite'
import { createStepUp } from '@sallyport/step-up'
import { totp } from '@sallyport/totp'
import express, { type Express } from 'express'
import session from 'express-session'
import passport from 'passport'

import { answerTrouble } from './answer-trouble.ts'
import { createBank } from './bank.ts'
import { createAuditLog, createLog } from './log.ts'
import { openCountries } from './places.ts'
import { printReady } from './print-ready.ts'
import { readSettings, type Settings } from './settings.ts'

// Names the ledger in everything that is signed; from configuration, never from a request.
const LEDGER = 'bank.example/ledger'
/** Who can sign in at the example's own identity provider. */
const PEOPLE = { accounts: { customer: 'Carla Customer', teller: 'Tom Teller' }, password: 'open-sesame' }

await runUntilSignal('bank', async () => {
  const settings = await readSettings(process.env)
  const origin = `http://localhost:${settings.port}`
  const issuer = `http://localhost:${settings.idpPort}`
  const secret = randomBytes(32).toString('base64url')
  const client = { id: 'bank', secret, origin, callback: '/auth/callback' }

  const { host, port, idpPort } = settings
  const bank = await listen({ host, port, setting: 'PORT' })
  const provider = await listen({ host, port: idpPort, setting: 'IDP_PORT' })

  // The floor: keys, one database for records and ledger, and a second one for the keys of persons.
  const keyring = await openKeys(settings, LEDGER)
  const store = await openSqlite({ path: settings.file('sallyport.db') })
  const subjects = await openSqlite({ path: settings.file('subjects.db') })
  const places = await openCountries()

  // The guard's book, with its newest checkpoint kept in a second place, and copies to winston.
  const audit = await openAudit({
    store,
    subjects,
    keyring,
    origin: LEDGER,
    app: 'bank',
    checkpointFile: settings.file('checkpoint'),
  })
  audit.addSink(winstonSink(() => createAuditLog(settings.file('audit.log')), { acknowledge: 'flushed' }))

  provider.serve(
    createIdentityProvider({ issuer, brand: 'Example identity provider', name: 'bank', client, ...PEOPLE }),
  )
  bank.serve(createApp({ store, audit, keyring, places, settings, origin, issuer, client }))
  printReady(settings, origin)

  // From the outside in: requests under way end, the last entries are signed, then the files close.
  return async () => {
    await Promise.all([bank.drain(), provider.drain()])
    await audit.close()
    await Promise.all([store.close(), subjects.close()])
  }
})

interface Floor {
  readonly store: Awaited<ReturnType<typeof openSqlite>>
  readonly audit: Audit
  readonly keyring: Keyring
  readonly places: Awaited<ReturnType<typeof openCountries>>
  readonly settings: Settings
  readonly origin: string
  readonly issuer: string
  readonly client: Client
}

/** The walk of a request: who is asking, who they are, and then the doors in front of what they want. */
function createApp({ store, audit, keyring, places, settings, origin, issuer, client }: Floor): Express {
  const stepUp = createStepUp({ store, audit, keyring, factors: [totp()], origin, appName: 'Sallyport Bank' })
  const oidc = createOidc({
    issuer,
    clientId: client.id,
    clientSecret: client.secret,
    callbackUrl: `${origin}${client.callback}`,
    scope: ['profile'],
    stepUp,
    store,
    audit,
    keyring,
    [dangerouslyAllowInsecureIssuer]: true, // the example's provider speaks plain http on this machine
  })
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))

  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', settings.trustProxy)
  // Leave deviceCookie out behind https.
  app.use(requestContext({ keyring, app: 'bank', place: places.placeOf, deviceCookie: { secure: false } }))
  app.use(
    session({
      name: 'bank.session',
      secret: randomBytes(32).toString('base64url'), // signs session ids: a fixed one lets sessions survive a restart
      store: createSessionStore({ store }),
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.use(passport.session())
  app.use(stepUp.session)
  app.use('/auth', oidc.routes)
  app.use('/step-up', stepUp.routes)
  app.use(createBank({ audit, requireStepUp: stepUp.requireStepUp, requireLogin: () => oidc.requireLogin() }))
  app.use(answerTrouble(createLog()))
  return app
}
