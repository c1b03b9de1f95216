import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTwoProviders } from '../../test/two-providers-world.ts'
import { codeOf } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld } from '../../test/two-providers-world.ts'

// No test here disturbs the providers.
let world: TwoProvidersWorld
beforeAll(async () => {
  world = await openTwoProviders()
})
afterAll(() => world.close())

const askedTokens = (): number =>
  [...world.work.requests, ...world.home.requests].filter((one) => one === '/token').length
const problem = (page: BrowserPage): unknown => [page.status, codeOf(page)]

describe('two providers of one application', () => {
  test('NC-06 F-28 F-29 tell people of the same subject and the same address apart by their issuer', async () => {
    const [atWork, atHome] = [world.visitor(), world.visitor()]

    await atWork.signIn('work')
    await atHome.signIn('home')

    const ids = [(await atWork.who())?.id, (await atHome.who())?.id]
    expect(ids).toEqual([userId(world.work.issuer, 'ada'), userId(world.home.issuer, 'ada')])
    const people = world.people.slice(-2).map(({ subject, provider, profile }) => ({ subject, provider, ...profile }))
    expect(people).toMatchObject([
      { subject: 'ada', provider: 'work', emails: [{ value: 'ada@example.test' }] },
      { subject: 'ada', provider: 'home', emails: [{ value: 'ada@example.test' }] },
    ])
  })

  test('give the verify callback the checked claims, of token and UserInfo', async () => {
    await world.visitor().signIn('work')

    const { claims, id, identity, issuer } = world.people.at(-1) ?? {}
    expect(claims).toMatchObject({
      iss: issuer,
      sub: 'ada',
      aud: world.work.client.clientId,
      email: 'ada@example.test',
    })
    expect([id, issuer]).toEqual([identity, world.work.issuer])
  })

  test('in two tabs at once both finish, the first begun first', async () => {
    const visitor = world.visitor()
    const work = await visitor.reach(await visitor.browser.get('/auth/work/login?return_to=/one'))
    const home = await visitor.reach(await visitor.browser.get('/auth/home/login?return_to=/two'))

    const pages = [await visitor.open(work), await visitor.open(home)]

    expect(pages.map((page) => page.url)).toEqual([`${world.url}/one`, `${world.url}/two`])
    expect(await visitor.who()).toMatchObject({ name: 'ada of home' })
  })

  test('in two tabs at once both finish, the last begun first', async () => {
    const visitor = world.visitor()
    const work = await visitor.reach(await visitor.browser.get('/auth/work/login?return_to=/one'))
    const home = await visitor.reach(await visitor.browser.get('/auth/home/login?return_to=/two'))

    const pages = [await visitor.open(home), await visitor.open(work)]

    expect(pages.map((page) => page.url)).toEqual([`${world.url}/two`, `${world.url}/one`])
    expect(await visitor.who()).toMatchObject({ name: 'ada of work' })
  })
})

