import { createServer, type RequestListener } from 'node:http'

import type { Express } from 'express'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'

import { addGuarded, guardedPaths, openTwin } from '../../test/fuzz/guarded.ts'
import { spellings, texts } from '../../test/fuzz/nasty.ts'
import { RawClient, type RawReply, type RawRequest } from '../../test/fuzz/raw-client.ts'
import {
  addressDrafts,
  bodyDrafts,
  headerDrafts,
  queryDrafts,
  targetDrafts,
  targets,
  type Draft,
} from '../../test/fuzz/requests.ts'
import { openFuzzWorld, peopleOf, routesOf, type FoundRoute, type Known } from '../../test/fuzz/scene.ts'
import { judgeReply } from '../../test/fuzz/verdict.ts'
import { doing } from '../../test/app.ts'
import type { World, WorldOptions } from '../../test/world.ts'

const GROUPS = 8
const CASES = Math.ceil(Number(process.env['SALLYPORT_FUZZ_CASES'] ?? 2_100) / GROUPS)
// Nobody keeps the same session for longer: it would run into limits, and few answers would say anything.
const CASES_OF_A_PERSON = 200
const RUN = { numRuns: CASES } as const

/** A bank that is probed over one connection. */
interface Probe {
  readonly world: World
  readonly routes: readonly FoundRoute[]
  readonly send: (request: RawRequest) => Promise<RawReply>
  /** What a client could know by now. */
  readonly known: () => Promise<Known>
}

async function openProbe(options: Pick<WorldOptions, 'routes'> = {}): Promise<Probe> {
  const routes: FoundRoute[] = []
  const world = await openFuzzWorld({
    routes: (app, instance) => {
      const below = routesOf(instance.stepUp.routes).map(({ method, path }) => ({ method, path: `/step-up${path}` }))
      routes.push(...below, ...GUARDED)
      options.routes?.(app, instance)
    },
  })
  const client = await clientOf(world.url)
  let count = 0
  let people: Known | undefined
  return {
    world,
    routes,
    send: async (request) => {
      const reply = await client(request)
      if (isSignedOut(reply) && people !== undefined && cookieOf(request) === people.cookie) people = undefined
      return reply
    },
    known: async () => {
      if (count % CASES_OF_A_PERSON === 0) people = undefined
      count += 1
      world.clock.advance(100)
      people ??= await peopleOf(world, `user-${count}`)
      return people
    },
  }
}

/** Some requests rightly end or renew the session: who sent them is nobody any more. */
function isSignedOut({ status, text, headers }: RawReply): boolean {
  const location = headers.find(([name]) => name === 'location')?.[1] ?? ''
  return (status === 401 && !text.includes('ERR_STEP_UP_REQUIRED')) || location.startsWith('/auth/login')
}

function cookieOf({ headers }: RawRequest): string | undefined {
  return headers.find(([name]) => name === 'cookie')?.[1]
}

const GUARDED: readonly FoundRoute[] = [
  { method: 'GET', path: '/secret' },
  { method: 'POST', path: '/plain' },
  { method: 'POST', path: '/transfer' },
  { method: 'POST', path: '/strict' },
]

/** Sends to a server; what it hangs up on, a server that does nothing must refuse too. */
async function clientOf(url: string): Promise<(request: RawRequest) => Promise<RawReply>> {
  const client = new RawClient(Number(new URL(url).port))
  const bare = new RawClient(await portOf((_req, res) => void res.end()))
  onTestFinished(() => {
    client.close()
    bare.close()
  })
  return async (request) => {
    const reply = await client.send(request)
    if (reply !== 'closed') return reply
    const refused = await bare.send({ ...request, isLast: true })
    if (refused !== 'closed' && refused.status < 400) throw new Error(`no answer to ${shown(request)}`)
    return { status: 400, headers: [], text: '' }
  }
}

