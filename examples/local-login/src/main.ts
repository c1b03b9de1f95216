// A bank vault with passwords, as there are many, that gets a second door and a ledger, and nothing else is changed.
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { answerTrouble, listen, openKeys, ownFormsOnly, readSettings, runUntilSignal } from '@sallyport-examples/shared'
import { openAudit } from '@sallyport/audit'
import { requestContext } from '@sallyport/request-context'
import { createSessionStore } from '@sallyport/session-store'
import { openSqlite } from '@sallyport/sqlite'
import { createStepUp, recoveryCodes, type CreateStepUpOptions } from '@sallyport/step-up'
import { totp } from '@sallyport/totp'
import express, { type Express } from 'express'
import session from 'express-session'
import passport from 'passport'

import { signIn, usePasswords } from './first-door.ts'
import { createUsers, type Users } from './users.ts'
import { BRAND, createVault, refuseSignIn } from './vault.ts'

// Names the ledger in everything that is signed; from configuration, never from a request.
const LEDGER = 'vault.example/ledger'
const NAMES = ['ada', 'grace']
const PASSWORD = 'open-sesame'

await runUntilSignal('local-login', async () => {
  const settings = await readSettings(process.env, join(import.meta.dirname, '..'))
  const origin = `http://localhost:${settings.port}`
  const server = await listen(settings)

  const keyring = await openKeys(settings, LEDGER)
  const users = await createUsers(NAMES, PASSWORD)
  const store = await openSqlite({ path: settings.file('sallyport.db') })
  const subjects = await openSqlite({ path: settings.file('subjects.db') })
  const checkpointFile = settings.file('checkpoint')
  const audit = await openAudit({ store, subjects, keyring, origin: LEDGER, app: 'vault', checkpointFile })

  server.serve(createApp({ store, audit, keyring, origin }, users))
  printReady(origin, settings.dataDir)

  // From the outside in: requests under way end, the last entries are signed, then the files close.
  return async () => {
    await server.drain()
    await audit.close()
    await Promise.all([store.close(), subjects.close()])
  }
})

function createApp(floor: Pick<CreateStepUpOptions, 'store' | 'audit' | 'keyring' | 'origin'>, users: Users): Express {
  const { store, audit, keyring, origin } = floor
  const stepUp = createStepUp({ ...floor, appName: BRAND, factors: [totp(), recoveryCodes()], loginPath: '/login' })
  usePasswords(stepUp, users)

  const app = express()
  app.disable('x-powered-by')
  app.use(ownFormsOnly(origin))
  app.use(requestContext({ keyring, app: 'vault', deviceCookie: { secure: false } })) // leave deviceCookie out behind https
  app.use(
    session({
      name: 'vault.session',
      secret: randomBytes(32).toString('base64url'), // signs session ids: a fixed one lets sessions survive a restart
      store: createSessionStore({ store }),
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.use(passport.session())
  app.use(stepUp.session)
  app.use('/step-up', stepUp.routes)
  app.use(express.urlencoded({ extended: false, limit: '16kb' }))
  app.post('/login', signIn(stepUp, refuseSignIn))
  app.use(createVault({ audit, stepUp }))
  app.use(answerTrouble(BRAND))
  return app
}

function printReady(origin: string, dataDir: string): void {
  process.stdout.write(`
ready    ${origin}
sign in  ${NAMES.join(' or ')}, password ${PASSWORD}
try      1. add an authenticator app, and recovery codes
         2. open the vault: the second door asks for a code
         3. try wrong passwords: after twenty of them even the right one has to wait
check    npx pnpm@10 --silent sallyport verify sqlite:${dataDir}/sallyport.db --log-key ${dataDir}/log.pub --checkpoint ${dataDir}/checkpoint
stop     Ctrl+C

`)
}
