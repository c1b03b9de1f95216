import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'

import { door, holding, type Door } from '../../test/door.ts'
import type { Reply } from '../../test/person.ts'
import { openWorld, type Instance, type World } from '../../test/world.ts'
import { LIMITS } from './limits.ts'

/** A route whose handler changes the session, waits, and only then answers. */
function slowRoute(gate: Door): (app: Express) => void {
  return (app) => {
    app.get('/slow', async (req, res) => {
      Object.assign(req.session, { late: 'revived' })
      gate.arrive()
      await gate.opened
      res.send('slow')
    })
    app.get('/stream', async (req, res) => {
      gate.arrive()
      await gate.opened
      Object.assign(req.session, { late: 'revived' })
      res.write('begun ')
      res.end('ended')
    })
  }
}

function codesOf(replies: readonly Reply[]): readonly unknown[] {
  return replies.map(({ status, body }) => [status, body['code']])
}

/** What is kept under a session's cookie, whoever asks. */
async function blobOf(world: World, cookie: string | undefined): Promise<object | null> {
  const sid =
    decodeURIComponent(cookie ?? '')
      .replace(/^s:/, '')
      .split('.', 1)[0] ?? ''
  return await new Promise((resolve, reject) =>
    world.blobs.get(sid, (error: unknown, blob) => (error instanceof Error ? reject(error) : resolve(blob ?? null))),
  )
}

describe('a session', () => {
  test('F-01 v5.0.0-7.2.4 gets a new id at login and at each elevation, and the old ones answer 401', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.post('/remember', { json: { cart: 'tea' } })
    const anonymous = ann.copy()
    await ann.signIn()
    await ann.enrol()
    const atLogin = ann.copy()
    await ann.postProving('/plain', { json: {} })
    const elevated = ann.copy()
    await ann.postProving('/strict', { json: {} })
    world.clock.advance(600_000)
    await ann.postProving('/plain', { json: {} })

    const cookies = [anonymous, atLogin, elevated, ann].map((person) => person.sessionCookie)
    const late = await Promise.all([anonymous, atLogin, elevated].map((person) => person.post('/plain')))

    expect(new Set(cookies).size).toBe(4)
    expect(codesOf(late)).toEqual([
      [401, 'ERR_LOGIN_REQUIRED'],
      [401, 'ERR_SESSION_ROTATED'],
      [401, 'ERR_SESSION_ROTATED'],
    ])
    expect((await ann.get('/me')).body['state']).toBe('live')
  })

  test('F-02 keeps at login nothing but the allow-listed keys, and at a step-up everything', async () => {
    const world = await openWorld({ stepUp: { keepAtLogin: ['cart'] } })
    const ann = world.person()
    await ann.post('/remember', { json: { cart: 'tea', isAdmin: true } })
    await ann.signIn()
    const afterLogin = await ann.get('/me')
    await ann.post('/remember', { json: { theme: 'dark' } })
    await ann.enrol()
    await ann.postProving('/plain', { json: {} })

    const afterStepUp = await ann.get('/me')

    expect(afterLogin.body).toMatchObject({ user: 'ann', blob: { cart: 'tea' } })
    expect(afterLogin.text).not.toContain('isAdmin')
    expect(afterStepUp.body['blob']).toEqual({ cart: 'tea', theme: 'dark' })
  })

  test('F-02 keeps nothing at login if nothing is allowed, even when the login itself would', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.post('/remember', { json: { isAdmin: true } })

    await ann.signIn()

    expect((await ann.get('/me')).body['blob']).toEqual({})
  })

  test('F-03 leaves nothing under the old id but the pointer to its end, in either store', async () => {
    const worlds = await Promise.all([openWorld(), openWorld({ sessions: 'ours' })])
    const left = worlds.map(async (world) => {
      const ann = world.person()
      await ann.signIn()
      await ann.post('/remember', { json: { cart: 'tea' } })
      await ann.enrol()
      const { sessionCookie } = ann
      await ann.postProving('/plain', { json: {} })
      return Object.keys((await blobOf(world, sessionCookie)) ?? {}).toSorted()
    })

    expect(await Promise.all(left)).toEqual([
      ['cookie', 'sallyport'],
      ['cookie', 'sallyport'],
    ])
  })

  test('F-04 has evidence of its own: what one browser proves is worth nothing in another of the same user', async () => {
    const world = await openWorld()
    const [ann, elsewhere] = [world.person(), world.person()]
    await ann.signIn()
    await ann.enrol()
    await elsewhere.signIn()
    await ann.postProving('/plain', { json: {} })

    const refused = await elsewhere.post('/plain')

    expect(codesOf([refused])).toEqual([[401, 'ERR_STEP_UP_REQUIRED']])
    expect(world.done).toEqual(['plain'])
  })

  test('ends the one that the browser had, when it signs in again', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const first = ann.copy()
    await ann.signIn('ben')

    const [late, ended] = [await first.get('/me'), await world.events('session.ended')]

    expect(late.body).toMatchObject({ state: 'ended', because: 'replaced' })
    expect(ended.map(({ reason, data }) => [reason, data])).toEqual([['replaced', { because: 'replaced' }]])
    expect((await ann.get('/me')).body['user']).toBe('ben')
  })
})

