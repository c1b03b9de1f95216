import { createMemoryStore } from '@sallyport/store'
import type { Store } from '@sallyport/store'
import express from 'express'
import type { Express, Request } from 'express'
import session from 'express-session'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createSessionStore } from './session-store.ts'

interface Gate {
  readonly entered: Promise<void>
  readonly opened: Promise<void>
  enter(): void
  open(): void
}

function makeGate(): Gate {
  let enter = (): void => {}
  let open = (): void => {}
  const entered = new Promise<void>((resolve) => (enter = resolve))
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { entered, opened, enter, open }
}

function remember(req: Request, text: string): void {
  Object.assign(req.session, { text })
}

function makeApp(store: Store, gate: Gate = makeGate(), cookie: session.CookieOptions = {}): Express {
  const app = express()
  const sessions = createSessionStore({ store })
  app.use(session({ store: sessions, secret: 'secret', resave: false, saveUninitialized: false, cookie }))
  app.get('/read', (req, res) => {
    res.json(Object(req.session).text ?? null)
  })
  app.get('/write/:text', (req, res) => {
    remember(req, req.params.text)
    res.end()
  })
  app.get('/login', (req, res, next) => {
    req.session.regenerate((error) => {
      if (error) return next(error)
      remember(req, 'logged in')
      res.end()
    })
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.end()))
  })
  app.get('/slow', async (req, res) => {
    gate.enter()
    await gate.opened
    remember(req, 'written late')
    res.end()
  })
  return app
}

function cookieOf(response: request.Response): string {
  return String(response.get('Set-Cookie')?.[0]).split(';')[0] ?? ''
}

async function callSlow(app: Express, cookie: string): Promise<request.Response> {
  return await request(app).get('/slow').set('Cookie', cookie)
}

describe('createSessionStore under express-session', () => {
  test('carries a session from one request to the next', async () => {
    const agent = request.agent(makeApp(createMemoryStore()))

    await agent.get('/write/hello')

    expect((await agent.get('/read')).body).toBe('hello')
  })

  test('carries a session across a restart of the application', async () => {
    const store = createMemoryStore()
    const cookie = cookieOf(await request(makeApp(store)).get('/write/hello'))

    const response = await request(makeApp(store)).get('/read').set('Cookie', cookie)

    expect(response.body).toBe('hello')
  })

  test('keeps a session with an age alive across touches', async () => {
    const agent = request.agent(makeApp(createMemoryStore(), makeGate(), { maxAge: 60_000 }))

    await agent.get('/write/hello')
    await agent.get('/read')

    expect((await agent.get('/read')).body).toBe('hello')
  })

  test('F-01 F-03 v5.0.0-7.2.4 the id before login is not the id after it, and is dead', async () => {
    const app = makeApp(createMemoryStore())
    const before = cookieOf(await request(app).get('/write/anonymous'))

    const after = cookieOf(await request(app).get('/login').set('Cookie', before))

    expect(after).not.toBe(before)
    expect((await request(app).get('/read').set('Cookie', before)).body).toBeNull()
    expect((await request(app).get('/read').set('Cookie', after)).body).toBe('logged in')
  })

  test('F-01 F-35 a slow request that saves after the login does not revive the old id', async () => {
    const gate = makeGate()
    const app = makeApp(createMemoryStore(), gate)
    const before = cookieOf(await request(app).get('/write/anonymous'))
    const slow = callSlow(app, before)
    await gate.entered

    const after = cookieOf(await request(app).get('/login').set('Cookie', before))
    gate.open()
    const { status } = await slow

    expect(status).toBe(200)
    expect((await request(app).get('/read').set('Cookie', before)).body).toBeNull()
    expect((await request(app).get('/read').set('Cookie', after)).body).toBe('logged in')
  })

  test('F-35 v5.0.0-7.4.1 a slow request that saves after the logout does not revive the session', async () => {
    const gate = makeGate()
    const app = makeApp(createMemoryStore(), gate)
    const cookie = cookieOf(await request(app).get('/write/anonymous'))
    const slow = callSlow(app, cookie)
    await gate.entered

    await request(app).get('/logout').set('Cookie', cookie)
    gate.open()
    await slow

    expect((await request(app).get('/read').set('Cookie', cookie)).body).toBeNull()
  })

  test('F-35 the slow request may end on another instance', async () => {
    const store = createMemoryStore()
    const gate = makeGate()
    const cookie = cookieOf(await request(makeApp(store)).get('/write/anonymous'))
    const slow = callSlow(makeApp(store, gate), cookie)
    await gate.entered

    await request(makeApp(store)).get('/login').set('Cookie', cookie)
    gate.open()
    await slow

    expect((await request(makeApp(store)).get('/read').set('Cookie', cookie)).body).toBeNull()
  })

  test('F-27 does not serve a session while the database is away', async () => {
    const store = createMemoryStore()
    const cookie = cookieOf(await request(makeApp(store)).get('/write/hello'))
    await store.close()

    const response = await request(makeApp(store)).get('/read').set('Cookie', cookie)

    expect(response.status).toBe(500)
  })
})
