import { randomUUID } from 'node:crypto'

import { requestContext } from '@sallyport/request-context'
import { createStepUp, type StepUp } from '@sallyport/step-up'
import { totp } from '@sallyport/totp'
import express, { type Request } from 'express'

import { openLedger } from '../support/ledger.ts'
import type { MeasuredApp } from './http-server.ts'
import { answerPrivate, logIn, signedInBySession } from './session-app.ts'

/** The route behind the second door, as an application mounts it. */
export async function openGuardedApp(folder: string, accessEvents: 'recorded' | 'off'): Promise<MeasuredApp> {
  const { store, audit, keyring, close } = await openLedger(folder)
  const stepUp = createStepUp({
    store,
    audit,
    keyring,
    factors: [totp()],
    origin: 'http://127.0.0.1',
    appName: 'Bench',
    accessEvents: accessEvents === 'recorded',
  })
  const app = express()
  app.disable('x-powered-by')
  app.use(requestContext({ keyring, app: 'bench', deviceCookie: { secure: false } }))
  app.use(...signedInBySession(store), stepUp.session)
  app.get('/login', async (req, res) => {
    await startStrongSession(stepUp, req)
    res.sendStatus(204)
  })
  app.get('/private', stepUp.requireStepUp(), answerPrivate)
  return { app, close, entries: async () => await countEntries() }

  async function countEntries(): Promise<number> {
    await audit.settle()
    return await store.size()
  }
}

/** Begins a session as the first door does, with the evidence that the second door asks for. */
async function startStrongSession({ sessions }: StepUp, req: Request): Promise<void> {
  const login = {
    user: 'https://idp.example user-1',
    account: 'Carla Customer',
    identity: { name: 'Carla Customer' },
    evidence: { factor: 'totp', at: Date.now(), strong: true, strength: [], authenticator: randomUUID() },
    lineage: randomUUID(),
    flow: randomUUID(),
  } as const
  await sessions.start(req, login, { extra: [], logIn: () => logIn(req) })
}
