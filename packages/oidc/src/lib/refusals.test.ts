import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, createTestKeyring, signIn, signInAtProvider, startWorld, whoIs } from '../../test/world.ts'
import type { World, WorldOptions } from '../../test/world.ts'

const worlds: World[] = []
beforeEach(() => worlds.splice(0))
afterEach(async () => {
  for (const world of worlds) await world.close()
})

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(options)
  worlds.push(world)
  return world
}

describe('the ID token', () => {
  test('F-23 of an algorithm that the application does not allow is refused at discovery', async () => {
    const world = await start({ algorithms: ['PS256'] })

    const page = await world.browser().get('/auth/login')

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_METADATA'])
  })

  test('without auth_time pass when its age was not asked, as evidence that is never fresh', async () => {
    const world = await start()
    world.provider.fault('missing_auth_time')

    await signIn(world, world.browser())

    expect(world.audit.ofType('oidc.login.succeeded')[0]?.input.data).not.toHaveProperty('authTime')
  })
})

describe('the authorization response', () => {
  test('ISS-01 v5.0.0-10.2.2 of another issuer is refused before any token request', async () => {
    const world = await start()
    world.provider.fault('wrong_iss_parameter')

    const page = await signIn(world, world.browser())

    expect(codeOf(page)).toBe('ERR_OIDC_RESPONSE_ISSUER')
    expect(world.provider.requests).not.toContain('/token')
  })
})

describe('UserInfo', () => {
  test('is not asked when no scope beyond openid is', async () => {
    const world = await start({ scope: [] })
    world.provider.fault('userinfo_other_subject')

    const page = await signIn(world, world.browser())

    expect(page.status).toBe(303)
    expect(world.provider.requests).not.toContain('/me')
  })
})

describe('discovery', () => {
  test('that failed is tried again, and that succeeded is kept', async () => {
    const world = await start()
    const browser = world.browser()
    world.provider.fault('discovery_not_json')
    await browser.get('/auth/login')
    world.provider.clear()
    await browser.get('/auth/login')
    await browser.get('/auth/login')

    const asked = world.provider.requests.filter((path) => path.startsWith('/.well-known/'))
    expect(asked).toHaveLength(2)
    expect(world.audit.ofType('oidc.provider.discovered')).toHaveLength(1)
  })
})

describe('a provider that is down', () => {
  test('F-27 v5.0.0-16.5.2 at the start of a login is a page with 503, and the application lives on', async () => {
    const world = await start()
    const browser = world.browser()
    world.provider.fault('down')

    const page = await browser.get('/auth/login')
    world.provider.clear()

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect(page.headers.get('retry-after')).toBe('5')
    expect((await signIn(world, browser)).status).toBe(303)
  })

  test('F-27 at the callback is a page with 503, and a new sign-in works once it is back', async () => {
    const world = await start()
    const browser = world.browser()
    const start_ = await browser.follow(await browser.get('/auth/login'))
    const sent = await browser.submit(start_.form('/interaction/'), { username: 'ada', password: 'correct horse' })
    const back = await browser.follow(sent, (location) => location.startsWith(world.url))
    world.provider.fault('down')

    const page = await browser.get(back.location ?? '')
    world.provider.clear()

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
    expect((await signIn(world, browser)).status).toBe(303)
  })
})

describe('a store that is down', () => {
  test('F-27 v5.0.0-16.5.2 at the callback is a page with 503, and no token request is made', async () => {
    const world = await start()
    const browser = world.browser()
    world.audit.breakDown()

    const page = await signIn(world, browser)

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(world.provider.requests).not.toContain('/token')
    expect(await whoIs(browser)).toBeNull()
  })
})

describe('a key ring that is down', () => {
  test('F-27 v5.0.0-16.5.2 at the callback is a page with 503 and an event, and the sign-in can still be finished', async () => {
    const keyring = createTestKeyring()
    const service = { isDown: false }
    const unseal: typeof keyring.unseal = async (context, sealed) => {
      if (service.isDown) throw new Error('The key service is away')
      return await keyring.unseal(context, sealed)
    }
    const world = await start({ keyring: { ...keyring, unseal } })
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    service.isDown = true

    const page = await browser.get(callback)
    service.isDown = false

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'store_unavailable' })
    expect((await browser.get(callback)).status).toBe(303)
  })
})

describe('sessions that cannot begin', () => {
  test('F-27 v5.0.0-16.3.4 leave the person signed out, the trouble with the application and a failed login in the ledger', async () => {
    const sessions = {
      current: () => ({ state: 'anonymous' }) as const,
      hold: async () => undefined,
      start: async () => Promise.reject(new RangeError('The session store is gone')),
      end: async () => undefined,
      refuse: () => undefined,
    }
    const world = await start({ sessions })
    const browser = world.browser()

    const page = await signIn(world, browser)

    expect([page.status, JSON.parse(page.text)]).toEqual([500, { error: 'RangeError' }])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input.data).toMatchObject({ code: 'ERR_OIDC_SESSION' })
    expect(await whoIs(browser)).toBeNull()
  })
})

describe('a verify function', () => {
  test('that answers false refuses the person', async () => {
    const world = await start({ verify: () => false })

    const page = await signIn(world, world.browser())

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_USER_REFUSED'])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'not_permitted' })
    expect(world.started).toEqual([])
  })

  test('that fails gives its error to the application, and nobody is signed in', async () => {
    const world = await start({
      verify: async () => {
        throw new RangeError('The user table is gone')
      },
    })

    const page = await signIn(world, world.browser())

    expect([page.status, JSON.parse(page.text)]).toEqual([500, { error: 'RangeError' }])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'handler_failed' })
    expect(world.started).toEqual([])
  })

  test('decides what req.user is', async () => {
    const world = await start({ verify: ({ id, profile }) => ({ id, mail: profile.emails?.[0]?.value }) })
    const browser = world.browser()

    await signIn(world, browser)

    expect(await whoIs(browser)).toMatchObject({ mail: 'ada@example.test' })
  })
})