describe('logging in', () => {
  test('twice at once from one session leaves one session alive, and tells the other attempt to try again', async () => {
    const gate = door()
    const world = await openWorld({ faults: holding('session.ended', gate) })
    const ann = world.person()
    await ann.signIn()
    const [slow, fast] = [ann.copy(), ann.copy()]
    const held = slow.signIn('ben')
    await gate.waiting
    const signedIn = await fast.signIn('cid')
    gate.open()

    const replies = [signedIn, await held]
    const states = await Promise.all([ann, slow, fast].map(async (person) => (await person.get('/me')).body['state']))

    expect(codesOf(replies)).toEqual([
      [200, undefined],
      [503, 'ERR_STEP_UP_UNAVAILABLE'],
    ])
    expect(states).toEqual(['ended', 'ended', 'live'])
    expect(await world.events('session.ended')).toHaveLength(1)
  })
})

describe('what an ended session left behind', () => {
  test('is empty, also after a slow request of it has saved itself once more', async () => {
    const gate = door()
    const world = await openWorld({
      routes: (app) =>
        void app.get('/saves', async (req, res) => {
          Object.assign(req.session, { late: 'revived' })
          gate.arrive()
          await gate.opened
          req.session.save(() => void res.send('saved'))
        }),
    })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const old = ann.copy()
    const held = old.copy().get('/saves')
    await gate.waiting
    await ann.postProving('/plain', {})
    gate.open()
    await held

    expect((await old.get('/me')).body).toMatchObject({ state: 'ended', blob: {} })
    expect(codesOf([await old.post('/plain')])).toEqual([[401, 'ERR_SESSION_ROTATED']])
  })

  test('is gone once it has lapsed, and keeps no stranger from having a session', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.post('/remember', { json: { passport: { user: 'ann' } } })
    world.clock.advance(48 * 3_600_000)

    const lapsed = await ann.get('/me')
    await ann.post('/remember', { json: { cart: 'tea' } })

    expect(lapsed.body).toEqual({ state: 'anonymous', blob: {} })
    expect((await ann.get('/me')).body).toEqual({ state: 'anonymous', blob: { cart: 'tea' } })
  })
})

describe('logging out', () => {
  test('F-35 v5.0.0-7.4.1 ends the session for every copy of its cookie', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.post('/remember', { json: { cart: 'tea' } })
    const copy = ann.copy()
    await ann.post('/logout')

    const [here, there] = [await ann.get('/me'), await copy.get('/me')]

    expect(here.body['state']).toBe('anonymous')
    expect(there.body).toMatchObject({ state: 'ended', because: 'logout', blob: {} })
    expect(codesOf([await copy.post('/plain')])).toEqual([[401, 'ERR_LOGIN_REQUIRED']])
    expect((await world.events('session.ended')).map(({ reason }) => reason)).toEqual(['logout'])
  })

  test('twice at once ends it once, and both are told that it is over', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()

    const replies = await Promise.all([ann.copy().post('/logout'), ann.copy().post('/logout')])

    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    expect(await world.events('session.ended')).toHaveLength(1)
  })

  test('never claims to have ended a session that went on under a new cookie meanwhile', async () => {
    const gate = door()
    const routes = (
      app: Express,
      { stepUp }: { readonly stepUp: { readonly sessions: { end: EndSession } } },
    ): void => {
      app.post('/slow-logout', async (req, res) => {
        gate.arrive()
        await gate.opened
        await stepUp.sessions.end(req, 'logout', [])
        res.json({ ok: true })
      })
    }
    const world = await openWorld({ routes })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const leaving = ann.copy().post('/slow-logout')
    await gate.waiting
    await ann.postProving('/plain', { json: {} })
    gate.open()

    expect(codesOf([await leaving])).toEqual([[409, 'ERR_SESSION_ROTATED']])
    expect((await ann.get('/me')).body['state']).toBe('live')
  })
})

