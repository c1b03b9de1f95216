import { manualClock } from '@sallyport/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, signInAtProvider, startWorld } from '../../test/world.ts'
import type { ManualClock } from '@sallyport/testing'
import type { World } from '../../test/world.ts'

// Application and provider share a clock that has nothing to do with the machine's.
let clock: ManualClock
let world: World
beforeEach(async () => {
  clock = manualClock(Date.UTC(2040, 0, 1))
  world = await startWorld({ clock })
})
afterEach(() => world.close())

describe('time', () => {
  test('is the clock’s and not the machine’s, for tokens too', async () => {
    const page = await signIn(world, world.browser())

    expect(page.status).toBe(303)
    expect(world.audit.ofType('oidc.login.succeeded')[0]?.input.data).toMatchObject({ authTime: clock.now() / 1000 })
  })

  test('goes on between two sign-ins, and the second is judged by the later time', async () => {
    await signIn(world, world.browser())
    clock.advance(45 * 60_000)

    expect((await signIn(world, world.browser())).status).toBe(303)
  })

  test('fetches the provider’s configuration again after an hour', async () => {
    await world.browser().get('/auth/login')
    clock.advance(3_600_000)
    await world.browser().get('/auth/login')

    const asked = world.provider.requests.filter((path) => path.startsWith('/.well-known/'))
    expect(asked).toHaveLength(2)
  })

  test('of the provider is told to the ledger, once a minute however many answers there are', async () => {
    await signIn(world, world.browser())
    await signIn(world, world.browser())
    expect(world.audit.times).toHaveLength(1)
    clock.advance(60_000)
    await signIn(world, world.browser())

    expect(world.audit.times).toHaveLength(2)
    // The fake provider's answers have the machine's date.
    const { source, at = 0 } = world.audit.times[0] ?? {}
    expect([source, at % 1_000]).toEqual(['provider', 0])
  })

  test('ends a sign-in that takes longer than ten minutes, though the browser kept the cookie', async () => {
    const browser = world.browser()
    const callback = await signInAtProvider(world, browser)
    const cookie = browser.cookies().map((one) => `${one.name}=${one.value}`)
    clock.advance(10 * 60_000)

    const late = await browser.get(callback, { cookie: cookie.join('; ') })

    expect([late.status, codeOf(late)]).toEqual([400, 'ERR_OIDC_TRANSACTION_EXPIRED'])
    expect(world.audit.ofType('oidc.login.failed')[0]?.input).toMatchObject({ reason: 'expired' })
  })

  test('counts max_age from when it was asked: who is slow at the provider is not refused for it', async () => {
    const slow = await startWorld({ clock, maxAge: 60 })
    try {
      const callback = await signInAtProvider(slow, slow.browser())
      const browser = slow.browser()
      const asked = await signInAtProvider(slow, browser)
      clock.advance(5 * 60_000 - 1)

      expect(callback).not.toBe(asked)
      expect((await browser.get(asked)).status).toBe(303)
    } finally {
      await slow.close()
    }
  })
})
