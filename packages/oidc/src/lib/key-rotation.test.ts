import { manualClock } from '@sallyport/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, signInAtProvider, startWorld } from '../../test/world.ts'
import type { Browser, ManualClock } from '@sallyport/testing'
import type { World } from '../../test/world.ts'

let clock: ManualClock
let world: World
beforeEach(async () => {
  clock = manualClock(Date.UTC(2040, 0, 1))
  world = await startWorld({ clock, scope: [], pushedRequests: 'never' })
})
afterEach(() => world.close())

const keyFetches = (): number => world.provider.requests.filter((path) => path === '/jwks').length
const rotations = (): readonly unknown[] => world.audit.ofType('oidc.keys.rotated').map(({ input }) => input.data)

/** Opens a callback's address at an instance, with the cookies that the browser has now. */
function openAt(instance: string, address: string, browser: Browser): () => Promise<number> {
  const cookie = browser
    .cookies()
    .map((one) => `${one.name}=${one.value}`)
    .join('; ')
  const url = address.replace(world.url, instance)
  return async () => (await fetch(url, { headers: { cookie }, redirect: 'manual' })).status
}

/** Tabs of ten browsers, each at the callback's door, every other one at another instance. */
async function fiftyTabs(instances: readonly string[]): Promise<readonly (() => Promise<number>)[]> {
  const tabs: (() => Promise<number>)[] = []
  for (const browser of Array.from({ length: 10 }, () => world.browser())) {
    for (const tab of [0, 1, 2, 3, 4]) {
      const address = await signInAtProvider(world, browser)
      tabs.push(openAt(instances[tab % instances.length] ?? world.url, address, browser))
    }
  }
  return tabs
}

describe('when the provider signs with a new key', () => {
  test('F-22 OIDC-IDT-05 DISC-02 fifty callbacks at once pass on two instances, with one more fetch of keys each', async () => {
    const other = await world.startInstance()
    const browser = world.browser()
    for (const instance of [world.url, other]) {
      const open = openAt(instance, await signInAtProvider(world, browser), browser)
      expect(await open()).toBe(303)
    }
    const tabs = await fiftyTabs([world.url, other])
    world.provider.rotateKeys()
    const before = keyFetches()

    const statuses = await Promise.all(tabs.map((open) => open()))

    expect(statuses).toEqual(tabs.map(() => 303))
    expect(keyFetches() - before).toBe(2)
    expect(rotations()).toEqual([
      { issuer: world.provider.issuer, digest: expect.stringMatching(/^[\w-]{43}$/), added: 1, removed: 0 },
      { issuer: world.provider.issuer, digest: expect.stringMatching(/^[\w-]{43}$/), added: 1, removed: 0 },
    ])
  })

  test('OIDC-IDT-05 the next login passes, its event names the new key, and the ledger says that keys came and went', async () => {
    await signIn(world, world.browser())
    const keyId = world.provider.rotateKeys({ dropOld: true })

    const page = await signIn(world, world.browser())

    expect(page.status).toBe(303)
    expect(world.audit.ofType('oidc.login.succeeded')[1]?.input.data).toMatchObject({ keyId })
    expect(rotations()).toEqual([expect.objectContaining({ added: 1, removed: 1 })])
  })

  test('OIDC-IDT-05 a key that is not published does not become one, and the one that is goes on', async () => {
    await signIn(world, world.browser())
    world.provider.fault('unknown_key')
    const refused = await signIn(world, world.browser())
    world.provider.clear()

    expect([refused.status, codeOf(refused)]).toEqual([403, 'ERR_OIDC_SIGNATURE'])
    expect((await signIn(world, world.browser())).status).toBe(303)
    expect([keyFetches(), rotations()]).toEqual([2, []])
  })
})

describe('while the provider’s keys are not to be had', () => {
  test('v5.0.0-16.3.4 people still sign in by the keys that are known, for 5 minutes and not longer', async () => {
    await signIn(world, world.browser())
    world.provider.fault('jwks_unavailable')

    expect((await signIn(world, world.browser())).status).toBe(303)
    clock.advance(300_000)
    const late = await signIn(world, world.browser())
    expect([late.status, codeOf(late)]).toEqual([503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
  })
})

describe('while the provider is down', () => {
  test('DISC-02 F-27 its configuration counts for an hour and not longer', async () => {
    await world.browser().get('/auth/login')
    world.provider.fault('down')
    clock.advance(3_600_000 - 1)

    const within = await world.browser().get('/auth/login')
    clock.advance(1)
    const after = await world.browser().get('/auth/login')

    expect([within.status, after.status, codeOf(after)]).toEqual([303, 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'])
  })
})
