import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from '@sallyport/sqlite'
import { createMemoryStore } from '@sallyport/store'
import { manualClock } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders } from '../../../test/two-providers-world.ts'
import { codeOf } from '../../../test/world.ts'
import { userId } from '../login-proof.ts'
import type { Store } from '@sallyport/store'
import type { Browser, BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld, Visitor } from '../../../test/two-providers-world.ts'

let world: TwoProvidersWorld
// Done once, right after a look at whom an identity signs in as.
let afterTheLook: (() => Promise<void>) | undefined
// Done once, right after the last look at the links that are about to change.
let beforeTheChange: (() => Promise<void>) | undefined
beforeAll(async () => {
  const store = createMemoryStore({ clock: manualClock().now })
  world = await openTwoProviders({ store: watched(store), second: store, linking: true, work: { acrValues: [MFA] } })
})
beforeAll(() => {
  for (const sub of ['cy', 'finn', 'gil', 'hal', 'ivo']) {
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
      const last = keys.length > 1 && keys[0]?.[0] === 'oidc-links' ? beforeTheChange : undefined
      if (last !== undefined) beforeTheChange = undefined
      await last?.()
      return found
    },
  }
}

const ELSEWHERE = { 'x-instance': '1' }

/** Logs out at the second instance, by the application's own page. */
const logOut = async (browser: Browser, url: string): Promise<number> =>
  (await browser.post('/auth/logout', {}, { ...ELSEWHERE, origin: url, 'sec-fetch-site': 'same-origin' })).status

/** What becomes of a link whose session is changed, by the second instance, in the very last moment. */
async function linkedAfter(
  one: TwoProvidersWorld,
  change: (browser: Browser, url: string) => Promise<unknown>,
): Promise<unknown> {
  const visitor = one.visitor()
  await visitor.signIn('work', 'ada')
  await visitor.browser.get('/auth/links')
  const callback = await visitor.reach(await visitor.browser.post('/auth/home/link', {}), 'ben')
  let changed = 0
  beforeTheChange = async () => {
    await change(visitor.browser, one.url)
    changed += 1
  }

  const page = await visitor.browser.get(callback)

  const linked = await one.store.get([['oidc-link', userId(one.home.issuer, 'ben')]])
  return [problem(page), changed, linked[0] !== undefined, (await one.events('account.linked')).length]
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

describe('a session that ends on another instance while its change is on the way', () => {
  const REFUSED = [[403, 'ERR_OIDC_SESSION_CHANGED'], 1, false]

  test('F-08 F-29 links nothing once it is logged out', async () => {
    const before = (await world.events('account.linked')).length

    expect(await linkedAfter(world, logOut)).toEqual([...REFUSED, before])
    const [failed] = (await world.events('oidc.login.failed')).slice(-1)
    expect(failed?.reason).toBe('session_ended')
  })

  test('F-08 F-29 links nothing once it is logged out, on SQLite too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-linking-'))
    const path = join(folder, 'store.db')
    const [store, second] = [await openSqlite({ path }), await openSqlite({ path })]
    const own = await openTwoProviders({ store: watched(store), second, linking: true, work: { acrValues: [MFA] } })
    try {
      expect(await linkedAfter(own, logOut)).toEqual([...REFUSED, 0])
    } finally {
      await own.close()
      await Promise.all([store.close(), second.close()])
      await rm(folder, { recursive: true })
    }
  })

  test('F-29 links nothing once its elevation is dropped', async () => {
    const before = (await world.events('account.linked')).length

    expect(await linkedAfter(world, (browser) => browser.post('/drop', {}, ELSEWHERE))).toEqual([...REFUSED, before])
  })

  test('takes no link off either', async () => {
    const cy = await signedIn('work', 'cy')
    const form = (await cy.link('home', 'cy')).form('/unlink')
    beforeTheChange = async () => void (await logOut(cy.browser, world.url))

    const page = await cy.browser.submit(form)

    expect(problem(page)).toEqual([403, 'ERR_OIDC_SESSION_CHANGED'])
    expect(await linkedOf(await signedIn('work', 'cy'))).toBe(true)
  })

  test('links all the same when it was only used there', async () => {
    const used = linkedAfter(world, async (browser) => {
      world.clock.advance(200_000)
      await browser.get('/private', ELSEWHERE)
    })

    expect(await used).toEqual([[303, undefined], 1, true, expect.any(Number)])
  })
})

describe('a step-up by a linked identity', () => {
  test('F-17 is over for a session whose own identity was linked to somebody else meanwhile: its person signs in again', async () => {
    const hal = await signedIn('home', 'hal')
    const challenge = await hal.open('/secret')
    await (await signedIn('work', 'ivo')).link('home', 'hal')
    const [, link = ''] = /href="(\/auth\/home\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
    const callback = await hal.reach(await hal.browser.get(link.replaceAll('&amp;', '&')), 'hal')

    const page = await hal.browser.get(callback)

    expect(problem(page)).toEqual([403, 'ERR_OIDC_SESSION_CHANGED'])
    expect(page.text).not.toContain('/step-up/challenges/')
  })

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
