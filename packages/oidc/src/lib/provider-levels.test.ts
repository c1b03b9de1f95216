import { afterEach, describe, expect, test } from 'vitest'
import { MFA, openTwoProviders, optionsFor } from '../../test/two-providers-world.ts'
import { codeOf } from '../../test/world.ts'
import type { BrowserPage } from '@sallyport/testing'
import type { TwoProvidersOptions, TwoProvidersWorld, Visitor } from '../../test/two-providers-world.ts'
import type { ProviderOptions } from './providers/provider-options.ts'

// `factor()` itself is given the level `MFA` in these worlds.
const PASSWORD = 'urn:example:acr:password'

let world: TwoProvidersWorld
afterEach(() => world.close())

/** Opens a world in which `home` is the tenant `acme`'s, asked for by `own`. */
async function openTenant(own: Partial<ProviderOptions>, options: TwoProvidersOptions = {}): Promise<void> {
  const tenant = (name: string): ProviderOptions | undefined =>
    name === 'acme' ? optionsFor(world.home, own) : undefined
  world = await openTwoProviders({ only: 'work', tenant, ...options })
  world.home.allowRedirects({ callback: `${world.url}/auth/acme/callback` })
}

/** Someone who signed in a while ago. */
async function signedInAt(provider: string): Promise<Visitor> {
  const visitor = world.visitor()
  await visitor.signIn(provider)
  world.clock.advance(600_000)
  return visitor
}

/** Goes from the guarded page to the provider and back. */
async function stepUp(visitor: Visitor): Promise<BrowserPage> {
  const challenge = await visitor.open('/secret')
  const [, out = ''] = /href="(\/auth\/[a-z/]*step-up\?[^"]*)"/.exec(challenge.text) ?? []
  return await visitor.open(await visitor.reach(await visitor.browser.get(out.replaceAll('&amp;', '&'))))
}

const askedAtHome = (): readonly (string | undefined)[] => {
  const asked = world.home.authorizations.at(-1)
  return [asked?.['acr_values'], asked?.['prompt']]
}

describe('what a step-up asks of each of several providers', () => {
  test('SU-06 OIDC-REQ-06 is what that provider was given, before what the factor was given', async () => {
    world = await openTwoProviders({ home: { factor: { acrValues: [PASSWORD], prompt: 'login' } } })
    const [atWork, atHome] = [await signedInAt('work'), await signedInAt('home')]

    const strong = await stepUp(atWork)
    const weak = await stepUp(atHome)

    expect([world.work.authorizations.at(-1)?.['acr_values'], strong.text]).toEqual([MFA, 'shown'])
    expect([askedAtHome(), weak.status, codeOf(weak)]).toEqual([[PASSWORD, 'login'], 403, 'ERR_OIDC_TOO_WEAK'])
  })

  test('is no level where that provider was given none, and the rest as the factor says', async () => {
    world = await openTwoProviders({ home: { factor: { acrValues: [] } } })

    const page = await stepUp(await signedInAt('home'))

    expect([askedAtHome(), codeOf(page)]).toEqual([[undefined, undefined], 'ERR_OIDC_TOO_WEAK'])
  })

  test('SU-06 is what a tenant’s provider was given, also in a process that knows no tenant yet', async () => {
    await openTenant({ assurance: [{ acr: PASSWORD, strong: true }], factor: { acrValues: [PASSWORD] } })
    const visitor = await signedInAt('acme')
    await world.restart()

    const page = await stepUp(visitor)

    expect([askedAtHome()[0], page.text]).toEqual([PASSWORD, 'shown'])
  })

  test('SU-06 is judged by the rules of the tenant’s provider, also in a process that knows no tenant yet', async () => {
    await openTenant({ assurance: [{ acr: 'unheard-of', strong: true }] })
    const visitor = await signedInAt('acme')
    await world.restart()

    const page = await stepUp(visitor)

    expect([askedAtHome()[0], page.status, codeOf(page)]).toEqual([MFA, 403, 'ERR_OIDC_TOO_WEAK'])
  })

  test('is offered to people of tenants where no provider stands in the configuration', async () => {
    await openTenant({}, { only: 'tenants' })

    const page = await stepUp(await signedInAt('acme'))

    expect([askedAtHome()[0], page.text]).toEqual([MFA, 'shown'])
  })

  test('F-27 leaves the other ways open while the tenant cannot be looked up', async () => {
    let isDown = false
    const tenant = (): ProviderOptions => {
      if (isDown) throw new Error('The database is down')
      return optionsFor(world.home)
    }
    world = await openTwoProviders({ only: 'work', tenant })
    world.home.allowRedirects({ callback: `${world.url}/auth/acme/callback` })
    const visitor = await signedInAt('acme')
    await world.restart()
    isDown = true

    const challenge = await visitor.open('/secret')
    const [, out = ''] = /href="(\/auth\/acme\/step-up\?[^"]*)"/.exec(challenge.text) ?? []
    const page = await visitor.open(out.replaceAll('&amp;', '&'))

    expect([challenge.status, page.status, codeOf(page)]).toEqual([200, 503, 'ERR_OIDC_TENANT_UNAVAILABLE'])
  })
})