type EndSession = (
  req: Parameters<Parameters<Express['post']>[1]>[0],
  because: 'logout',
  extra: readonly [],
) => Promise<void>

describe('a slow request of an ended session', () => {
  test('F-01 neither sets a cookie nor saves, with the store of express-session', async () => {
    const gate = door()
    const world = await openWorld({ routes: slowRoute(gate), cookieMaxAge: 3_600_000 })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const { sessionCookie } = ann
    const slow = ann.copy().get('/slow')
    await gate.waiting
    await ann.postProving('/plain', { json: {} })
    gate.open()

    const reply = await slow

    expect([reply.status, reply.text, reply.setsCookies]).toEqual([200, 'slow', []])
    expect(await blobOf(world, sessionCookie)).not.toHaveProperty('late')
    expect((await ann.get('/me')).body['state']).toBe('live')
  })

  test('F-01 neither sets a cookie nor saves, with our session store', async () => {
    const gate = door()
    const world = await openWorld({ routes: slowRoute(gate), cookieMaxAge: 3_600_000, sessions: 'ours' })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const { sessionCookie } = ann
    const slow = ann.copy().get('/slow')
    await gate.waiting
    await ann.postProving('/plain', { json: {} })
    gate.open()

    const reply = await slow

    expect([reply.status, reply.text, reply.setsCookies]).toEqual([200, 'slow', []])
    expect(await blobOf(world, sessionCookie)).not.toHaveProperty('late')
  })

  test('F-01 neither sets a cookie nor saves when it streams', async () => {
    const gate = door()
    const world = await openWorld({ routes: slowRoute(gate), cookieMaxAge: 3_600_000 })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const { sessionCookie } = ann
    const slow = ann.copy().get('/stream')
    await gate.waiting
    await ann.postProving('/plain', { json: {} })
    gate.open()

    const reply = await slow

    expect([reply.status, reply.text, reply.setsCookies]).toEqual([200, 'begun ended', []])
    expect(await blobOf(world, sessionCookie)).not.toHaveProperty('late')
  })

  test('still finds its session ended at the gate, though it was alive when the request came', async () => {
    const gate = door()
    const world = await openWorld({
      routes: (app, { stepUp, world: { done } }) => {
        const wait = async (): Promise<void> => {
          gate.arrive()
          await gate.opened
        }
        app.get(
          '/guarded',
          async (_req, _res, next) => (await wait(), next()),
          stepUp.requireStepUp(),
          (_req, res) => {
            done.push('guarded')
            res.end()
          },
        )
      },
    })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const slow = ann.copy().get('/guarded')
    await gate.waiting
    await ann.postProving('/plain', { json: {} })
    gate.open()

    expect(codesOf([await slow])).toEqual([[401, 'ERR_SESSION_ROTATED']])
    expect(world.done).toEqual(['plain'])
  })
})

describe('the answer of a live session', () => {
  test('saves what the handler changed, also when it streams', async () => {
    const gate = door()
    const world = await openWorld({ routes: slowRoute(gate), cookieMaxAge: 3_600_000 })
    const ann = world.person()
    await ann.signIn()
    gate.open()

    const [slow, streamed] = [await ann.get('/slow'), await ann.get('/stream')]

    expect([slow.setsCookies, streamed.text]).toEqual([['connect.sid'], 'begun ended'])
    expect((await ann.get('/me')).body['blob']).toEqual({ late: 'revived' })
  })

  test('is not changed and does not hang when its handler fails after having given it', async () => {
    const world = await openWorld({
      routes: (app) => {
        app.get('/broken', (_req, res) => {
          res.send('given')
          throw new Error('too late')
        })
      },
    })
    const ann = world.person()
    await ann.signIn()

    const reply = await ann.get('/broken')

    expect([reply.status, reply.text]).toEqual([200, 'given'])
  })
})

