import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { contextOf, currentContext, setContext } from '@sallyport/audit/context'
import type { EventContext } from '@sallyport/audit/context'
import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'
import request from 'supertest'
import { describe, expect, test, vi } from 'vitest'
import type { Misuse } from './misuse.ts'
import type { RequestContextOptions } from './options.ts'
import { requestContext } from './request-context.ts'

const keyring = {
  pseudonym: (context: string, value: string): Promise<string> =>
    Promise.resolve(`k.${createHmac('sha256', 'key').update(`${context}\n${value}`).digest('base64url').slice(0, 22)}`),
}
const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

interface Made {
  readonly app: Express
  readonly misuses: Misuse[]
}

function makeApp(options: Partial<RequestContextOptions> = {}, trust?: unknown): Made {
  const app = express()
  if (trust !== undefined) app.set('trust proxy', trust)
  const misuses: Misuse[] = []
  app.use(requestContext({ keyring, onMisuse: (problem) => misuses.push(problem), ...options }))
  app.use((req, res) => {
    res.json(contextOf(req))
  })
  return { app, misuses }
}

function cookieOf(response: request.Response): string {
  return String(response.get('Set-Cookie')?.[0]).split(';')[0] ?? ''
}

describe('requestContext', () => {
  test('v5.0.0-16.2.1 finds out request id, trace, address, device and method', async () => {
    const { app } = makeApp({ app: 'bank' })

    const { body, headers } = await request(app).post('/secret/42?token=x').set('User-Agent', 'curl/8.0')

    expect(body).toEqual({
      requestId: headers['x-request-id'],
      trace: { id: expect.stringMatching(/^[0-9a-f]{32}$/), span: expect.stringMatching(/^[0-9a-f]{16}$/) },
      net: { ip: '127.0.0.1', hops: 0 },
      device: { id: expect.stringMatching(/^k\.[\w-]{22}$/), known: false, userAgent: 'curl/8.0' },
      target: { app: 'bank', method: 'POST' },
    })
  })

  test('names the handler, so that stack traces read', () => {
    expect(requestContext({ keyring }).name).toBe('requestContextMiddleware')
  })

  test('gives every request an id of its own', async () => {
    const { app } = makeApp()

    const responses = await Promise.all(Array.from({ length: 20 }, () => request(app).get('/')))

    expect(new Set(responses.map((response) => response.get('X-Request-Id'))).size).toBe(20)
  })

  test('keeps a context that is already there', async () => {
    const app = express()
    app.use((req, _res, next) => {
      setContext(req, { requestId: 'earlier-one' })
      next()
    })
    app.use(requestContext({ keyring }), (req, res) => {
      res.json(contextOf(req))
    })

    const response = await request(app).get('/')

    expect(response.body).toEqual({ requestId: 'earlier-one' })
    expect(response.get('Set-Cookie')).toBeUndefined()
  })

  test('v5.0.0-16.5.3 v5.0.0-16.5.4 hands a keyring failure to the error handler and serves nothing', async () => {
    const app = express()
    const failing = { pseudonym: (): Promise<string> => Promise.reject(new Error('kms down')) }
    // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
    const onError: ErrorRequestHandler = (error: Error, _req, res, _next) => {
      res.status(503).json({ message: error.message })
    }
    app.use(requestContext({ keyring: failing }))
    app.use((_req, res) => {
      res.send('served')
    })
    app.use(onError)

    const response = await request(app).get('/')

    expect([response.status, response.body]).toEqual([503, { message: 'kms down' }])
  })
})

