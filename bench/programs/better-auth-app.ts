import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import express from 'express'

import { openBetterAuth } from './better-auth.mjs'
import type { MeasuredApp } from './http-server.ts'
import { answerPrivate } from './session-app.ts'

/** The same route behind better-auth's session guard. */
export async function openBetterAuthApp(folder: string): Promise<MeasuredApp> {
  const secret = randomBytes(32).toString('base64url')
  const auth = await openBetterAuth({ path: join(folder, 'better-auth.db'), secret })
  const app = express()
  app.disable('x-powered-by')
  app.get('/login', async (_req, res) => {
    res.set('Set-Cookie', await auth.signUp()).sendStatus(204)
  })
  app.get(
    '/private',
    async (req, res, next) => {
      if (await auth.hasSession(req.headers)) next()
      else res.sendStatus(401)
    },
    answerPrivate,
  )
  return { app, entries: async () => 0, close: async () => auth.close() }
}
