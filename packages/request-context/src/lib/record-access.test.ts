import { contextOf, setContext } from '@sallyport/audit/context'
import express, { Router } from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createRecorder, keyring } from '../../test/recorder.ts'
import type { Recorder } from '../../test/recorder.ts'
import { recordAccess } from './record-access.ts'
import type { RecordAccessOptions } from './record-access-options.ts'
import { requestContext } from './request-context.ts'

interface Made extends Recorder {
  readonly app: Express
  readonly record: (options?: Partial<RecordAccessOptions>) => RequestHandler
}

function makeApp(): Made {
  const recorder = createRecorder()
  const app = express()
  app.use(requestContext({ keyring, app: 'bank' }))
  return { ...recorder, app, record: (options = {}) => recordAccess({ audit: recorder.audit, ...options }) }
}

/** Stands for the resolver of sessions. */
const ada: RequestHandler = (req, _res, next) => {
  const context = contextOf(req) ?? { requestId: '' }
  setContext(req, { ...context, who: { user: 'ada', lineage: 'l1', authn: { factor: 'totp' }, tenant: 't1' } })
  next()
}

const done: RequestHandler = (_req, res) => void res.send('done')

const refuseWith =
  (status: number): RequestHandler =>
  (_req, res) =>
    void res.status(status).send('no')

describe('recordAccess', () => {
  test('v5.0.0-16.3.2 LOG-02 records who accessed what, how it was answered and how long it took', async () => {
    const { app, record, until } = makeApp()
    let now = 0
    app.get(
      '/accounts/:id',
      ada,
      record({ resource: (req) => `account ${String(req.params['id'])}`, clock: { now: () => (now += 7) } }),
      done,
    )

    const response = await request(app).get('/accounts/42?token=secret')

    expect(await until(1)).toEqual([
      {
        type: 'access.completed',
        actor: { user: 'ada' },
        lineage: 'l1',
        authn: { factor: 'totp' },
        tenant: 't1',
        target: { app: 'bank', method: 'GET', route: '/accounts/:id', resource: 'account 42' },
        outcome: 'success',
        reason: undefined,
        data: { status: 200, durationMs: 7, aborted: false },
        requestId: response.get('X-Request-Id'),
      },
    ])
  })

  test('names the handler, so that stack traces read', () => {
    expect(makeApp().record().name).toBe('recordAccessMiddleware')
  })

  test('records strangers without an actor', async () => {
    const { app, record, until } = makeApp()
    app.get('/', record(), done)

    await request(app).get('/')

    expect((await until(1))[0]?.actor).toBeUndefined()
  })

  test.each([
    [200, 'success', undefined],
    [304, 'success', undefined],
    [404, 'failure', undefined],
    [422, 'failure', undefined],
    [500, 'failure', 'handler_failed'],
    [503, 'failure', 'handler_failed'],
  ])('records an answer of %i as %s', async (status, outcome, reason) => {
    const { app, record, until } = makeApp()
    app.get('/', record(), (_req, res) => void res.status(status).end())

    await request(app).get('/')

    expect(await until(1)).toMatchObject([{ type: 'access.completed', outcome, reason, data: { status } }])
  })

  test('records a HEAD by its method and the route that answered it', async () => {
    const { app, record, until } = makeApp()
    app.get('/page', record(), done)

    await request(app).head('/page')

    expect((await until(1))[0]).toMatchObject({ target: { method: 'HEAD', route: '/page' }, data: { status: 200 } })
  })

  test('records a handler that throws, with the answer of the error handler', async () => {
    const { app, record, until } = makeApp()
    const router = Router()
    // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
    const onError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(500).end()
    router.post('/pay/:id', record({ resource: (req) => req.params['id']?.toString() }), () => {
      throw new Error('broken')
    })
    app.use('/api', router, onError)

    await request(app).post('/api/pay/7')

    expect((await until(1))[0]).toMatchObject({
      target: { method: 'POST', route: '/api/pay/:id', resource: '7' },
      outcome: 'failure',
      reason: 'handler_failed',
      data: { status: 500 },
    })
  })

  test('lets the response pass whatever the ledger does', async () => {
    const { app } = makeApp()
    const throwing: RecordAccessOptions['audit'] = {
      emit: () => {
        throw new Error('broken')
      },
    }
    const hanging: RecordAccessOptions['audit'] = { emit: () => new Promise(() => undefined) }
    app.get('/throwing', recordAccess({ audit: throwing }), done)
    app.get('/rejecting', recordAccess({ audit: { emit: () => Promise.reject(new Error('closed')) } }), done)
    app.get('/hanging', recordAccess({ audit: hanging }), done)

    const answers = await Promise.all(['/throwing', '/rejecting', '/hanging'].map((path) => request(app).get(path)))

    expect(answers.map(({ text }) => text)).toEqual(['done', 'done', 'done'])
  })

  test('hands a request without a context to the error handler, with what to do', async () => {
    const { audit, events } = createRecorder()
    const app = express()
    // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
    const onError: ErrorRequestHandler = (error: { code: string }, _req, res, _next) => void res.json(error.code)
    app.get('/', recordAccess({ audit }), done)
    app.use(onError)

    expect((await request(app).get('/')).body).toBe('ERR_REQUEST_CONTEXT_MISSING')
    expect(events).toEqual([])
  })
})