describe('an answer at the wrong callback', () => {
  test('F-24 F-25 v5.0.0-10.2.2 of one provider at the other’s is refused, whichever way round, and no code is redeemed', async () => {
    const visitor = world.visitor()
    const work = await visitor.reach(await visitor.browser.get('/auth/work/login'))
    const home = await visitor.reach(await visitor.browser.get('/auth/home/login'))
    const before = askedTokens()

    const pages = [
      await visitor.browser.get(work.replace('/auth/work/', '/auth/home/')),
      await visitor.browser.get(home.replace('/auth/home/', '/auth/work/')),
    ]

    expect(pages.map(problem)).toEqual([
      [400, 'ERR_OIDC_TRANSACTION_UNKNOWN'],
      [400, 'ERR_OIDC_TRANSACTION_UNKNOWN'],
    ])
    expect([askedTokens() - before, await visitor.who()]).toEqual([0, null])
  })

  test('F-24 cannot be brought to the right one after: it was good once, there', async () => {
    const visitor = world.visitor()
    const work = await visitor.reach(await visitor.browser.get('/auth/work/login'))
    await visitor.browser.get(work.replace('/auth/work/', '/auth/home/'))

    const page = await visitor.browser.get(work)

    expect([problem(page), await visitor.who()]).toEqual([[400, 'ERR_OIDC_TRANSACTION_UNKNOWN'], null])
  })

  test('F-24 ISS-01 ISS-03 v5.0.0-10.2.2 with the code of one provider and the name of the other is refused before any code is redeemed', async () => {
    const visitor = world.visitor()
    const callback = new URL(await visitor.reach(await visitor.browser.get('/auth/work/login')))
    callback.searchParams.set('iss', world.home.issuer)
    const before = askedTokens()

    const page = await visitor.browser.get(callback.href)

    expect([problem(page), askedTokens() - before]).toEqual([[403, 'ERR_OIDC_RESPONSE_ISSUER'], 0])
  })

  test('F-24 v5.0.0-10.2.2 with the state of one sign-in and the code of the other provider’s ends with neither', async () => {
    const visitor = world.visitor()
    const work = new URL(await visitor.reach(await visitor.browser.get('/auth/work/login')))
    const home = new URL(await visitor.reach(await visitor.browser.get('/auth/home/login')))
    home.searchParams.set('code', work.searchParams.get('code') ?? '')

    const page = await visitor.browser.get(home.href)

    expect([page.status, await visitor.who()]).toEqual([403, null])
  })

  test('F-24 of a sign-in that says no is refused at the other’s callback too', async () => {
    const visitor = world.visitor()
    const sent = await visitor.browser.get('/auth/work/login')
    const cookies = visitor.browser.cookies().length
    const state = stateOf(sent, world)

    const page = await visitor.browser.get(`/auth/home/callback?error=access_denied&state=${state}`)

    expect([cookies, problem(page)]).toEqual([1, [400, 'ERR_OIDC_TRANSACTION_UNKNOWN']])
  })
})

describe('GET /login of several providers', () => {
  test('shows a page that runs nothing, on which every provider can be chosen, and keeps where to go', async () => {
    const page = await world.visitor().browser.get('/auth/login?return_to=%2Fprivate%3Fa%3D1%26b%3D2')

    expect(links(page)).toEqual([
      ['/auth/work/login?return_to=%2Fprivate%3Fa%3D1%26b%3D2', 'Work &amp; Co'],
      ['/auth/home/login?return_to=%2Fprivate%3Fa%3D1%26b%3D2', 'home'],
    ])
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'none'/,
    )
    expect([page.headers.get('cache-control'), page.headers.get('x-frame-options')]).toEqual(['no-store', 'DENY'])
    expect(page.text).not.toContain('<script')
  })

  test('is in the language that the browser would rather have', async () => {
    const page = await world.visitor().browser.get('/auth/login', { 'accept-language': 'de-CH, en;q=0.5' })

    expect([page.headers.get('content-language'), page.text.includes('<html lang="de">')]).toEqual(['de', true])
    expect([page.headers.get('vary'), page.text.includes('<h1>Anmelden</h1>')]).toEqual(['Accept-Language', true])
  })

  test('F-30 puts no other site into its links, nor anything else that it was sent', async () => {
    const pages = [
      await world.visitor().browser.get('/auth/login?return_to=//evil.example'),
      await world.visitor().browser.get('/auth/login?return_to=https://evil.example/&error=<b>evil'),
    ]

    expect(pages.flatMap(links).map(([link]) => link)).toEqual([
      '/auth/work/login',
      '/auth/home/login',
      '/auth/work/login',
      '/auth/home/login',
    ])
    expect(pages.map(({ text }) => text.includes('evil'))).toEqual([false, false])
  })

  test('is where a guarded page sends a stranger, who comes back to it by either provider', async () => {
    const visitor = world.visitor()
    const page = await visitor.open('/private?page=2')
    const [, home] = links(page)

    const sent = await visitor.browser.get(home?.[0].replaceAll('&amp;', '&') ?? '')
    const back = await visitor.open(await visitor.reach(sent))

    expect([back.status, back.url]).toEqual([200, `${world.url}/private?page=2`])
  })

  test('is where a failure at one provider lets people start again', async () => {
    const page = await world.visitor().browser.get('/auth/work/callback?state=none&code=none')

    expect([page.status, /<a[^>]* href="([^"]*)"/.exec(page.text)?.[1]]).toEqual([400, '/auth/login'])
  })
})