describe('requestContext ids', () => {
  test('ignores X-Request-Id unless told to trust it', async () => {
    const { body } = await request(makeApp().app).get('/').set('X-Request-Id', 'chosen-by-client')

    expect(body.requestId).toMatch(/^[0-9a-f]{32}$/)
  })

  test('takes the id of a trusted header', async () => {
    const { app } = makeApp({ trustedRequestIdHeader: 'X-Amzn-Trace' })

    const response = await request(app).get('/').set('X-Amzn-Trace', 'from-my-proxy')

    expect(response.body.requestId).toBe('from-my-proxy')
    expect(response.get('X-Request-Id')).toBe('from-my-proxy')
  })

  test.each(['short', 'x'.repeat(65), 'with space', '{"a":1}'])('replaces the trusted id %j', async (id) => {
    const { app } = makeApp({ trustedRequestIdHeader: 'x-request-id' })

    const { body } = await request(app).get('/').set('X-Request-Id', id)

    expect(body.requestId).toMatch(/^[0-9a-f]{32}$/)
  })

  test('continues the trace of the caller', async () => {
    const { body } = await request(makeApp().app).get('/').set('traceparent', TRACEPARENT)

    expect(body.trace).toEqual({ id: '4bf92f3577b34da6a3ce929d0e0e4736', span: '00f067aa0ba902b7' })
  })

  test('begins a trace of its own when the caller sends a damaged one', async () => {
    const { body } = await request(makeApp().app).get('/').set('traceparent', `${TRACEPARENT}-x`)

    expect(body.trace.id).not.toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  })
})

describe('requestContext address', () => {
  test('F-32 v5.0.0-4.1.3 ignores X-Forwarded-For while no proxy is trusted', async () => {
    const { body } = await request(makeApp().app).get('/').set('X-Forwarded-For', '203.0.113.9')

    expect(body.net).toEqual({ ip: '127.0.0.1', hops: 0 })
  })

  test('F-32 v5.0.0-15.3.4 takes the address that the trusted proxy saw, not what the client wrote', async () => {
    const { body } = await request(makeApp({}, 1).app).get('/').set('X-Forwarded-For', '203.0.113.9, 198.51.100.4')

    expect(body.net).toEqual({ ip: '198.51.100.4', hops: 1 })
  })

  test('counts the trusted proxies', async () => {
    const { body } = await request(makeApp({}, 2).app).get('/').set('X-Forwarded-For', '203.0.113.9, 198.51.100.4')

    expect(body.net).toEqual({ ip: '203.0.113.9', hops: 2 })
  })

  test('F-32 takes an address header from a trusted address only', async () => {
    const { body } = await request(makeApp({}, '10.0.0.0/8').app).get('/').set('X-Forwarded-For', '203.0.113.9')

    expect(body.net).toEqual({ ip: '127.0.0.1', hops: 0 })
  })

  test('F-32 gives every spelling of an address the same form', async () => {
    const { app } = makeApp({}, 1)
    const spellings = ['::ffff:203.0.113.9', '203.0.113.9', '::FFFF:CB00:7109']

    const responses = await Promise.all(spellings.map((ip) => request(app).get('/').set('X-Forwarded-For', ip)))

    expect(responses.map(({ body }) => body.net.ip)).toEqual(['203.0.113.9', '203.0.113.9', '203.0.113.9'])
  })

  test.each(['unknown', '203.0.113.9:1234', '"><script>', ',,,', '1.2.3.4.5', `${'9'.repeat(4000)}`])(
    'F-32 falls back to the connection when the forwarded address is %j',
    async (forwarded) => {
      const { body } = await request(makeApp({}, 1).app).get('/').set('X-Forwarded-For', forwarded)

      expect(body.net).toEqual({ ip: '127.0.0.1', hops: 0 })
    },
  )
})

