import { createMemoryStore } from '@sallyport/store'
import { manualClock } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders } from '../../../test/two-providers-world.ts'
import { codeOf } from '../../../test/world.ts'
import { userId } from '../login-proof.ts'
import type { Store } from '@sallyport/store'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld, Visitor } from '../../../test/two-providers-world.ts'

let world: TwoProvidersWorld
// Done once, right after a look at whom an identity signs in as.
let afterTheLook: (() => Promise<void>) | undefined
beforeAll(async () => {
  const store = watched(createMemoryStore({ clock: manualClock().now }))
  world = await openTwoProviders({ store, linking: true, work: { acrValues: [MFA] } })
})
beforeAll(() => {
  for (const sub of ['cy', 'finn', 'gil']) {
    const account = { sub, password: 'correct horse', name: sub, email: `${sub}@example.test` }
    world.work.setAccount(account)
    world.home.setAccount(account)
  }
})
afterAll(() => world.close())

function watched(store: Store): Store {
  return {
    ...store,
    async get(keys) {
      const found = await store.get(keys)
      const then = keys.length === 1 && keys[0]?.[0] === 'oidc-link' ? afterTheLook : undefined
      if (then !== undefined) afterTheLook = undefined
      await then?.()
      return found
    },
  }
}

async function signedIn(provider: string, username: string): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.signIn(provider, username)
  return visitor
}

async function linkedOf(visitor: Visitor): Promise<boolean> {
  return (await visitor.open('/auth/links')).text.includes('/unlink')
}

const problem = (page: BrowserPage): unknown => [page.status, codeOf(page)]

describe('linking', () => {
  test('v5.0.0-6.3.7 is told to the person, through another channel, and so is taking it off', async () => {
    const cy = await signedIn('work', 'cy')
    const page = await cy.link('home', 'cy')
    await cy.browser.submit(page.form('/unlink'))

    const user = userId(world.work.issuer, 'cy')
    expect(world.told.map(({ user: whom, about }) => [whom, about])).toEqual([
      [user, 'account.linked'],
      [user, 'account.unlinked'],
    ])
    const told = await world.events('notification.sent')
    expect(told.map(({ data }) => data)).toEqual([{ about: 'account.linked' }, { about: 'account.unlinked' }])
  })

  test('F-29 counts for the session as it left: what was proved and dropped meanwhile links nothing', async () => {
    const ben = await signedIn('work', 'ben')
    await ben.browser.get('/auth/links')
    const callback = await ben.reach(await ben.browser.post('/auth/home/link', {}), 'ben')
    await ben.browser.post('/drop', {})

    const page = await ben.browser.get(callback)

    expect([problem(page), await linkedOf(ben)]).toEqual([[403, 'ERR_OIDC_SESSION_CHANGED'], false])
    const [failed] = (await world.events('oidc.login.failed')).slice(-1)
    expect([failed?.reason, failed?.actor?.id === undefined]).toEqual(['session_ended', false])
  })
})

describe('a step-up by a linked identity', () => {
  test('F-17 proves nothing when the identity is taken off while it is judged', async () => {
    const owner = await signedIn('work', 'finn')
    await owner.link('home', 'gil')
    await owner.browser.get('/auth/links')
    const gil = await signedIn('home', 'gil')
    const challenge = await gil.open('/secret')
    const [, link = ''] = /href="(\/auth\/home\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
    const callback = await gil.reach(await gil.browser.get(link.replaceAll('&amp;', '&')), 'gil')
    afterTheLook = async () => {
      await owner.browser.post(`/auth/links/${userId(world.home.issuer, 'gil')}/unlink`, {})
    }

    const page = await gil.open(callback)

    expect([problem(page), await linkedOf(owner)]).toEqual([[403, 'ERR_OIDC_WRONG_SUBJECT'], false])
    expect((await world.events('step_up.satisfied')).length).toBe(0)
    const [ended] = (await world.events('challenge.failed')).slice(-1)
    expect(ended?.reason).toBe('not_permitted')
  })
})