describe('recordAccess and refusals', () => {
  test('v5.0.0-16.3.2 records an answer of 401 as access denied to a stranger', async () => {
    const { app, record, until } = makeApp()
    app.get('/vault', record({ name: 'vault' }), refuseWith(401))

    await request(app).get('/vault')

    expect(await until(2)).toMatchObject([
      { type: 'access.denied', outcome: 'failure', reason: 'login_required', data: { requirement: 'vault' } },
      { type: 'access.completed', outcome: 'failure', reason: 'login_required', data: { status: 401 } },
    ])
  })

  test('v5.0.0-16.3.2 records an answer of 403 as access denied to the person, under the name of the route', async () => {
    const { app, record, until } = makeApp()
    app.get('/vault/:id', ada, record(), refuseWith(403))

    await request(app).get('/vault/7')

    expect((await until(2))[0]).toMatchObject({
      type: 'access.denied',
      actor: { user: 'ada' },
      reason: 'not_permitted',
      data: { requirement: '/vault/:id' },
    })
  })

  test('does not repeat a refusal that a gate has recorded', async () => {
    const { app, record, until } = makeApp()
    const gate: RequestHandler = (req, res) => {
      setContext(req, { requestId: 'r1', gate: 'denied' })
      res.status(401).end()
    }
    app.get('/', record(), gate)

    await request(app).get('/')

    expect((await until(1)).map(({ type }) => type)).toEqual(['access.completed'])
  })

  test.each([
    ['a stranger', undefined, 'login_required'],
    ['a person', { user: 'ada' }, 'not_permitted'],
  ])('records it as a failure that a gate has sent %s to another page', async (_who, who, reason) => {
    const { app, record, until } = makeApp()
    const gate: RequestHandler = (req, res) => {
      setContext(req, { requestId: 'r1', gate: 'denied', ...(who === undefined ? {} : { who }) })
      res.redirect(303, '/login')
    }
    app.get('/', record(), gate)

    await request(app).get('/')

    const ended = { type: 'access.completed', outcome: 'failure', reason, data: { status: 303 } }
    expect(await until(1)).toMatchObject([ended])
  })

  test('adds to a gate that records the end only what the gate does not know', async () => {
    const { app, record, until, events } = makeApp()
    const gate: RequestHandler = (req, _res, next) => {
      setContext(req, { requestId: 'r1', gate: 'completing' })
      next()
    }
    app.get('/', record(), gate, done)
    app.get('/own', record(), gate, refuseWith(403))

    await request(app).get('/')
    await request(app).get('/own')

    expect((await until(1)).map(({ type }) => type)).toEqual(['access.denied'])
    expect(events).toHaveLength(1)
  })
})

describe('recordAccess mounted in several places', () => {
  test('makes one record of a request, by the recorder closest to the handler', async () => {
    const { app, record, until, events } = makeApp()
    app.use(record({ name: 'all', resource: () => 'outer' }))
    app.get('/a', record({ name: 'inner', resource: () => 'inner' }), refuseWith(403))
    app.get('/b', record({ name: 'inner' }), refuseWith(403))

    await request(app).get('/a')
    await request(app).get('/b')

    expect((await until(4)).map(({ type, target, data }) => [type, target?.resource, data['requirement']])).toEqual([
      ['access.denied', 'inner', 'inner'],
      ['access.completed', 'inner', undefined],
      ['access.denied', 'outer', 'inner'],
      ['access.completed', 'outer', undefined],
    ])
    expect(events).toHaveLength(4)
  })
})