async function portOf(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function shown(request: RawRequest): string {
  return JSON.stringify(request, (_, value: unknown) => (typeof value === 'string' ? value.slice(0, 300) : value))
}

/** Whatever a draft becomes, its answer is one. */
async function probe({ world, send, known }: Probe, draft: Draft): Promise<void> {
  const request = draft(await known())
  const reply = await send(request)
  try {
    judgeReply(world, reply)
  } catch (cause) {
    throw new Error(`${shown(request)} was answered with ${reply.status}: ${reply.text.slice(0, 300)}`, { cause })
  }
}

async function probeAll(
  drafts: (routes: readonly FoundRoute[]) => fc.Arbitrary<Draft>,
  options?: Pick<WorldOptions, 'routes'>,
): Promise<void> {
  const opened = await openProbe(options)
  await fc.assert(
    fc.asyncProperty(drafts(opened.routes), async (draft) => await probe(opened, draft)),
    RUN,
  )
  await judgeLedger(opened.world)
}

/** Nothing was proved by any of it, and the ledger holds. */
async function judgeLedger(world: World): Promise<void> {
  const { verdict, problems } = await world.verify()
  expect({ verdict, problems }).toEqual({ verdict: 'good', problems: [] })
  const allowed = await world.events('access.allowed')
  expect(allowed.filter(({ target }) => target?.route?.startsWith('/step-up/') !== true)).toEqual([])
}

describe('whatever is sent to the second door', () => {
  test('F-17 v5.0.0-2.2.1 by any method to any spelling of its addresses is answered below 500 and opens nothing', async () => {
    await expect(probeAll(addressDrafts)).resolves.toBeUndefined()
  }, 600_000)

  test('F-17 v5.0.0-15.3.7 v5.0.0-15.3.6 in any query is answered below 500 and opens nothing', async () => {
    await expect(probeAll(queryDrafts)).resolves.toBeUndefined()
  }, 600_000)

  test('F-17 WEB-06 in any headers is answered below 500 and opens nothing', async () => {
    await expect(probeAll(headerDrafts)).resolves.toBeUndefined()
  }, 600_000)

  test('F-17 v5.0.0-15.3.5 v5.0.0-15.3.6 v5.0.0-15.3.7 WEB-07 in any body is answered below 500 and opens nothing', async () => {
    await expect(probeAll(bodyDrafts)).resolves.toBeUndefined()
  }, 600_000)
})

/** Everything that the application has, and everything that it has not, is behind a gate. */
const guardEverything: Pick<WorldOptions, 'routes'> = {
  routes: (app, { stepUp, world }) =>
    void app.all('/{*any}', stepUp.requireStepUp({ name: 'all' }), doing(world, 'all')),
}

describe('an answer of the second door', () => {
  test('F-30 F-31 WEB-12 leads to no other place, whatever the request says of where to return to', async () => {
    await expect(probeAll(targetDrafts, guardEverything)).resolves.toBeUndefined()
  }, 600_000)

  test('F-30 WEB-12 sends a kept form to this place alone, however it was addressed', async () => {
    const { world, send, known } = await openProbe(guardEverything)

    const property = fc.asyncProperty(targets, async (target) => {
      const { cookie } = await known()
      const kept = await send(formTo(target, cookie))
      const page = await send(pageAt(locationOf(kept), cookie))
      const summary = await send(pageAt(resumeOf(kept), cookie))

      for (const reply of [kept, page, summary]) judgeReply(world, reply)
    })

    await expect(fc.assert(property, { numRuns: Math.ceil(CASES / 3) })).resolves.toBeUndefined()
  }, 600_000)

  test('F-30 leads on by an id as it was sent, not as what it means', async () => {
    const { send, known } = await openProbe()
    const { cookie, tokens } = await known()

    const request = formTo('/step-up/challenges/%5C%3Fx/totp/start', cookie, { _csrf: tokens[0] ?? '' })

    expect(locationOf(await send(request))).toBe('/step-up/challenges/%5C%3Fx?factor=totp')
  })

  test('shows nothing of what was sent but as text', async () => {
    const { world, send, known } = await openProbe()

    const property = fc.asyncProperty(texts, texts, async (to, amount) => {
      const { cookie } = await known()
      const kept = await send(formTo('/transfer', cookie, { to, amount }))
      const page = await send(pageAt(locationOf(kept), cookie))
      const summary = await send(pageAt(resumeOf(kept), cookie))

      for (const reply of [kept, page, summary]) judgeReply(world, reply)
    })

    await expect(fc.assert(property, { numRuns: Math.ceil(CASES / 3) })).resolves.toBeUndefined()
  }, 600_000)
})

function formTo(target: string, cookie: string, fields: Readonly<Record<string, string>> = { to: 'Eve' }): RawRequest {
  const body = String(new URLSearchParams(fields))
  const headers = [
    ['host', '127.0.0.1'],
    ['cookie', cookie],
    ['accept', 'text/html'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ['content-length', String(body.length)],
  ] as const
  return { method: 'POST', target, headers, body, isLast: true }
}

function pageAt(target: string, cookie: string): RawRequest {
  return {
    method: 'GET',
    target,
    headers: [
      ['host', '127.0.0.1'],
      ['cookie', cookie],
      ['accept', 'text/html'],
    ],
  }
}

function locationOf({ headers }: RawReply): string {
  return headers.find(([name]) => name === 'location')?.[1] ?? '/'
}

/** The page of the form that an answer says is kept. */
function resumeOf(reply: RawReply): string {
  return `/step-up/resume/${/resume=(\w+)/.exec(locationOf(reply))?.[1] ?? 'none'}`
}

describe('a guarded route', () => {
  test('F-20 never runs without a decision, under any spelling of its path that Express routes to it', async () => {
    const guard = (app: Express, { stepUp, world }: Parameters<NonNullable<WorldOptions['routes']>>[1]): void =>
      addGuarded(app, () => stepUp.requireStepUp({ name: 'guarded' }), doing(world, 'guarded'))
    const { world, send, known } = await openProbe({ routes: guard })
    const sendToTwin = await clientOf(`http://127.0.0.1:${await portOf(openTwin())}`)
    const methods = fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT')
    let routed = 0

    const property = fc.asyncProperty(
      fc.constantFrom(...guardedPaths),
      fc.record({ spell: spellings, method: methods, isPage: fc.boolean() }),
      async (path, { spell, method, isPage }) => {
        const { cookies } = await known()
        const headers = [
          ['host', '127.0.0.1'],
          ['accept', isPage ? 'text/html' : 'application/json'],
        ] as const
        const request = { method, target: spell(path), headers }
        const twin = await sendToTwin(request)
        const stranger = await send(request)
        const member = await send({ ...request, headers: [...headers, ['cookie', cookies[0] ?? '']] })

        judgeReply(world, stranger)
        judgeReply(world, member)
        if (twin.status !== 299) return
        routed += 1
        // Pages are led on, forms are told what is missing, and nobody is let in.
        const asked = isPage ? [303, 401, 409] : [401]
        expect({ request: shown(request), isRefused: asked.includes(stranger.status) }).toMatchObject({
          isRefused: true,
        })
        expect({ request: shown(request), isRefused: asked.includes(member.status) }).toMatchObject({ isRefused: true })
      },
    )

    await fc.assert(property, { ...RUN, numRuns: Math.ceil(CASES / 3) })
    expect(routed).toBeGreaterThan(CASES / 30)
    await judgeLedger(world)
  }, 600_000)
})
