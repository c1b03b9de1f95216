// A garden without passwords: people sign up, sign in and approve what they do with passkeys, and with nothing else.
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'

import { answerTrouble, listen, openKeys, ownFormsOnly, readSettings, runUntilSignal } from '@sallyport-examples/shared'
import { openAudit } from '@sallyport/audit'
import { requestContext } from '@sallyport/request-context'
import { createSessionStore } from '@sallyport/session-store'
import { openSqlite } from '@sallyport/sqlite'
import { createStepUp, recoveryCodes, type CreateStepUpOptions } from '@sallyport/step-up'
import { webauthn } from '@sallyport/webauthn'
import express, { type Express } from 'express'
import session from 'express-session'

import { BRAND, createGarden } from './garden.ts'
import { openPeople, type People } from './people.ts'

// Names the ledger in everything that is signed; from configuration, never from a request.
const LEDGER = 'garden.example/ledger'

await runUntilSignal('passkeys', async () => {
  const settings = await readSettings(process.env, join(import.meta.dirname, '..'))
  const origin = `http://localhost:${settings.port}`
  const server = await listen(settings)

  const keyring = await openKeys(settings, LEDGER)
  const people = await openPeople(settings.file('people.json'))
  const store = await openSqlite({ path: settings.file('sallyport.db') })
  const subjects = await openSqlite({ path: settings.file('subjects.db') })
  const checkpointFile = settings.file('checkpoint')
  const audit = await openAudit({ store, subjects, keyring, origin: LEDGER, app: 'garden', checkpointFile })

  server.serve(createApp({ store, audit, keyring, origin }, people))
  printReady(origin, settings.dataDir)

  // From the outside in: requests under way end, the last entries are signed, then the files close.
  return async () => {
    await server.drain()
    await audit.close()
    await Promise.all([store.close(), subjects.close()])
  }
})

function createApp(
  floor: Pick<CreateStepUpOptions, 'store' | 'audit' | 'keyring' | 'origin'>,
  people: People,
): Express {
  const { store, audit, keyring, origin } = floor
  const stepUp = createStepUp({
    ...floor,
    appName: BRAND,
    // A passkey belongs to a host name for good. Each one verifies its user, so it counts as two factors by itself.
    factors: [webauthn({ rpId: 'localhost', origins: [origin], userVerification: 'required' }), recoveryCodes()],
    loginPath: '/step-up/sign-in',
    signIn: {
      async load(user) {
        const name = people.nameOf(user)
        return name === undefined ? undefined : { account: name, identity: { name } }
      },
    },
  })

  const app = express()
  app.disable('x-powered-by')
  app.use(ownFormsOnly(origin))
  app.use(requestContext({ keyring, app: 'garden', deviceCookie: { secure: false } })) // leave deviceCookie out behind https
  app.use(
    session({
      name: 'garden.session',
      secret: randomBytes(32).toString('base64url'), // signs session ids: a fixed one lets sessions survive a restart
      store: createSessionStore({ store }),
      cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
      resave: false,
      saveUninitialized: false,
    }),
  )
  app.use(stepUp.session)
  app.use('/step-up', stepUp.routes)
  app.use(
    createGarden({
      audit,
      stepUp,
      async signUp(req, name) {
        const user = await people.add(name)
        // A session that has proved nothing yet: all it is good for is to add the first passkey.
        const login = { user, account: name, identity: { name }, lineage: randomUUID(), flow: randomUUID() }
        await stepUp.sessions.start(req, login, { extra: [], logIn: async () => undefined })
      },
    }),
  )
  app.use(answerTrouble(BRAND))
  return app
}

function printReady(origin: string, dataDir: string): void {
  process.stdout.write(`
ready    ${origin}
try      1. sign up with any name, and add a passkey
         2. sign out, and sign in with it: nobody asks who you are
         3. invite a guest: your passkey signs this one invitation
         4. add a second passkey under Passkeys, for the day when the first is lost
check    npx pnpm@10 --silent sallyport verify sqlite:${dataDir}/sallyport.db --log-key ${dataDir}/log.pub --checkpoint ${dataDir}/checkpoint
stop     Ctrl+C

`)
}
