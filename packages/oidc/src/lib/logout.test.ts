import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, signIn, startWorld, whoIs } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import type { Browser } from '@sallyport/testing'
import type { World } from '../../test/world.ts'

let world: World
beforeEach(async () => {
  world = await startWorld()
})
afterEach(() => world.close())

/** Signs in and opens a page of the application, from which forms are sent. */
async function signInHere(browser: Browser): Promise<void> {
  await signIn(world, browser)
  await browser.get('/')
}

describe('POST /logout', () => {
  test('RPL-01 BCP-02 ends the session here first and then goes to the provider', async () => {
    const browser = world.browser()
    await signInHere(browser)

    const page = await browser.post('/auth/logout', {})

    const there = new URL(page.location ?? '')
    expect([page.status, there.origin]).toEqual([303, world.provider.issuer])
    expect(there.searchParams.get('client_id')).toBe(world.provider.client.clientId)
    expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${world.url}/`)
    expect(await whoIs(browser)).toBeNull()
  })

  test('RPL-01 tells the provider by the ID token of this very session who signs out, and keeps it nowhere after', async () => {
    const browser = world.browser()
    await signInHere(browser)
    const before = browser.cookies().filter(({ name }) => name === 'sallyport-hint')

    const page = await browser.post('/auth/logout', {})

    const hint = new URL(page.location ?? '').searchParams.get('id_token_hint') ?? ''
    const claims: unknown = JSON.parse(Buffer.from(hint.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iss: world.provider.issuer, sub: 'ada', aud: world.provider.client.clientId })
    expect(before).toMatchObject([{ path: '/auth/logout', httpOnly: true, sameSite: 'Strict' }])
    expect(browser.cookies().some(({ name }) => name === 'sallyport-hint')).toBe(false)
  })

  test('RPL-01 gives no ID token of an earlier session away', async () => {
    const browser = world.browser()
    await signInHere(browser)
    const [old] = browser.cookies().filter(({ name }) => name === 'sallyport-hint')
    await signInHere(browser)
    const session = browser.cookies().find(({ name }) => name === 'connect.sid')
    const cookie = `connect.sid=${session?.value}; sallyport-hint=${old?.value}`

    const headers = { cookie, 'sec-fetch-site': 'same-origin' }
    const answer = await fetch(`${world.url}/auth/logout`, { method: 'POST', headers, redirect: 'manual' })

    const there = new URL(answer.headers.get('location') ?? '')
    expect([there.origin, there.searchParams.has('id_token_hint')]).toEqual([world.provider.issuer, false])
  })

  test('RPL-01 keeps no ID token and sends none where the application does not want that, and still goes to the provider', async () => {
    const plain = await startWorld({ logoutHint: false, provider: world.provider })
    const browser = plain.browser()
    world.provider.allowRedirects({ callback: `${plain.url}/auth/callback`, afterLogout: `${plain.url}/` })
    await signIn(plain, browser)
    await browser.get('/')
    const kept = browser.cookies().filter(({ name }) => name.endsWith('sallyport-hint'))

    const page = await browser.post('/auth/logout', {})

    await plain.close()
    const there = new URL(page.location ?? '')
    expect([kept, there.origin]).toEqual([[], world.provider.issuer])
    expect([...there.searchParams.keys()]).toEqual(['post_logout_redirect_uri', 'client_id'])
  })

  test('comes back to the application once the provider’s session is over too', async () => {
    const browser = world.browser()
    await signInHere(browser)

    const asked = await browser.follow(await browser.post('/auth/logout', {}))
    const back = await browser.submit(asked.form('/session/end'), { logout: 'yes' })

    expect(back.location).toBe(`${world.url}/`)
  })

  test('records who signed out, in the session’s lineage', async () => {
    const browser = world.browser()
    await signInHere(browser)

    await browser.post('/auth/logout', {})

    const { lineage } = world.audit.ofType('session.started')[0]?.input ?? {}
    const actor = { user: userId(world.provider.issuer, 'ada') }
    expect(world.audit.ofType('oidc.logout.completed').map((one) => one.input)).toMatchObject([{ lineage, actor }])
  })

  test('WEB-06 from another site is refused, and the person stays signed in', async () => {
    const browser = world.browser()
    await signInHere(browser)
    const cross = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }

    const page = await browser.post('/auth/logout', {}, cross)

    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_ORIGIN'])
    expect(await whoIs(browser)).toMatchObject({ name: 'Ada Example' })
  })

  test('from another port of this host is refused', async () => {
    const page = await world.browser().post('/auth/logout', {}, { 'sec-fetch-site': 'same-site' })

    expect(page.status).toBe(403)
  })

  test('WEB-06 of a browser without Sec-Fetch-Site is judged by its Origin', async () => {
    const send = async (origin?: string): Promise<number> => {
      const headers = origin === undefined ? {} : { origin }
      return (await fetch(`${world.url}/auth/logout`, { method: 'POST', headers, redirect: 'manual' })).status
    }

    expect([await send(world.url), await send('http://127.0.0.1:1'), await send('null'), await send()]).toEqual([
      303, 403, 403, 403,
    ])
  })

  test('while the provider is down still ends the session here', async () => {
    const down = await startWorld({ timeoutMs: 300 })
    try {
      down.provider.fault('down')
      const page = await down.browser().post('/auth/logout', {})

      expect([page.status, page.location]).toEqual([303, `${down.url}/`])
    } finally {
      await down.close()
    }
  })

  test('WEB-04 v5.0.0-4.1.4 by GET does not exist: an image could send it', async () => {
    const browser = world.browser()
    await signInHere(browser)

    await browser.get('/auth/logout')

    expect(await whoIs(browser)).toMatchObject({ name: 'Ada Example' })
  })
})

describe('requireLogin', () => {
  test('sends a person who is not signed in to sign in, and lets them through after', async () => {
    const browser = world.browser()

    const refused = await browser.get('/private?page=2')
    const login = refused.location ?? ''
    const page = await signIn(world, browser, login)

    expect(page.location).toBe(`${world.url}/private?page=2`)
    expect((await browser.get('/private?page=2')).status).toBe(200)
  })
})
