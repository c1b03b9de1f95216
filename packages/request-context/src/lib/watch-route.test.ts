import express, { Router } from 'express'
import type { RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { promised } from '../../test/promised.ts'
import { watchRoute } from './watch-route.ts'

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

  test('gives the name of a parameter that a router is mounted under, whether the router merges parameters or not', async () => {
    const plain = await routeOf('/t/acme/people', (app, watch) => {
      app.use(watch)
      app.use('/t/:tenant', Router().get('/people', done))
    })
    const merged = await routeOf('/t/acme/people', (app, watch) => {
      app.use(watch)
      app.use('/t/:tenant', Router({ mergeParams: true }).get('/people', done))
    })
    const here = await routeOf('/t/acme/people', (app, watch) => {
      app.use('/t/:tenant', watch, Router().get('/people', done))
    })

    expect([plain, merged, here]).toEqual(['/t/:tenant/people', '/t/:tenant/people', '/t/:tenant/people'])
  })

  test('leaves out a mount that it has not seen, or that is a regular expression', async () => {
    const unseen = await routeOf('/t/acme/people', (app, watch) => {
      app.use('/t/:tenant', Router().get('/people', watch, done))
    })
    const expression = await routeOf('/acme/people', (app, watch) => {
      app.use(watch)
      app.use(/^\/\w+/, Router().get('/people', done))
    })

    expect([unseen, expression]).toEqual(['/:value/people', '/:value/people'])
  })

  test('leaves out every mount under a router that does not say what it has matched', async () => {
    const route = await routeOf('/t/acme/people/7', (app, watch) => {
      app.use((req, res, next) => {
        for (const note of Object.getOwnPropertySymbols(req))
          if (String(note).includes('matchedRoute')) Reflect.deleteProperty(req, note)
        watch(req, res, next)
      })
      app.use('/t/:tenant', Router().get('/people/:id', done))
    })

    expect(route).toBe('/:value/people/:id')
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

  test('gives of a list the path that matched where it is known, and regular expressions as they are written', async () => {
    const list = await routeOf('/b', (app, watch) => app.get(['/a', '/b'], watch, done))
    const matched = await routeOf('/b/7', (app, watch) => app.use(watch).get(['/a/:id', '/b/:id'], done))
    const expression = await routeOf('/c7', (app, watch) => app.get(/^\/c\d$/, watch, done))

    expect([list, matched, expression]).toEqual(['/b', '/b/:id', String.raw`/^\/c\d$/`])
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
