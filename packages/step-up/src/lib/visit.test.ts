import { setContext } from '@sallyport/audit/context'
import express, { Router, type Express } from 'express'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { openWorld, type Instance } from '../../test/world.ts'
import { routeOf } from './visit.ts'

const LONG = `/${'long-'.repeat(60)}`

/** Every way to mount a gate, and what the ledger may say of it, by what a client asks for. */
const GATES: readonly (readonly [said: string, asked: (one: string, other: string) => string])[] = [
  ['/customers/:mail/pay/:id', (one, other) => `/customers/${one}/pay/${other}`],
  ['/pair/:first-:last/sub/:id', (one, other) => `/pair/${one}-${other}/sub/${one}`],
  ['/magic/:user.:token', (one, other) => `/magic/${one}.${other}`],
  ['/b/:id', (one) => `/b/${one}`],
  ['/:value/here', (one) => `/regex/${one}/here`],
  [`/deep/*rest/in${LONG}`, (one, other) => `/deep/${one}/${other}/in${LONG}`],
]

function addGates(app: Express, { stepUp: { requireStepUp } }: Instance): void {
  const gate = requireStepUp({ mode: 'report' })
  app.use('/customers/:mail', Router().use('/pay', Router().get('/:id', gate, answer)))
  app.use('/pair/:first-:last', express().use('/sub', Router({ mergeParams: true }).get('/:id', gate, answer)))
  app.use('/magic/:user.:token', gate, answer)
  app.get(['/a/:id', '/b/:id'], gate, answer)
  app.use(/^\/regex\/[^/]+/, Router().get('/here', gate, answer))
  app.use('/deep/*rest/in', Router().get(LONG, gate, answer))
}

const answer: express.RequestHandler = (_req, res) => void res.json({})

const value = fc.oneof(
  fc.constantFrom('lovelace', 'v2', 'customers', 'ada@example%2Ecom', '%61da', '4711', '%3Amail'),
  fc.stringMatching(/^[A-Za-z0-9_~@!$]{1,40}$/),
)

describe('a gate without a name', () => {
  test('F-34 is named by what the application wrote, however it is mounted and asked for (property)', async () => {
    const world = await openWorld({ routes: addGates, flood: { whole: 1_000 } })
    const [stranger, ann] = [world.person(), world.person()]
    await ann.signIn()
    const asked: string[] = []
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...GATES), value, value, async ([said, path], one, other) => {
        await stranger.get(path(one, other))
        await ann.get(path(one, other))
        asked.push(said)
      }),
      { numRuns: 40 },
    )

    for (const type of ['access.denied', 'step_up.reported'] as const) {
      const events = await world.events(type)
      const found = events.map(({ target, data }) => [target?.route, data['requirement']])
      // The ledger keeps 200 characters of each.
      const said = asked.map((one) => one.slice(0, 200))
      expect(found).toEqual(said.map((one) => [one, one]))
    }
  })
})

describe('routeOf', () => {
  test('says nothing of a mount that nobody has watched', async () => {
    const routes: string[] = []
    const note: express.RequestHandler = (req, res) => {
      setContext(req, { requestId: 'r1' })
      routes.push(routeOf(req))
      res.json({})
    }
    const world = await openWorld({
      routes: (app) => {
        app.get('/plain/:id', note)
        app.use('/people/:mail', Router().get('/file/:id', note).get(['/a', /^\/b/], note), note)
      },
    })
    for (const path of ['/plain/7', '/people/ada/file/7', '/people/ada/a', '/people/ada'])
      await world.person().get(path)

    expect(routes).toEqual(['/plain/:id', '/:value/file/:id', String.raw`/:value/a|/^\/b/`, '/:value'])
  })
})
