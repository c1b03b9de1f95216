import { afterEach, describe, expect, test } from 'vitest'
import { openTwoProviders, optionsFor } from '../../test/two-providers-world.ts'
import { codeOf } from '../../test/world.ts'
import { userId } from './login-proof.ts'
import type { TwoProvidersOptions, TwoProvidersWorld } from '../../test/two-providers-world.ts'
import type { ProviderOptions } from './providers/provider-options.ts'

let world: TwoProvidersWorld
afterEach(() => world.close())

/** Opens a world in which `home` is the provider of tenants, as far as `answer` says so. */
async function open(
  answer: (name: string, own: () => ProviderOptions) => ProviderOptions | undefined,
  options: TwoProvidersOptions = {},
): Promise<readonly string[]> {
  const asked: string[] = []
  const tenant = (name: string): ProviderOptions | undefined => {
    asked.push(name)
    return answer(name, () => optionsFor(world.home, { acrValues: ['urn:example:acr:mfa'] }))
  }
  world = await openTwoProviders({ only: 'work', tenant, ...options })
  world.home.allowRedirects({ callback: `${world.url}/auth/acme/callback`, afterLogout: `${world.url}/` })
  return asked
}

describe('a tenant’s provider', () => {
  test('signs people in at its own callback URL, and is on no page', async () => {
    await open((name, own) => (name === 'acme' ? own() : undefined))
    const visitor = world.visitor()

    await visitor.signIn('acme')

    expect(await visitor.who()).toEqual({ id: userId(world.home.issuer, 'ada'), name: 'ada of acme' })
    const only = await world.visitor().browser.get('/auth/login?return_to=/private')
    expect(only.location).toBe(`${world.url}/auth/work/login?return_to=%2Fprivate`)
  })

  test('is discovered once by fifty who come first at the same time', async () => {
    const asked = await open((name, own) => (name === 'acme' ? own() : undefined))

    const pages = await Promise.all(Array.from({ length: 50 }, () => world.visitor().browser.get('/auth/acme/login')))

    expect(pages.every(({ location }) => location?.startsWith(world.home.issuer))).toBe(true)
    expect(asked.length).toBeLessThanOrEqual(50)
    expect(world.home.requests.filter((path) => path.startsWith('/.well-known/'))).toHaveLength(1)
  })

  test('cannot take the place of a provider of the configuration', async () => {
    const asked = await open((_name, own) => own())

    const page = await world.visitor().browser.get('/auth/work/login')

    expect([asked, page.location?.startsWith(world.work.issuer)]).toEqual([[], true])
  })

  test('that is none is a page, and names that could be none are not even asked about', async () => {
    const asked = await open(() => undefined)
    const { browser } = world.visitor()

    const pages = [await browser.get('/auth/other/login'), await browser.get('/auth/_other/login')]

    expect(pages.map((page) => [page.status, codeOf(page)])).toEqual([
      [404, 'ERR_OIDC_PROVIDER_UNKNOWN'],
      [404, 'ERR_OIDC_PROVIDER_UNKNOWN'],
    ])
    expect(asked).toEqual(['other'])
  })

  test('F-27 that cannot be looked up is 503, and nobody is signed in', async () => {
    await open(() => {
      throw new Error('The database is down')
    })

    const page = await world.visitor().browser.get('/auth/acme/login')

    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_TENANT_UNAVAILABLE'])
    expect(page.text).not.toContain('database')
  })

  test('v5.0.0-10.5.3 cannot have the issuer of a provider of the configuration, whose people it would judge by its own rules', async () => {
    await open((_name, own) => ({ ...own(), issuer: world.work.issuer }))

    const page = await world.visitor().browser.get('/auth/acme/login')

    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_OPTION'])
  })

  test('with options that are wrong is for the application’s error handler', async () => {
    await open((_name, own) => ({ ...own(), algorithms: [] }))

    const page = await world.visitor().browser.get('/auth/acme/login')

    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_OPTION'])
  })

  test('F-24 v5.0.0-10.2.2 takes no answer to a sign-in of another tenant', async () => {
    await open((_name, own) => own())
    const visitor = world.visitor()
    const callback = await visitor.reach(await visitor.browser.get('/auth/acme/login'))

    const page = await visitor.browser.get(callback.replace('/acme/', '/other/'))

    expect([page.status, codeOf(page), await visitor.who()]).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN', null])
  })

  test('that changes between leaving and coming back is judged as it is then', async () => {
    const changed: Partial<ProviderOptions>[] = []
    await open((_name, own) => ({ ...own(), ...changed[0] }))
    const visitor = world.visitor()
    const callback = await visitor.reach(await visitor.browser.get('/auth/acme/login'))
    changed.push({ clientId: 'another' })

    const page = await visitor.browser.get(callback)

    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN'])
  })

  test('is where its people are signed out, also by a process that knows no tenant yet', async () => {
    await open((_name, own) => own())
    const visitor = world.visitor()
    await visitor.signIn('acme')
    await visitor.browser.get('/')
    await world.restart()

    const page = await visitor.browser.post('/auth/logout', {})

    const there = new URL(page.location ?? '')
    expect([there.origin, there.searchParams.has('id_token_hint')]).toEqual([world.home.issuer, true])
  })

  test('RPL-01 that has another issuer by then gets nothing of the old one’s: its people are signed out here', async () => {
    let moved = false
    await open((_name, own) => (moved ? optionsFor(world.work) : own()), { only: 'tenants' })
    const visitor = world.visitor()
    await visitor.signIn('acme')
    await visitor.browser.get('/')
    moved = true

    const page = await visitor.browser.post('/auth/logout', {})

    expect([page.status, page.location]).toEqual([303, `${world.url}/`])
    expect(await visitor.who()).toBeNull()
  })

  test('is where its people prove themselves, also in a process that knows no tenant yet', async () => {
    await open((_name, own) => own())
    const visitor = world.visitor()
    await visitor.signIn('acme')
    world.clock.advance(600_000)
    const { url } = await visitor.open('/secret')
    await world.restart()

    const challenge = await visitor.open(url)
    const [, out = ''] = /href="(\/auth\/acme\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
    const page = await visitor.open(await visitor.reach(await visitor.browser.get(out.replaceAll('&amp;', '&'))))

    expect([page.status, page.text]).toEqual([200, 'shown'])
  })
})
