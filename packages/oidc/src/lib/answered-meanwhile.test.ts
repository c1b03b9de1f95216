import { createMemoryStore } from '@sallyport/store'
import express from 'express'
import { Passport } from 'passport'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring, signInAtProvider, startWorld } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import { createOidcProviders } from './providers.ts'
import { createStepUpSeals } from './step-up/step-up-proof.ts'
import type { Response } from 'express'
import type { World, WorldOptions } from '../../test/world.ts'

// A request timeout of the application answers while the first door is still at work. Here it does so at a point that the test
// names; nothing of what follows may end the process.

const unhandled: unknown[] = []
const listen = (error: unknown): void => void unhandled.push(error)
const worlds: World[] = []
beforeEach(() => void process.on('unhandledRejection', listen))
afterEach(async () => {
  process.off('unhandledRejection', listen)
  unhandled.splice(0)
  for (const world of worlds.splice(0)) await world.close()
})

/** What answers in place of the first door. */
class Timeout {
  #held: Response | undefined
  readonly middleware: express.RequestHandler = (_, res, next) => {
    this.#held = res
    next()
  }
  strike(): void {
    this.#held?.status(503).send('busy')
  }
}

async function start(timeout: Timeout, options: WorldOptions = {}): Promise<World> {
  const world = await startWorld({ before: timeout.middleware, ...options })
  worlds.push(world)
  return world
}

/** Lets whatever is rejected be noticed as such. */
const settled = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 50))
const sentTwice: unknown = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' })

describe('a request that was answered meanwhile', () => {
  test('F-27 by a login that passes goes to the error handler', async () => {
    const timeout = new Timeout()
    const verify = ({ id }: { id: string }): Express.User => {
      timeout.strike()
      return { id }
    }
    const world = await start(timeout, { verify })
    const browser = world.browser()

    const page = await browser.get(await signInAtProvider(world, browser))
    await settled()

    expect([page.status, page.text]).toEqual([503, 'busy'])
    expect(world.overheard).toContainEqual(sentTwice)
    expect(unhandled).toEqual([])
  })

  test('F-27 by a login that is refused is left alone', async () => {
    const timeout = new Timeout()
    const verify = (): false => {
      timeout.strike()
      return false
    }
    const world = await start(timeout, { verify })
    const browser = world.browser()

    const page = await browser.get(await signInAtProvider(world, browser))
    await settled()

    expect([page.status, page.text]).toEqual([503, 'busy'])
    expect(world.audit.ofType('oidc.login.failed')).toHaveLength(1)
    expect([world.overheard.filter((one) => one instanceof Error), unhandled]).toEqual([[], []])
  })

  test('F-27 by the beginning of a login goes to the error handler', async () => {
    const timeout = new Timeout()
    const randomBytes = (size: number): Uint8Array => {
      timeout.strike()
      return new Uint8Array(size)
    }
    const world = await start(timeout, { randomBytes })

    const page = await world.browser().get('/auth/login')
    await settled()

    expect([page.status, page.text]).toEqual([503, 'busy'])
    expect(world.overheard).toContainEqual(sentTwice)
    expect(unhandled).toEqual([])
  })

  test('F-27 by a step-up goes to the error handler', async () => {
    const timeout = new Timeout()
    const people = { user: '' }
    const answer = async (): Promise<{ ok: true }> => {
      timeout.strike()
      return { ok: true }
    }
    const world = await start(timeout, { answer, sessions: heldBy(people) })
    people.user = userId(world.provider.issuer, 'ada')
    const seals = createStepUpSeals({ keyring: world.keyring, clock: world.store })
    const door = { issuer: world.provider.issuer, provider: 'openidconnect' }
    const ticket = { stepUp: 's', bind: 'b', user: people.user, ...door }
    const asked = { ...ticket, acrValues: [], maxAge: 60, issuedAt: world.store.now() }
    const browser = world.browser()
    const path = `/auth/step-up?ticket=${await seals.sealTicket(asked)}`

    const page = await browser.get(await signInAtProvider(world, browser, path))
    await settled()

    expect([page.status, page.text]).toEqual([503, 'busy'])
    expect(world.overheard).toContainEqual(sentTwice)
    expect(unhandled).toEqual([])
  })

  test('F-27 by a link goes to the error handler', async () => {
    const timeout = new Timeout()
    const people = { user: 'u_ada', onCallback: () => timeout.strike() }
    const world = await start(timeout, { sessions: heldBy(people), linking: true })
    const browser = world.browser()
    await browser.get('/auth/links')
    const isCallback = (location: string): boolean => location.startsWith(`${world.url}/auth/callback`)
    const there = await browser.follow(await browser.post('/auth/link', {}), isCallback)
    const sent = await browser.submit(there.form('/interaction/'), { username: 'ada', password: 'correct horse' })
    const back = await browser.follow(sent, isCallback)

    const page = await browser.get(back.location ?? '')
    await settled()

    expect([page.status, page.text]).toEqual([503, 'busy'])
    expect(world.overheard).toContainEqual(sentTwice)
    expect(unhandled).toEqual([])
  })

  test('F-27 by the look-up of a tenant that there is not is left alone', async () => {
    const timeout = new Timeout()
    const tenant = (): undefined => {
      timeout.strike()
    }
    const page = await visitTenant(timeout, tenant)

    expect([page.status, await page.text(), unhandled]).toEqual([503, 'busy', []])
  })
})

/** Sessions of one person, who is always signed in. */
function heldBy(people: {
  readonly user: string
  readonly onCallback?: () => void
}): NonNullable<WorldOptions['sessions']> {
  const live = () =>
    ({ state: 'live', handle: 'h', user: people.user, account: 'ada', lineage: 'l', evidence: [] }) as const
  return {
    current: live,
    async hold(req) {
      if (req.path.endsWith('/callback')) people.onCallback?.()
      return { current: live(), writes: [] }
    },
    start: async () => undefined,
    end: async () => undefined,
    refuse: () => undefined,
  }
}

async function visitTenant(timeout: Timeout, tenant: () => undefined): Promise<globalThis.Response> {
  const store = createMemoryStore()
  const app = express()
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const started = app.listen(0, '127.0.0.1', () => resolve(started))
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  const unused = async (): Promise<never> => {
    throw new Error('Nobody gets that far')
  }
  const sessions = { ...heldBy({ user: 'nobody' }), current: () => ({ state: 'anonymous' }) as const }
  const house = { keyring: createTestKeyring(), store, audit: createFakeAudit(store), passport: new Passport() }
  const stepUp = { sessions, answer: unused, requireStepUp: () => unused, tell: unused }
  const oidc = createOidcProviders({ baseUrl: `${url}/auth`, providers: {}, tenant, stepUp, ...house })
  app.use(timeout.middleware, express.Router().use('/auth', oidc.routes))
  const page = await fetch(`${url}/auth/nobody/login`)
  await settled()
  server.close().closeAllConnections()
  return page
}
