import express from 'express'
import session, { type CookieOptions } from 'express-session'
import request from 'supertest'
import { describe, expect, test } from 'vitest'

import { openWorld } from '../../test/world.ts'
import { createStepUp } from '../index.ts'

const ORIGIN = 'https://bank.example'

/** What a visitor gets from an application that says it is served by https, with this session cookie. */
async function visit(
  cookie: CookieOptions | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const { store, audit, keyring, core } = await openWorld()
  const stepUp = createStepUp({
    store,
    audit,
    keyring,
    factors: [...core.factors.values()],
    origin: ORIGIN,
    appName: 'Bank',
  })
  const app = express()
  app.set('trust proxy', 1)
  const options = { secret: 'only for tests', resave: false, saveUninitialized: true }
  app.use(session(cookie === undefined ? options : { ...options, name: '__Host-session', cookie }), stepUp.session)
  app.get('/', (_req, res) => void res.json({ ok: true }))
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  app.use(((error: { code?: string; status?: number }, _req, res, _next) => {
    res.status(error.status ?? 500).json({ code: error.code })
  }) satisfies express.ErrorRequestHandler)
  const { status, body } = await request(app).get('/').set(headers)
  return [status, body.code ?? 'open']
}

describe('the session cookie of an application that is served by https', () => {
  test('WEB-01 v5.0.0-3.3.1 has to be secure, or nobody gets in', async () => {
    expect(await visit(undefined)).toEqual([500, 'ERR_STEP_UP_COOKIE'])
    expect(await visit({ secure: false })).toEqual([500, 'ERR_STEP_UP_COOKIE'])
    expect(await visit({ secure: true, httpOnly: false })).toEqual([500, 'ERR_STEP_UP_COOKIE'])
  })

  test('is taken when it is, also when the proxy in front says so', async () => {
    const https = { 'x-forwarded-proto': 'https' }

    expect(await visit({ secure: true }, https)).toEqual([200, 'open'])
    expect(await visit({ secure: 'auto' }, https)).toEqual([200, 'open'])
    expect(await visit({ secure: 'auto' })).toEqual([500, 'ERR_STEP_UP_COOKIE'])
  })
})
