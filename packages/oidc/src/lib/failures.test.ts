import { openAudit } from '@sallyport/audit'
import { KeyringError } from '@sallyport/keyring'
import { createMemoryStore } from '@sallyport/store'
import { manualClock } from '@sallyport/testing'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders } from '../../test/two-providers-world.ts'
import { codeOf, createTestKeyring } from '../../test/world.ts'
import { linkKey } from './linking/links.ts'
import { userId } from './login-proof.ts'
import type { Audit, PendingEvent } from '@sallyport/audit'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld, Visitor } from '../../test/two-providers-world.ts'

// What is done about an error does not depend on the way by which it came up: a page for what people can mend or what passes
// by itself, the application's error handler for the rest, and a word in the ledger in any case.

/** What fails as long as it is set: commits with this event, reading records of this kind, opening what is sealed. */
const trouble: { event?: string; record?: string; keys?: boolean } = {}
const clock = manualClock()
const memory = createMemoryStore({ clock: clock.now })
let world: TwoProvidersWorld

beforeAll(async () => {
  const store = instead(memory, {
    get: async (keys) => {
      if (keys.some(([kind]) => kind === trouble.record)) throw new Error('The disk is full')
      return await memory.get(keys)
    },
  })
  const local = createTestKeyring()
  const keyring = instead(local, {
    unseal: async (context, sealed) => {
      if (trouble.keys === true) throw new KeyringError('ERR_KEYRING_UNAVAILABLE', 'The key service is down.')
      return await local.unseal(context, sealed)
    },
  })
  const subjects = createMemoryStore({ clock: clock.now })
  const ledger = await openAudit({
    store: memory,
    subjects,
    keyring: local,
    origin: 'test.example/ledger',
    app: 'test',
  })
  const audit = instead<Audit>(ledger, {
    commit: async (change) => {
      if (change.events.some(({ type }: PendingEvent) => type === trouble.event)) throw new Error('The disk is full')
      return await ledger.commit(change)
    },
  })
  world = await openTwoProviders({
    store,
    keyring,
    audit,
    linking: true,
    work: { acrValues: [MFA] },
    home: { pushedRequests: 'required' },
    homeProvider: { pushedRequests: 'off' },
  })
})
afterEach(() => {
  for (const name of ['event', 'record', 'keys'] as const) delete trouble[name]
})
afterAll(() => world.close())

/** An object with some of its methods replaced. */
function instead<Target extends object>(target: Target, methods: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** Writes what no version of this package writes. */
async function damage(...key: readonly string[]): Promise<void> {
  const [found] = await memory.get([key])
  const put = { op: 'put', key, value: 42, expect: found?.version ?? null } as const
  await memory.commit({ id: `damage-${key.join('-')}`, writes: [put], entries: [] })
}

async function signedIn(username: string): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.signIn('work', username)
  return visitor
}

/** From a guarded page to the link that leads to the provider. */
async function challenged(visitor: Visitor): Promise<{ readonly challenge: string; readonly out: string }> {
  clock.advance(600_000)
  const page = await visitor.open('/secret')
  const [, out = ''] = /href="(\/auth\/work\/step-up\?[^"]*)"/.exec(page.text) ?? []
  return { challenge: new URL(page.url).pathname, out: out.replaceAll('&amp;', '&') }
}

const summary = (page: BrowserPage): unknown => ({
  status: page.status,
  code: codeOf(page),
  heading: /<h1[^>]*>([^<]*)</.exec(page.text)?.[1],
  link: /<a[^>]* href="([^"]*)"/.exec(page.text)?.[1],
})
const failures = async (): Promise<readonly unknown[]> =>
  (await world.events('oidc.login.failed')).map(({ reason, data }) => [
    Reflect.get(Object(data), 'purpose'),
    Reflect.get(Object(data), 'code'),
    reason,
  ])

describe('a record of links that is damaged', () => {
  test('lets nobody in by it, and is for the application’s error handler: it does not pass by itself', async () => {
    await damage(...linkKey(userId(world.work.issuer, 'ben')))
    const visitor = world.visitor()

    const page = await visitor.signIn('work', 'ben')

    expect([page.status, page.text, await visitor.who()]).toEqual([500, 'OidcError ERR_OIDC_RECORD', null])
    expect((await failures()).at(-1)).toEqual(['login', 'ERR_OIDC_RECORD', 'store_unavailable'])
  })

  test('is so on the page of links and in linking too', async () => {
    const ada = await signedIn('ada')
    const callback = await linked(ada, 'ben')
    await damage('oidc-links', userId(world.work.issuer, 'ada'))

    const pages = [await ada.browser.get('/auth/links'), await ada.browser.get(callback)]

    expect(pages.map(({ status, text }) => [status, text])).toEqual([
      [500, 'OidcError ERR_OIDC_RECORD'],
      [500, 'OidcError ERR_OIDC_RECORD'],
    ])
    expect((await failures()).at(-1)).toEqual(['link', 'ERR_OIDC_RECORD', 'store_unavailable'])
    await memory.commit({
      id: 'mended',
      writes: [await mend('oidc-links', userId(world.work.issuer, 'ada'))],
      entries: [],
    })
  })
})

