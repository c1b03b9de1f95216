import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTwoProviders } from '../../test/two-providers-world.ts'
import { codeOf, startWorld } from '../../test/world.ts'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersWorld } from '../../test/two-providers-world.ts'

let world: TwoProvidersWorld
beforeAll(async () => {
  world = await openTwoProviders({ thirdPartyLogin: true, tenant: () => undefined })
})
afterAll(() => world.close())

const initiate = (query: Record<string, string>, headers?: Record<string, string>): Promise<BrowserPage> =>
  world.visitor().browser.get(`/auth/initiate?${new URLSearchParams(query).toString()}`, headers)
const problem = (page: BrowserPage): unknown => [page.status, codeOf(page)]
const NOT_HERE = [404, 'ERR_OIDC_PROVIDER_UNKNOWN']

describe('a sign-in that another site begins', () => {
  test('OIDC-REQ-08 v5.0.0-7.6.2 does not exist unless the application wants it', async () => {
    const off = await openTwoProviders()
    const single = await startWorld()
    try {
      const query = `iss=${encodeURIComponent(off.work.issuer)}`
      const pages = [
        await off.visitor().browser.get(`/auth/initiate?${query}`),
        await single.browser().get(`/auth/initiate?iss=${encodeURIComponent(single.provider.issuer)}`),
      ]

      expect(pages.map(problem)).toEqual([NOT_HERE, NOT_HERE])
    } finally {
      await off.close()
      await single.close()
    }
  })

  test('OIDC-REQ-08 goes to the provider that is named, with the hint, and comes back to the page that is meant', async () => {
    const visitor = world.visitor()
    const target = `${world.url}/private?page=2`
    const query = new URLSearchParams({
      iss: world.home.issuer,
      login_hint: 'ada@example.test',
      target_link_uri: target,
    })

    const sent = await visitor.browser.get(`/auth/initiate?${query.toString()}`)
    const page = await visitor.open(await visitor.reach(sent))

    expect(world.home.authorizations.at(-1)).toMatchObject({ login_hint: 'ada@example.test' })
    expect([page.status, page.url]).toEqual([200, target])
  })

  test('OIDC-REQ-08 works for an application with one provider too', async () => {
    const single = await startWorld({ thirdPartyLogin: true })
    try {
      const page = await single.browser().get(`/auth/initiate?iss=${encodeURIComponent(single.provider.issuer)}`)

      expect(page.location?.startsWith(single.provider.issuer)).toBe(true)
    } finally {
      await single.close()
    }
  })

  test('OIDC-REQ-08 at an issuer that is not literally one of the configuration is refused', async () => {
    const { issuer } = world.work
    const pages = [
      await initiate({}),
      await initiate({ iss: `${issuer}/` }),
      await initiate({ iss: issuer.toUpperCase() }),
      await initiate({ iss: 'https://evil.example' }),
      await world.visitor().browser.get(`/auth/initiate?iss=${issuer}&iss=${issuer}`),
      await world.visitor().browser.get(`/auth/initiate?iss[]=${issuer}`),
    ]

    expect(pages.map(problem)).toEqual(pages.map(() => NOT_HERE))
  })

  test('F-30 OIDC-REQ-08 BCP-02 leads to no other site after it', async () => {
    const targets = [
      'https://evil.example/',
      '//evil.example',
      '/private',
      `${world.url}@evil.example/`,
      `${world.url.replace('http://', 'http://user@')}/private`,
      `${world.url}//evil.example`,
      `${world.url}/\\evil.example`,
      `${world.url}/auth/login`,
      `${world.url}/${'a'.repeat(3_000)}`,
    ]
    const ends = []
    for (const target of targets) {
      const visitor = world.visitor()
      const query = new URLSearchParams({ iss: world.work.issuer, target_link_uri: target })
      const sent = await visitor.browser.get(`/auth/initiate?${query.toString()}`)
      ends.push((await visitor.browser.get(await visitor.reach(sent))).location)
    }

    expect(ends).toEqual(targets.map(() => `${world.url}/`))
  })

  test('OIDC-REQ-08 leaves a hint out that is too long or is none', async () => {
    await initiate({ iss: world.work.issuer, login_hint: 'a'.repeat(257) })
    await world.visitor().browser.get(`/auth/initiate?iss=${world.work.issuer}&login_hint=a&login_hint=b`)

    expect(world.work.authorizations.slice(-2).map((one) => one['login_hint'])).toEqual([undefined, undefined])
  })

  test('OIDC-REQ-08 BCP-03 is not begun in a frame, as an image or in advance, and its answers cannot be framed', async () => {
    const iss = world.work.issuer
    const pages = [
      await initiate({ iss }, { 'sec-fetch-dest': 'iframe' }),
      await initiate({ iss }, { 'sec-fetch-dest': 'image' }),
      await initiate({ iss }, { 'sec-purpose': 'prefetch' }),
    ]
    const begun = await initiate({ iss })

    expect(pages.map(problem)).toEqual([NOT_HERE, NOT_HERE, NOT_HERE])
    expect(begun.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(begun.headers.get('x-frame-options')).toBe('DENY')
  })

  test('v5.0.0-7.6.2 begins no session by itself: the provider is asked, and its answer judged as ever', async () => {
    const visitor = world.visitor()
    const sent = await visitor.browser.get(`/auth/initiate?iss=${encodeURIComponent(world.work.issuer)}`)

    expect([sent.status, await visitor.who()]).toEqual([303, null])
  })
})
