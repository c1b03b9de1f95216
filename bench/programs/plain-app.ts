import { join } from 'node:path'

import { openSqlite } from '@sallyport/sqlite'
import express, { type RequestHandler } from 'express'

import type { MeasuredApp } from './http-server.ts'
import { answerPrivate, logIn, signedInBySession } from './session-app.ts'

/** The same route with express-session and Passport only: signed in or not. */
export async function openPlainApp(folder: string): Promise<MeasuredApp> {
  const store = await openSqlite({ path: join(folder, 'sessions.db') })
  const app = express()
  app.disable('x-powered-by')
  app.use(...signedInBySession(store))
  app.get('/login', async (req, res) => {
    await logIn(req)
    res.sendStatus(204)
  })
  app.get('/private', requireUser, answerPrivate)
  return { app, entries: async () => 0, close: () => store.close() }
}

const requireUser: RequestHandler = (req, res, next) => {
  if (req.isAuthenticated()) next()
  else res.sendStatus(401)
}