describe('POST /logout of several providers', () => {
  test('RPL-01 goes to the provider that the session began with, with its ID token', async () => {
    const ends = []
    for (const name of ['work', 'home']) {
      const visitor = world.visitor()
      await visitor.signIn(name)
      await visitor.browser.get('/')
      const there = new URL((await visitor.browser.post('/auth/logout', {})).location ?? '')
      ends.push([there.origin, there.searchParams.has('id_token_hint'), await visitor.who()])
    }

    expect(ends).toEqual([
      [world.work.issuer, true, null],
      [world.home.issuer, true, null],
    ])
  })

  test('finds that provider without the ID token, where none is kept', async () => {
    const plain = await openTwoProviders({ logoutHint: false })
    const visitor = plain.visitor()
    await visitor.signIn('home')
    await visitor.browser.get('/')
    const kept = visitor.browser.cookies().filter(({ name }) => name.endsWith('sallyport-hint'))

    const there = new URL((await visitor.browser.post('/auth/logout', {})).location ?? '')

    await plain.close()
    expect([kept, there.origin, there.searchParams.has('id_token_hint')]).toEqual([[], plain.home.issuer, false])
  })

  test('is the same below a provider’s name, whichever it is, with the hint', async () => {
    const visitor = world.visitor()
    await visitor.signIn('work')
    await visitor.browser.get('/')

    const one = await visitor.browser.post('/auth/home/logout', {})
    const page = await visitor.browser.post(one.location ?? '', {})

    expect([one.status, one.location]).toEqual([307, `${world.url}/auth/logout`])
    const there = new URL(page.location ?? '')
    expect([there.origin, there.searchParams.has('id_token_hint')]).toEqual([world.work.issuer, true])
  })

  test('records the provider that the session began with', async () => {
    const visitor = world.visitor()
    await visitor.signIn('home')
    await visitor.browser.get('/')

    await visitor.browser.post('/auth/logout', {})

    const [completed] = (await world.events('oidc.logout.completed')).slice(-1)
    expect(completed?.data).toEqual({ issuer: world.home.issuer })
  })

  test('leads a person without a session home, and to no provider', async () => {
    const visitor = world.visitor()
    await visitor.browser.get('/')

    const page = await visitor.browser.post('/auth/logout', {})

    expect([page.status, page.location]).toEqual([303, `${world.url}/`])
  })
})

describe('a name that is no provider’s', () => {
  test('is the application’s own where there are no tenants', async () => {
    const { browser } = world.visitor()

    const pages = [
      await browser.get('/auth/admin/login'),
      await browser.get('/auth/toString/step-up'),
      await browser.get('/auth/WORK/login'),
      await browser.get('/auth/nobody-here/help'),
    ]

    expect(pages.map(({ status, text }) => [status, JSON.parse(text).path])).toEqual([
      [200, '/auth/admin/login'],
      [200, '/auth/toString/step-up'],
      [200, '/auth/WORK/login'],
      [200, '/auth/nobody-here/help'],
    ])
  })

  test('has a page that says so where it could be a tenant’s, leads to those that there are, and repeats nothing', async () => {
    const own = await openTwoProviders({ tenant: () => undefined })
    const { browser } = own.visitor()

    const pages = [
      await browser.get('/auth/nobody-here/login'),
      await browser.get('/auth/toString/login'),
      await browser.get(`/auth/${'a'.repeat(2_000)}/callback`),
      await browser.get('/auth/%3Cb%3E/login'),
      await browser.get('/auth/WORK/login'),
    ]
    const help = await browser.get('/auth/nobody-here/help')

    await own.close()
    expect(pages.map(problem)).toEqual(pages.map(() => [404, 'ERR_OIDC_PROVIDER_UNKNOWN']))
    expect(pages.every(({ text }) => text.includes('href="/auth/login"'))).toBe(true)
    expect(pages.some(({ text }) => /nobody-here|toString|aaaa|<b>|WORK/.test(text))).toBe(false)
    expect([help.status, JSON.parse(help.text).path]).toEqual([200, '/auth/nobody-here/help'])
  })
})

function links(page: BrowserPage): readonly (readonly [string, string])[] {
  return [...page.text.matchAll(/<a[^>]* href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, link = '', text = '']) => [
    link,
    text,
  ])
}

/** The state of a sign-in that has begun; it went to the provider directly where the address does not say it. */
function stateOf(sent: BrowserPage, { work }: TwoProvidersWorld): string {
  const inAddress = new URL(sent.location ?? '').searchParams.get('state')
  return inAddress ?? work.authorizations.at(-1)?.['state'] ?? ''
}
