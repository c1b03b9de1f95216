import { createBrowser, startFakeProvider } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { carelessLogin } from '../../test/hostile/careless-client.ts'
import { goAndSignIn, theProvider, useProvider } from '../../test/hostile/provider.ts'
import { openTwoProviders } from '../../test/two-providers-world.ts'
import { codeOf } from '../../test/world.ts'
import type { FakeProvider } from '@sallyport/testing'
import type { Check } from '../../test/hostile/careless-checks.ts'
import type { Verdict } from '../../test/hostile/careless-client.ts'
import type { TwoProvidersWorld } from '../../test/two-providers-world.ts'

/** What an attacking provider does with an authorization request: it sends the browser on to an honest one. */
function sentOn(request: string, honest: FakeProvider, callback?: string): string {
  const url = new URL('/auth', honest.issuer)
  url.search = new URL(request).search
  url.searchParams.set('client_id', honest.client.clientId)
  if (callback !== undefined) url.searchParams.set('redirect_uri', callback)
  return url.href
}

describe('a provider that sends people on to another, to get a code of theirs (mix-up),', () => {
  let world: TwoProvidersWorld
  beforeAll(async () => {
    world = await openTwoProviders({ home: { pushedRequests: 'never' } })
  })
  afterAll(() => world.close())

  test('F-24 ISS-01 v5.0.0-10.2.2 gets none when the other answers at the attacker’s callback', async () => {
    const visitor = world.visitor()
    const callback = `${world.url}/auth/home/callback`
    world.work.allowRedirects({ callback })
    const { location = '' } = await visitor.browser.get('/auth/home/login')
    const back = await visitor.reach(await visitor.browser.get(sentOn(location, world.work, callback)))
    world.work.allowRedirects({ callback: `${world.url}/auth/work/callback` })

    const page = await visitor.browser.get(back)

    expect([page.status, codeOf(page), await visitor.who()]).toEqual([403, 'ERR_OIDC_RESPONSE_ISSUER', null])
    expect(world.home.requests).not.toContain('/token')
  })

  test('F-24 ISS-03 v5.0.0-10.2.2 gets none when the other answers at its own callback', async () => {
    const visitor = world.visitor()
    const { location = '' } = await visitor.browser.get('/auth/home/login')
    const callback = `${world.url}/auth/work/callback`
    const back = await visitor.reach(await visitor.browser.get(sentOn(location, world.work, callback)))

    const page = await visitor.browser.get(back)

    expect([page.status, codeOf(page), await visitor.who()]).toEqual([400, 'ERR_OIDC_TRANSACTION_UNKNOWN', null])
    expect([...world.home.requests, ...world.work.requests]).not.toContain('/token')
  })

  test('F-24 PKCE-02 cannot use a code that it got all the same: the verifier stayed here', async () => {
    const visitor = world.visitor()
    const { location = '' } = await visitor.browser.get('/auth/work/login')
    const code = new URL(await visitor.reach(await visitor.browser.get(location))).searchParams.get('code') ?? ''
    const { clientId, clientSecret } = world.work.client
    const basic = Buffer.from([clientId, clientSecret].map(encodeURIComponent).join(':')).toString('base64')

    const answer = await fetch(`${world.work.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: `${world.url}/auth/work/callback`,
        code_verifier: 'a-verifier-that-the-attacker-had-to-guess-0123456789',
      }),
    })

    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('where one callback is for all and the issuer is not checked, the attacker', () => {
  const CALLBACK = 'http://127.0.0.1:9/callback'
  let attacker: FakeProvider
  useProvider()
  beforeAll(async () => {
    attacker = await startFakeProvider()
    theProvider().allowRedirects({ callback: CALLBACK })
  })
  afterAll(() => attacker.close())

  /** Signs in at the attacker, who sends the person on to the honest provider. */
  async function mixUp(without: readonly Check[]): Promise<Verdict> {
    const browser = createBrowser(attacker.issuer)
    const goThere = async (url: string): Promise<string> =>
      (await goAndSignIn(browser, sentOn(url, theProvider()), CALLBACK)) ?? ''
    const { issuer, client } = attacker
    return carelessLogin(
      { issuer, client, callback: CALLBACK, goThere, end: AbortSignal.timeout(5_000), patienceMs: 5_000 },
      without,
    )
  }

  test('gets a code of the honest provider', async () => {
    await mixUp(['response_issuer'])

    expect(attacker.requests).toContain('/token')
  })

  test('gets none from a client that checks it', async () => {
    const before = attacker.requests.length

    const verdict = await mixUp([])

    expect(verdict).toEqual({ kind: 'refused', by: 'response_issuer' })
    expect(attacker.requests.slice(before)).not.toContain('/token')
  })
})