describe('requestContext misuse', () => {
  test('v5.0.0-4.1.3 tells once of forwarded addresses that nobody reads', async () => {
    const { app, misuses } = makeApp()

    await request(app).get('/').set('X-Forwarded-For', '203.0.113.9')
    await request(app).get('/').set('X-Forwarded-For', '203.0.113.10')

    expect(misuses.map(({ code }) => code)).toEqual(['ERR_REQUEST_CONTEXT_PROXY_UNTRUSTED'])
  })

  test('v5.0.0-15.3.4 tells once of a setting that trusts everybody', async () => {
    const { app, misuses } = makeApp({}, true)

    await request(app).get('/')
    await request(app).get('/')

    expect(misuses.map(({ code }) => code)).toEqual(['ERR_REQUEST_CONTEXT_PROXY_PERMISSIVE'])
  })

  test('is silent about a proxy that is named, and about a direct request', async () => {
    const behind = makeApp({}, 1)
    const direct = makeApp()

    await request(behind.app).get('/').set('X-Forwarded-For', '203.0.113.9')
    await request(direct.app).get('/')

    expect([...behind.misuses, ...direct.misuses]).toEqual([])
  })

  test('warns the process unless told otherwise, without a word of the request', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)

    await request(makeApp({ onMisuse: undefined }).app)
      .get('/')
      .set('X-Forwarded-For', '203.0.113.9')
    const [message, options] = emitWarning.mock.calls[0] ?? []
    emitWarning.mockRestore()

    expect(options).toEqual({ type: 'SallyportWarning', code: 'ERR_REQUEST_CONTEXT_PROXY_UNTRUSTED' })
    expect(message).not.toContain('203.0.113.9')
  })
})

describe('requestContext device', () => {
  test('v5.0.0-3.3.1 v5.0.0-3.3.3 v5.0.0-3.3.4 gives a new browser a host-only, secure, script-proof cookie', async () => {
    const response = await request(makeApp().app).get('/')

    expect(response.get('Set-Cookie')).toEqual([
      expect.stringMatching(
        /^__Host-sallyport-device=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ])
  })

  test('recognises the browser that brings the cookie back', async () => {
    const { app } = makeApp({ deviceCookie: { secure: false, name: 'seen' } })
    const first = await request(app).get('/')

    const second = await request(app)
      .get('/')
      .set('Cookie', `a=b; ${cookieOf(first)}`)

    expect(cookieOf(first)).toMatch(/^seen=/)
    expect(second.body.device).toEqual({ id: first.body.device.id, known: true })
    expect(second.get('Set-Cookie')).toBeUndefined()
  })

  test.each([
    ['malformed', '__Host-sallyport-device=x'],
    ['injected', '__Host-sallyport-device=<script>alert(1)</script>'],
    ['empty', '__Host-sallyport-device='],
  ])('replaces a cookie that is %s', async (_what, cookie) => {
    const response = await request(makeApp().app).get('/').set('Cookie', cookie)

    expect(response.body.device.known).toBe(false)
    expect(response.get('Set-Cookie')).toHaveLength(1)
  })

  test('v5.0.0-15.3.7 replaces a cookie that comes twice', async () => {
    const { app } = makeApp()
    const cookie = cookieOf(await request(app).get('/'))

    const response = await request(app).get('/').set('Cookie', `${cookie}; ${cookie}`)

    expect(response.body.device.known).toBe(false)
    expect(response.get('Set-Cookie')).toHaveLength(1)
  })

  test('v5.0.0-16.2.5 never shows the cookie in the context', async () => {
    const { app } = makeApp()
    const cookie = cookieOf(await request(app).get('/'))

    const { text } = await request(app).get('/').set('Cookie', cookie)

    expect(text).not.toContain(cookie.split('=')[1])
  })

  test('adds its cookie beside those of others', async () => {
    const app = express()
    app.use((_req, res, next) => {
      res.cookie('other', '1')
      next()
    })
    app.use(requestContext({ keyring }), (_req, res) => {
      res.end()
    })

    expect((await request(app).get('/')).get('Set-Cookie')).toHaveLength(2)
  })

  test('survives bytes in headers that no browser sends', async () => {
    const { app } = makeApp()
    const server = createServer(app).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
    const cookie = `${'=;'.repeat(2000)}__Host-sallyport-device=\xff`
    const head = `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: \xff\xfe\x80\r\nCookie: ${cookie}\r\n\r\n`

    socket.end(Buffer.from(head, 'latin1'))
    const answer = Buffer.concat(await socket.toArray()).toString('utf8')
    server.close()
    const context: EventContext = JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))

    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(context.device?.known).toBe(false)
  })
})