describe('recordAccess who', () => {
  test('takes the user of Passport, in front of which it may be mounted', async () => {
    const { app, record, until } = makeApp()
    app.use(record({ who: (req) => (isUser(req.user) ? { user: req.user.id } : undefined) }))
    app.get('/', (req, res) => {
      Object.assign(req, { user: { id: 'bob' } })
      res.end()
    })

    await request(app).get('/')

    expect((await until(1))[0]?.actor).toEqual({ user: 'bob' })
  })

  test('still knows who it was that signed out', async () => {
    const { app, record, until } = makeApp()
    app.use((req, _res, next) => {
      Object.assign(req, { user: { id: 'bob' } })
      next()
    })
    app.post(
      '/logout',
      record({ who: (req) => (isUser(req.user) ? { user: req.user.id } : undefined) }),
      (req, res) => {
        Object.assign(req, { user: undefined })
        res.end()
      },
    )

    await request(app).post('/logout')

    expect((await until(1))[0]?.actor).toEqual({ user: 'bob' })
  })

  test.each([
    [
      'throws',
      (): never => {
        throw new Error('ada@example.com')
      },
    ],
    ['gives a number', () => ({ user: 7 })],
    ['gives an empty text', () => ({ user: '' })],
    ['gives an endless text', () => ({ user: 'x'.repeat(513) })],
    ['gives a promise that fails', () => Promise.reject(new Error('ada@example.com'))],
  ])('serves and records the request without its person when the function %s, and tells once', async (_what, who) => {
    const { app, record, until } = makeApp()
    const told: unknown[] = []
    app.get('/', Reflect.apply(record, undefined, [{ who, onMisuse: (problem: unknown) => told.push(problem) }]), done)

    const { text } = await request(app).get('/')
    await request(app).get('/')
    const [event] = await until(2)

    expect([text, event?.actor]).toEqual(['done', undefined])
    expect(told).toEqual([{ code: 'ERR_REQUEST_CONTEXT_WHO_FAILED', message: expect.not.stringContaining('ada') }])
  })
})

describe('recordAccess who, in parts', () => {
  test('records the person without what no event can hold, and tells once', async () => {
    const { app, record, until } = makeApp()
    const told: string[] = []
    const who = (): object => ({ user: 'ada', lineage: 'x'.repeat(400), tenant: 't1', authn: { factor: 'password' } })
    const onMisuse = ({ code }: { readonly code: string }): unknown => told.push(code)
    app.get('/', Reflect.apply(record, undefined, [{ who, onMisuse }]), done)

    await request(app).get('/')

    expect((await until(1))[0]).toMatchObject({ actor: { user: 'ada' }, tenant: 't1', lineage: undefined, authn: {} })
    expect(told).toEqual(['ERR_REQUEST_CONTEXT_WHO_FAILED'])
  })
})

describe('recordAccess resource', () => {
  test('keeps 200 characters of it', async () => {
    const { app, record, until } = makeApp()
    app.get('/', record({ resource: () => 'x'.repeat(1000) }), done)

    await request(app).get('/')

    expect((await until(1))[0]?.target?.resource).toHaveLength(200)
  })

  test.each([
    [
      'throws',
      (): never => {
        throw new Error('broken')
      },
    ],
    ['gives a number', () => 7],
    ['gives a promise', () => Promise.resolve('7')],
    ['gives a promise that fails', () => Promise.reject(new Error('broken'))],
  ])('records the request without it when the function %s, and tells once', async (_what, resource) => {
    const { app, record, until } = makeApp()
    const told: string[] = []
    const onMisuse = ({ code }: { readonly code: string }): unknown => told.push(code)
    app.get('/', Reflect.apply(record, undefined, [{ resource, onMisuse }]), done)

    await request(app).get('/')

    expect((await until(1))[0]?.target?.resource).toBeUndefined()
    expect(told).toEqual(['ERR_REQUEST_CONTEXT_RESOURCE_FAILED'])
  })
})

describe('recordAccess at start-up', () => {
  const { audit } = createRecorder()

  test.each([
    ['no options', undefined],
    ['no ledger', {}],
    ['a ledger passed uncalled', { audit: () => audit }],
    ['an empty name', { audit, name: '' }],
    ['a person in place of a function', { audit, who: { user: 'ada' } }],
    ['a resource that is no function', { audit, resource: 'account' }],
    ['onMisuse as text', { audit, onMisuse: 'warn' }],
    ['a clock without now', { audit, clock: {} }],
    ['an unknown option', { audit, resources: () => '7' }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(recordAccess, undefined, [options])).toThrow(
      expect.objectContaining({ code: 'ERR_REQUEST_CONTEXT_OPTIONS' }),
    )
  })

  test('says so when it was mounted uncalled', async () => {
    const app = express()
    // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => void res.send(error.message)
    Reflect.apply(app.use, app, [recordAccess])
    app.use(onError)

    expect((await request(app).get('/')).text).toContain('mounted uncalled')
  })
})

function isUser(user: unknown): user is { readonly id: string } {
  return typeof user === 'object' && user !== null && 'id' in user
}