async function mend(...key: readonly string[]): Promise<{ op: 'remove'; key: readonly string[]; expect: string }> {
  const [found] = await memory.get([key])
  return { op: 'remove', key, expect: found?.version ?? '' }
}

/** Begins to link another account of `work`, as far as the address of the callback. */
async function linked({ browser }: Visitor, username: string): Promise<string> {
  const isCallback = (location: string): boolean => location.includes('/auth/work/callback')
  await browser.get('/auth/links')
  const there = await browser.follow(await browser.post('/auth/work/link', {}), isCallback)
  const sent = await browser.submit(there.form('/interaction/'), { username, password: 'correct horse' })
  // Who was signed in there is signed out first, by a page that sends its form by itself.
  const change = await browser.follow(sent, isCallback)
  return (await browser.follow(await browser.submit(change.form()), isCallback)).location ?? ''
}

describe('a store that cannot be read or written', () => {
  test('v5.0.0-16.5.2 does not tell a signed-in person that they have to sign in', async () => {
    const ada = await signedIn('ada')
    trouble.record = 'oidc-links'

    const page = await ada.browser.get('/auth/links?return_to=%2Fprivate')

    expect(summary(page)).toEqual({
      status: 503,
      code: 'ERR_OIDC_STORE_UNAVAILABLE',
      heading: 'This is not possible right now',
      link: '/private',
    })
  })

  test('v5.0.0-16.5.2 at the last word of a step-up is told in the ledger, and leads back to its challenge', async () => {
    const ada = await signedIn('ada')
    const { challenge, out } = await challenged(ada)
    const callback = await ada.reach(await ada.browser.get(out))
    trouble.event = 'step_up.satisfied'

    const page = await ada.browser.get(callback)

    expect(summary(page)).toEqual({
      status: 503,
      code: 'ERR_OIDC_STORE_UNAVAILABLE',
      heading: 'This is not possible right now',
      link: expect.stringContaining(challenge),
    })
    expect((await failures()).at(-1)).toEqual(['step_up', 'ERR_OIDC_STORE_UNAVAILABLE', 'store_unavailable'])
    expect((await ada.browser.get('/secret')).text).not.toBe('shown')
  })

  test('v5.0.0-16.5.2 as a key service that is down ends no step-up', async () => {
    const ada = await signedIn('ada')
    const { challenge, out } = await challenged(ada)
    trouble.keys = true

    const page = await ada.browser.get(out)
    trouble.keys = false
    const afterwards = await ada.open(await ada.reach(await ada.browser.get(out)))

    expect(summary(page)).toMatchObject({ status: 503, link: expect.stringContaining(challenge) })
    expect(afterwards.text).toBe('shown')
  })
})

describe('a provider that does not fit', () => {
  test('is for the application’s error handler, at a link as at a login', async () => {
    const ada = await signedIn('ada')
    await ada.browser.get('/auth/links')

    const pages = [await ada.browser.get('/auth/home/login'), await ada.browser.post('/auth/home/link', {})]

    expect(pages.map(({ status, text }) => [status, text])).toEqual([
      [500, 'OidcError ERR_OIDC_NOT_OFFERED'],
      [500, 'OidcError ERR_OIDC_NOT_OFFERED'],
    ])
  })
})

describe('starting again', () => {
  test('keeps where a person wanted to go, after a cancelled sign-in and one that could not begin', async () => {
    const { browser } = world.visitor()
    const there = await browser.follow(await browser.get('/auth/work/login?return_to=%2Fprivate'))
    const cancelled = await browser.follow(await browser.submit(there.form('/interaction/'), { cancel: 'yes' }))
    const plain = await browser.follow(await browser.get('/auth/work/login'))
    const without = await browser.follow(await browser.submit(plain.form('/interaction/'), { cancel: 'yes' }))
    world.work.fault('down')
    const down = await browser.get('/auth/work/login?return_to=%2Fprivate')
    world.work.clear()

    const again = '/auth/login?return_to=%2Fprivate'
    expect(summary(cancelled)).toMatchObject({ code: 'ERR_OIDC_DENIED', link: again })
    expect(summary(without)).toMatchObject({ code: 'ERR_OIDC_DENIED', link: '/auth/login' })
    expect(summary(down)).toMatchObject({ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE', link: again })
  })

  test('is what is left of a step-up whose session has ended', async () => {
    const ada = await signedIn('ada')
    const callback = await ada.reach(await ada.browser.get((await challenged(ada)).out))
    await ada.browser.get('/')
    await ada.browser.post('/auth/logout', {})

    const page = await ada.browser.get(callback)

    expect(summary(page)).toMatchObject({ status: 403, code: 'ERR_OIDC_SESSION_CHANGED', link: '/auth/login' })
    expect(page.text).toContain('Start again')
  })
})