describe('requestContext for code that does not hold the request', () => {
  test('serves the rest of the request in its context', async () => {
    const app = express()
    app.use(requestContext({ keyring }))
    app.get('/', async (_req, res) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      res.json(currentContext())
    })

    const responses = await Promise.all(Array.from({ length: 20 }, () => request(app).get('/')))

    expect(responses.map(({ body }) => body.requestId)).toEqual(responses.map((one) => one.get('X-Request-Id')))
    expect(currentContext()).toBeUndefined()
  })

  test('serves it in the context that was there earlier', async () => {
    const app = express()
    app.use((req, _res, next) => {
      setContext(req, { requestId: 'earlier-one' })
      next()
    })
    app.use(requestContext({ keyring }), (_req, res) => {
      res.json(currentContext())
    })

    expect((await request(app).get('/')).body).toEqual({ requestId: 'earlier-one' })
  })
})

describe('requestContext place', () => {
  test('asks where the client is, and not where the proxy is', async () => {
    const asked: string[] = []
    const place = (ip: string): { country: string } => {
      asked.push(ip)
      return { country: 'DE' }
    }

    const { body } = await request(makeApp({ place }, 1).app).get('/').set('X-Forwarded-For', '193.99.144.80')

    expect([body.place, asked]).toEqual([{ country: 'DE' }, ['193.99.144.80']])
  })

  test('leaves out what has no right form', async () => {
    const place = (): { country: string; asn: number } => ({ country: 'Germany', asn: 64_496 })

    expect((await request(makeApp({ place }).app).get('/')).body.place).toEqual({ asn: 64_496 })
  })

  test.each([
    [
      'throws',
      (): never => {
        throw new Error('127.0.0.1 broke it')
      },
    ],
    ['answers later', () => Promise.resolve({ country: 'DE' })],
    ['fails later', () => Promise.reject(new Error('broken'))],
  ])('serves the request without a place when the function %s, and tells once', async (_what, place) => {
    const { app, misuses } = Reflect.apply(makeApp, undefined, [{ place }])

    const { status, body } = await request(app).get('/')
    await request(app).get('/')

    expect([status, body.place]).toEqual([200, undefined])
    expect(misuses).toEqual([
      { code: 'ERR_REQUEST_CONTEXT_PLACE_FAILED', message: expect.not.stringContaining('127.0.0.1') },
    ])
  })

  test.each([null, 7, 'DE', []])('has no place when the function gives %j', async (place) => {
    const { app } = Reflect.apply(makeApp, undefined, [{ place: () => place }])

    expect((await request(app).get('/')).body.place).toBeUndefined()
  })
})

describe('requestContext client hints', () => {
  const HINTS = { 'Sec-CH-UA': '"Brave";v="131"', 'Sec-CH-UA-Mobile': '?0', 'Sec-CH-UA-Platform': '"macOS"' }

  test('reads those that browsers send without being asked', async () => {
    const { body } = await request(makeApp().app).get('/').set(HINTS)

    expect(body.device).toMatchObject({
      browser: 'Brave 131',
      os: 'macOS',
      type: 'desktop',
      hints: 'Sec-CH-UA: "Brave";v="131"; Sec-CH-UA-Mobile: ?0; Sec-CH-UA-Platform: "macOS"',
    })
  })

  test('asks for no more unless told to', async () => {
    const silent = await request(makeApp().app).get('/')
    const asking = await request(makeApp({ askPlatformVersion: true }).app).get('/')

    expect([silent.get('Accept-CH'), asking.get('Accept-CH')]).toEqual([undefined, 'Sec-CH-UA-Platform-Version'])
  })
})