describe('the late use of an ended session', () => {
  test('by its own browser within ten seconds is a slow request, and later a finding', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    const copy = ann.copy()
    await ann.post('/logout')
    world.clock.advance(LIMITS.lateUseMs)
    await copy.get('/me')
    const inTime = await world.events('session.reused_after_end')
    world.clock.advance(1)
    await copy.get('/me')

    const late = await world.events('session.reused_after_end')

    expect(inTime).toEqual([])
    expect(late).toMatchObject([{ outcome: 'failure', reason: 'session_ended', data: { endedSecondsAgo: 10 } }])
  })

  test('from another device is a finding at once', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const thief = ann.thief()
    await ann.postProving('/plain', { json: {} })
    await thief.get('/me')

    const found = await world.events('session.reused_after_end')

    expect(found).toMatchObject([{ reason: 'session_rotated', data: { endedSecondsAgo: 0 } }])
  })

  test('reloads a navigation once, and then stops with a page that leads to the login', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const copy = ann.copy()
    await ann.postProving('/plain', { json: {} })
    const page = { headers: { accept: 'text/html', 'sec-fetch-dest': 'document' } }

    const first = await copy.get('/secret?tab=2', page)
    const second = await copy.get(first.headers.get('location') ?? '', page)

    expect([first.status, first.headers.get('location')]).toEqual([303, '/secret?tab=2&session_reloaded=1'])
    expect(second.status).toBe(401)
    expect(second.text).toContain('href="/auth/login"')
  })

  test('F-30 never sends the browser to another host by its own address', async () => {
    const world = await openWorld({
      routes: (app, { stepUp }) => void app.use(stepUp.requireStepUp(), (_req, res) => void res.end()),
    })
    const ann = world.person()
    await ann.signIn()
    await ann.enrol()
    const copy = ann.copy()
    await ann.postProving('/plain', { json: {} })

    const reply = await copy.get(`${world.url}//evil.example/x`, { headers: { accept: 'text/html' } })

    expect([reply.status, reply.headers.get('location')]).toEqual([303, '/?session_reloaded=1'])
  })
})

describe('evidence', () => {
  test('v5.0.0-6.5.6 is gone on every instance at the next request after its authenticator was removed', async () => {
    const world = await openWorld({ instances: 2 })
    const [ann, elsewhere] = [world.person(), world.person()]
    await ann.signIn()
    await ann.enrol()
    await elsewhere.signIn()
    const refusal = await elsewhere.post('/plain')
    await elsewhere.prove(Object.assign(refusal, {}), 'webauthn', ann.code('webauthn'))
    const before = await elsewhere.post('/plain', { json: {}, instance: 1 })
    await ann.postProving('/strict', { json: {} })
    const { authenticators } = (await ann.get('/step-up/authenticators')).body
    const [first] = Array.isArray(authenticators) ? authenticators : []
    await ann.post(`/step-up/authenticators/${first.id}/remove`)

    const after = await elsewhere.post('/plain', { json: {}, instance: 1 })

    expect(before.status).toBe(200)
    expect(codesOf([after])).toEqual([[401, 'ERR_STEP_UP_REQUIRED']])
  })
})

describe('what is missing in front', () => {
  test('is named: express-session, a server-side one, or the resolver before the gate', async () => {
    const { stepUp } = await openInstance()
    const cookieSession: RequestHandler = (req, _res, next) => (Reflect.set(req, 'session', {}), next())
    const guarded = [stepUp.requireStepUp(), stepUp.routes]

    const codes = [await codeOf(stepUp.session), await codeOf(cookieSession, stepUp.session)]
    const gates = await Promise.all(guarded.map((gate) => codeOf(gate)))

    expect(codes).toEqual(['ERR_STEP_UP_NO_SESSION', 'ERR_STEP_UP_COOKIE_SESSION'])
    expect(gates).toEqual(['ERR_STEP_UP_NO_RESOLVER', 'ERR_STEP_UP_MOUNT'])
    expect(await codeOf((req, res, next) => stepUp.routes(withBase(req), res, next))).toBe('ERR_STEP_UP_NO_RESOLVER')
  })

  test('F-27 a session store that is disconnected closes every door', async () => {
    const world = await openWorld()
    const ann = world.person()
    await ann.signIn()
    world.blobs.emit('disconnect')

    const reply = await ann.post('/plain')

    expect(codesOf([reply])).toEqual([[500, 'ERR_STEP_UP_NO_SESSION']])
  })
})

/** An instance whose parts a test puts together by itself. */
async function openInstance(): Promise<Instance> {
  const instances: Instance[] = []
  await openWorld({ routes: (_app, instance) => void instances.push(instance) })
  const [instance] = instances
  if (instance === undefined) throw new Error('openInstance: no instance')
  return instance
}

/** The code of the error with which a chain of handlers ends. */
async function codeOf(...handlers: readonly RequestHandler[]): Promise<unknown> {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  const answer: ErrorRequestHandler = (error: { readonly code?: string }, _req, res, _next) => {
    res.json(error.code ?? null)
  }
  return (await request(express().use(...handlers, answer)).get('/authenticators')).body
}

function withBase(req: Request): Request {
  req.baseUrl = '/step-up'
  return req
}
