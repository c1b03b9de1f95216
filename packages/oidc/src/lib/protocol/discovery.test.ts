import { startFakeProvider } from '@sallyport/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { settingsFor } from '../../../test/bare-protocol.ts'
import { createDiscovery } from './discovery.ts'
import type { FakeProvider } from '@sallyport/testing'
import type { Discover } from './discovery.ts'
import type { ProviderSettings } from './provider-settings.ts'

const CONFIGURATION = '/.well-known/openid-configuration'

let provider: FakeProvider
let time = 0
beforeAll(async () => {
  provider = await startFakeProvider()
})
beforeEach(() => {
  provider.clear()
  time = Date.now()
})
afterAll(() => provider.close())

const open = (changes: Partial<ProviderSettings> = {}): Discover =>
  createDiscovery(settingsFor(provider, { clock: { now: () => time }, ...changes }))

/** How often the configuration was fetched meanwhile. */
async function fetchesDuring(action: () => Promise<unknown>): Promise<number> {
  const before = provider.requests.length
  await action()
  return provider.requests.slice(before).filter((path) => path === CONFIGURATION).length
}

describe('createDiscovery', () => {
  test('DISC-02 fetches nothing before it is needed, and then once for fifty', async () => {
    const discover = open()

    expect(await fetchesDuring(async () => open())).toBe(0)
    expect(await fetchesDuring(() => Promise.all(Array.from({ length: 50 }, discover)))).toBe(1)
  })

  test('gives all of fifty the same configuration', async () => {
    const discover = open({ dpop: true })

    const found = await Promise.all(Array.from({ length: 50 }, discover))

    expect(new Set(found.map(({ configuration }) => configuration)).size).toBe(1)
    expect(new Set(found.map(({ binding }) => binding.DPoP)).size).toBe(1)
  })

  test('DISC-02 keeps it for an hour and no longer', async () => {
    const discover = open()
    await discover()

    time += 3_599_999
    expect(await fetchesDuring(discover)).toBe(0)
    time += 1
    expect(await fetchesDuring(() => Promise.all(Array.from({ length: 50 }, discover)))).toBe(1)
  })

  test('DISC-02 keeps it no longer because the clock was put back', async () => {
    const discover = open()
    await discover()

    time -= 86_400_000

    expect(await fetchesDuring(discover)).toBe(1)
  })

  test('forgets a failure, and succeeds once the provider is back', async () => {
    const discover = open()
    provider.fault('down')
    await expect(discover()).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' }))

    provider.clear()

    await expect(discover()).resolves.toMatchObject({ digest: expect.stringMatching(/^[\w-]{43}$/) })
  })

  test('DISC-01 has nothing of an old configuration once it has run out and no new one comes', async () => {
    const discover = open()
    await discover()
    time += 3_600_000
    provider.fault('down')

    await expect(discover()).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_PROVIDER_UNAVAILABLE' }))
  })

  test('names the configuration by a digest that another process finds too', async () => {
    const [one, other] = await Promise.all([open()(), open()()])

    expect(one.digest).toBe(other.digest)
  })

  test('DPOP-02 keeps what it knows of the provider’s nonces while the configuration lasts', async () => {
    const discover = open({ dpop: true })

    const first = await discover()
    time += 200

    expect((await discover()).binding.DPoP).toBe(first.binding.DPoP)
  })
})
