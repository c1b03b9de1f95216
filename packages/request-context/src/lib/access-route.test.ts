import express, { Router } from 'express'
import type { RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { promised } from '../../test/promised.ts'
import { watchRoute } from './access-route.ts'

/** Serves one request by these routers, and tells the route that was seen after its response. */
async function routeOf(path: string, mount: (app: express.Express, watch: RequestHandler) => void): Promise<unknown> {
  const app = express()
  const seen = promised<unknown>()
  mount(app, (req, res, next) => {
    const routeTaken = watchRoute(req)
    res.once('close', () => seen.resolve(routeTaken()))
    next()
  })
  await request(app).get(path)
  return await seen.promise
}

const done: RequestHandler = (_req, res) => void res.end()

describe('watchRoute', () => {
  test('gives the pattern, never the path that was asked for', async () => {
    const route = await routeOf('/people/ada@example.com', (app, watch) => app.get('/people/:mail', watch, done))

    expect(route).toBe('/people/:mail')
  })

  test('sees the route when it is mounted in front of everything', async () => {
    const route = await routeOf('/api/v1/people/7', (app, watch) => {
      app.use(watch)
      app.use('/api', Router().use('/v1', Router().get('/people/:id', done)))
    })

    expect(route).toBe('/api/v1/people/:id')
  })

  test('remembers where the route was mounted when an error has left it', async () => {
    const route = await routeOf('/api/people/7', (app, watch) => {
      const failing = Router().get('/people/:id', () => Promise.reject(new Error('broken')))
      app.use(watch)
      app.use('/api', failing)
      // oxlint-disable-next-line max-params -- Express knows error handlers by their four parameters
      app.use(((_error, _req, res, _next) => void res.status(500).end()) satisfies express.ErrorRequestHandler)
    })

    expect(route).toBe('/api/people/:id')
  })

  test('gives the name of a parameter that a router is mounted under, where it is known', async () => {
    const above = await routeOf('/t/acme/people', (app, watch) => {
      app.use('/t/:tenant', watch, Router().get('/people', done))
    })
    const merged = await routeOf('/t/acme/people', (app, watch) => {
      app.use('/t/:tenant', Router({ mergeParams: true }).get('/people', watch, done))
    })

    expect([above, merged]).toEqual(['/t/:tenant/people', '/t/:tenant/people'])
  })

  test.each([
    '4711',
    'ada@example.com',
    '0b7e5a0e-53a1-4a6b-9d5e-0f4f3b1f6f9c',
    'x'.repeat(40),
    '%F0%9F%94%91',
    'a%20b',
  ])('leaves out a value that a router is mounted under without a known name: %s', async (value) => {
    const route = await routeOf(`/t/${value}/people`, (app, watch) => {
      app.use('/t/:tenant', Router().get('/people', watch, done))
    })

    expect(route).toBe('/t/:value/people')
  })

  test('gives the mount path of a handler that has no route', async () => {
    const route = await routeOf('/static/secret.txt', (app, watch) => app.use('/static', watch, done))

    expect(route).toBe('/static')
  })

  test('gives nothing when nobody takes the request', async () => {
    const bare = await routeOf('/nothing/here', (app, watch) => app.use(watch))
    const mounted = await routeOf('/api/nothing', (app, watch) => app.use('/api', watch, Router().get('/x', done)))

    expect([bare, mounted]).toEqual([undefined, undefined])
  })

  test('gives lists and regular expressions as they are written', async () => {
    const list = await routeOf('/b', (app, watch) => app.get(['/a', '/b'], watch, done))
    const expression = await routeOf('/c7', (app, watch) => app.get(/^\/c\d$/, watch, done))

    expect([list, expression]).toEqual(['/a|/b', String.raw`/^\/c\d$/`])
  })

  test('leaves the route where everybody else reads it', async () => {
    const app = express()
    app.use((req, _res, next) => {
      watchRoute(req)
      next()
    })
    app.get('/x/:id', (req, res) => void res.json([req.route?.path, Object.keys(req).includes('route')]))

    expect((await request(app).get('/x/7')).body).toEqual(['/x/:id', true])
  })
})
