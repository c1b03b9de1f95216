import express, { Router } from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import fc from 'fast-check'
import request from 'supertest'
import { expect, test } from 'vitest'
import { createRecorder, keyring } from '../../test/recorder.ts'
import { recordAccess } from './record-access.ts'
import { requestContext } from './request-context.ts'

/** A way to write a path: what Express is told, what the ledger may say of it, and the path that a client asks for. */
interface Way {
  readonly path: string | RegExp | (string | RegExp)[]
  readonly said: string
  readonly asked: (one: string, other: string) => string
}

const MOUNTS: readonly Way[] = [
  { path: '/API/v1', said: '/API/v1', asked: () => '/api/V1' },
  { path: '/', said: '', asked: () => '' },
  { path: '/people/:mail', said: '/people/:mail', asked: (one) => `/people/${one}` },
  { path: '/:whole/', said: '/:whole', asked: (one) => `/${one}` },
  { path: '/pair/:first-:last', said: '/pair/:first-:last', asked: (one, other) => `/pair/${one}-${other}` },
  { path: '/file/:name.json', said: '/file/:name.json', asked: (one) => `/file/${one}.json` },
  { path: '/magic/:user.:token', said: '/magic/:user.:token', asked: (one, other) => `/magic/${one}.${other}` },
  { path: '/maybe{/:extra}/in', said: '/maybe{/:extra}/in', asked: (one) => `/maybe/${one}/in` },
  { path: '/deep/*rest/end', said: '/deep/*rest/end', asked: (one, other) => `/deep/${one}/${other}/end` },
  { path: ['/left/:l', '/right/:r'], said: '/right/:r', asked: (one) => `/right/${one}` },
  { path: /^\/regex\/[^/]+/, said: '/:value', asked: (one) => `/regex/${one}` },
  { path: ['/no', /^\/named\/(?<name>[^/]+)/], said: '/:value', asked: (one) => `/named/${one}` },
]
const ROUTES: readonly Way[] = [
  { path: '/', said: '/', asked: () => '/' },
  { path: '/show/:id', said: '/show/:id', asked: (one) => `/show/${one}` },
  { path: ['/edit/:id', '/change/:id'], said: '/change/:id', asked: (one) => `/change/${one}` },
  { path: '/rest/*all', said: '/rest/*all', asked: (one, other) => `/rest/${other}/${one}` },
]
const ROUTERS: readonly (() => Router)[] = [() => Router(), () => Router({ mergeParams: true }), () => express()]

// Words that look like part of a path, ids, addresses and what is in the way of parsers. No dot and no hyphen, at which the
// patterns part.
const value = fc.oneof(
  fc.constantFrom(
    'lovelace',
    'v2',
    'API',
    ':mail',
    'ada@example%2Ecom',
    '%61da',
    '%C3%84da',
    'a%2Fb',
    '4711',
    '%3Avalue',
  ),
  fc.stringMatching(/^[A-Za-z0-9_~@!$]{1,40}$/),
)
const level = fc.record({
  way: fc.constantFrom(...MOUNTS),
  router: fc.constantFrom(...ROUTERS),
  one: value,
  other: value,
})
const trip = fc.record({
  levels: fc.array(level, { maxLength: 4 }),
  leaf: fc.record({ way: fc.constantFrom(...ROUTES), one: value, other: value }),
  ends: fc.constantFrom<RequestHandler>(
    (_req, res) => void res.status(403).end(),
    async () => await Promise.reject(new Error('broken')),
  ),
})

test('F-34 records of a route nothing but what the application wrote, however it is mounted and asked for (property)', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(trip, async ({ levels, leaf, ends }) => {
      const { audit, until } = createRecorder()
      // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
      const onError: ErrorRequestHandler = (_error, _req, res, _next) => void res.status(403).end()
      const app = express()
      app.use(requestContext({ keyring }), recordAccess({ audit }))
      let inner: Router = app
      for (const { way, router } of levels) {
        const next = router()
        inner.use(way.path, next)
        inner = next
      }
      let isTaken = false
      const notes: RequestHandler = (_req, _res, next) => {
        isTaken = true
        taken += 1
        next()
      }
      inner.get(leaf.way.path, notes, ends)
      app.use(onError)

      const ways = [...levels, leaf]
      await request(app).get(ways.map(({ way, one, other }) => way.asked(one, other)).join(''))
      const [event] = await until(1)

      const said = ways.map(({ way }) => way.said).join('')
      // Of two wildcards the first one may take it all, and nothing is left for the second.
      const expected = isTaken ? [said, said.slice(0, 200)] : [undefined, undefined]
      expect([event?.target?.route, event?.data['requirement']]).toEqual(expected)
    }),
    { numRuns: 150 },
  )
  expect(taken).toBeGreaterThan(75)
})

test.each(['/people/%E0%A4%A/x', '/people/lovelace/nowhere', '/none/lovelace'])(
  'records no route, and nothing of the path, where nobody takes %s',
  async (path) => {
    const { audit, until } = createRecorder()
    const app = express()
    app.use(requestContext({ keyring }), recordAccess({ audit }))
    app.use(
      '/people/:name',
      Router().get('/x', (_req, res) => void res.end()),
    )

    await request(app).get(path)

    expect((await until(1))[0]?.target).toEqual({ method: 'GET' })
  },
)
