import { randomUUID } from 'node:crypto'
import type { Audit } from '@sallyport/audit'
import type { Keyring } from '@sallyport/keyring'
import { requestContext } from '@sallyport/request-context'
import { createSessionStore } from '@sallyport/session-store'
import { createStepUp } from '@sallyport/step-up'
import type { Store } from '@sallyport/store'
import { totp } from '@sallyport/totp'
import express from 'express'
import type { Express } from 'express'
import session from 'express-session'

/** What the application stands on. */
export interface Floor {
  readonly store: Store
  readonly audit: Audit
  readonly keyring: Keyring
  readonly origin: string
}

/** A small shop with a second door before its till; its first door lets everybody in as the same person. */
export function createShop({ store, audit, keyring, origin }: Floor): Express {
  const factors = [totp()]
  const stepUp = createStepUp({ store, audit, keyring, factors, origin, appName: 'Shop', loginPath: '/login' })

  const app = express()
  app.use(requestContext({ keyring, app: 'shop', deviceCookie: { secure: false } }))
  const cookie = { sameSite: 'lax', secure: false } as const
  const sessions = createSessionStore({ store })
  app.use(session({ secret: randomUUID(), cookie, store: sessions, resave: false, saveUninitialized: false }))
  app.use(stepUp.session)
  app.use('/step-up', stepUp.routes)
  app.get('/login', async (req, res) => {
    const login = {
      user: 'user-17',
      account: 'ada',
      identity: { name: 'Ada' },
      lineage: randomUUID(),
      flow: randomUUID(),
    }
    await stepUp.sessions.start(req, login, { extra: [], logIn: () => Promise.resolve() })
    res.send('welcome')
  })
  app.get('/till', stepUp.requireStepUp({ name: 'till' }), (_req, res) => {
    res.send('the till is open')
  })
  return app
}
