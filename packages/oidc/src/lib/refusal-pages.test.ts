import { afterEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, signInAtProvider, startWorld, whoIs } from '../../test/world.ts'
import type { BrowserPage } from '@sallyport/testing'
import type { World, WorldOptions } from '../../test/world.ts'

const worlds: World[] = []
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()))
})

async function start(options?: WorldOptions): Promise<World> {
  const world = await startWorld(options)
  worlds.push(world)
  return world
}

/** The status, the heading and where the one link leads. */
function told({ status, text }: BrowserPage): readonly unknown[] {
  const [, heading] = /<h1>(.*?)<\/h1>/.exec(text) ?? []
  const [, href] = /<a class="button main" href="([^"]*)">/.exec(text) ?? []
  return [status, heading, href]
}

describe('a person who goes back to a sign-in that is over', () => {
  test('and is signed in is told so, and can go on', async () => {
    const world = await start({ afterLoginUrl: '/home' })
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    await browser.get(callback)

    expect(told(await browser.get(callback))).toEqual([400, 'You are signed in already', '/home'])
    expect(await whoIs(browser)).not.toBeNull()
  })

  test('and is not signed in can start again', async () => {
    const world = await start()
    const callback = await signInAtProvider(world, world.browser())

    const page = await world.browser().get(callback)

    expect(told(page)).toEqual([400, 'This sign-in page is no longer valid', '/auth/login'])
  })

  test('who opens it twice at once is signed in, and the other window says that it was finished', async () => {
    const world = await start()
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    const cookie = browser.cookies().map((one) => `${one.name}=${one.value}`)

    const pages = await Promise.all([1, 2].map(() => browser.get(callback, { cookie: cookie.join('; ') })))

    const [done, over] = pages.toSorted((a, b) => a.status - b.status)
    expect([done?.status, over && told(over)]).toEqual([303, [400, 'This sign-in was finished before', '/auth/login']])
  })
})

describe('a provider that could only sign the person in by asking', () => {
  test('OIDC-REQ-05 is a page of its own with prompt=none, from which nothing goes on by itself', async () => {
    const world = await start({ prompt: 'none' })
    const browser = world.browser()

    const page = await browser.follow(await browser.get('/auth/login'))

    expect(told(page)).toEqual([403, 'Your provider has to ask you', '/auth/login'])
    expect([codeOf(page), page.headers.get('refresh')]).toEqual(['ERR_OIDC_INTERACTION_REQUIRED', null])
    expect(world.provider.requests.filter((path) => path === '/auth')).toHaveLength(1)
    expect(world.audit.ofType('oidc.login.failed').map(({ input }) => input.reason)).toEqual(['login_required'])
  })
})

describe('a provider that does not reach the level', () => {
  test('OIDC-IDT-10 OIDC-REQ-06 is a clear page, from which nothing goes on by itself', async () => {
    const world = await start({ acrValues: ['urn:example:acr:mfa'] })
    world.provider.fault('downgraded_acr')

    const page = await signIn(world, world.browser())

    expect(told(page)).toEqual([403, 'Your provider did not confirm you strongly enough', '/auth/login'])
    expect(world.provider.requests.filter((path) => path === '/auth')).toHaveLength(1)
  })
})
