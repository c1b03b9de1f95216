import { startFakeProvider } from '@sallyport/testing'
import * as client from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CALLBACK, SECRETS, openProtocol, signInBy, visit } from '../../../test/bare-protocol.ts'
import type { FakeProvider } from '@sallyport/testing'
import type { Protocol, Secrets } from './protocol.ts'

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
  provider.allowRedirects({ callback: CALLBACK })
})
afterEach(() => provider.clear())
afterAll(() => provider.close())

const open = (): Protocol => openProtocol(provider)
const started = (): Secrets & { startedAt: number } => ({ ...SECRETS, startedAt: Date.now() })
const noUserInfo = { beforeCode: async (): Promise<void> => undefined, userinfo: async (): Promise<boolean> => false }
const callbackOf = async (protocol: Protocol): Promise<URLSearchParams> => {
  const { url } = await protocol.authorizationUrl(SECRETS, {}, { scope: [] })
  return (await visit(provider, url)).searchParams
}

describe('createProtocol', () => {
  test('PKCE-03 sends the challenge of the published example', async () => {
    const protocol = openProtocol(provider, { pushedRequests: 'never' })

    const { url } = await protocol.authorizationUrl(SECRETS, {}, { scope: [] })

    expect(new URL(url).searchParams.get('code_challenge')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  test('completes a sign-in with everything that the checks have seen', async () => {
    const completed = await signInBy(open(), provider)

    expect(completed).toMatchObject({
      header: { alg: 'ES256' },
      claims: { sub: 'ada' },
      userinfo: { email: 'ada@example.test' },
    })
  })

  test('refuses a verifier that is not the one the challenge was made of', async () => {
    const protocol = open()
    const callback = await callbackOf(protocol)
    const other = { ...started(), verifier: 'A'.repeat(43) }

    const refused = protocol.complete(other, callback, noUserInfo)

    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_CODE_REFUSED' }))
  })

  test('judges times by the clock as it is after the answer, however long that took', async () => {
    const clocks = { behindMs: 40_000, isAsking: false }
    const protocol = openProtocol(provider, {
      clock: { now: () => Date.now() - clocks.behindMs },
      // The provider is 40 seconds ahead when the code is sent, and 20 once the answer has come.
      onAnswer: () => void (clocks.behindMs = clocks.isAsking ? 20_000 : 40_000),
    })
    const callback = await callbackOf(protocol)
    const steps = { ...noUserInfo, beforeCode: async () => void (clocks.isAsking = true) }

    const completed = await protocol.complete({ ...SECRETS, startedAt: Date.now() - 40_000 }, callback, steps)

    expect(completed.claims.sub).toBe('ada')
  })

  test('asks for its one use after the response has passed and before the code is sent', async () => {
    const protocol = open()
    const callback = await callbackOf(protocol)
    const asked: string[] = []
    const beforeCode = async (): Promise<never> => {
      asked.push('used')
      throw new RangeError('The store is away')
    }
    const before = provider.requests.filter((path) => path === '/token').length

    await expect(protocol.complete(started(), callback, { ...noUserInfo, beforeCode })).rejects.toThrow(RangeError)
    callback.set('error', 'access_denied')
    await expect(protocol.complete(started(), callback, { ...noUserInfo, beforeCode })).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OIDC_DENIED' }),
    )

    expect(asked).toEqual(['used'])
    expect(provider.requests.filter((path) => path === '/token')).toHaveLength(before)
  })

  test('keeps tokens, claims and the provider’s words out of its errors, causes included', async () => {
    const protocol = open()
    provider.fault('wrong_nonce')
    const callback = await callbackOf(protocol)

    const error: unknown = await protocol.complete(started(), callback, noUserInfo).catch((one: unknown) => one)

    expect(error).toMatchObject({ code: 'ERR_OIDC_NONCE', message: 'The ID token belongs to another sign-in.' })
    expect(error).not.toHaveProperty('cause')
  })

  test('RPL-01 knows the provider’s address for signing out, with the client and the way back', async () => {
    const url = new URL((await open().endSessionUrl('http://127.0.0.1:9/')) ?? '')

    expect(url.pathname).toBe('/session/end')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: provider.client.clientId,
      post_logout_redirect_uri: 'http://127.0.0.1:9/',
    })
  })

  test('RPL-01 names who signs out there, when the ID token was kept', async () => {
    const url = new URL((await open().endSessionUrl('http://127.0.0.1:9/', 'a.kept.token')) ?? '')

    expect(url.searchParams.get('id_token_hint')).toBe('a.kept.token')
    expect(url.searchParams.get('client_id')).toBe(provider.client.clientId)
  })
})

describe('the signature check', () => {
  // The controls of the refusals: the tampering works, and only our check stands in its way.
  async function redeemWithout(check: 'check' | 'no check'): Promise<unknown> {
    const options = { execute: [client.allowInsecureRequests] }
    const { clientId, clientSecret } = provider.client
    const basic = client.ClientSecretBasic(clientSecret)
    const configuration = await client.discovery(new URL(provider.issuer), clientId, undefined, basic, options)
    if (check === 'check') client.enableNonRepudiationChecks(configuration)
    const { url } = await open().authorizationUrl(SECRETS, {}, { scope: [] })
    const callback = await visit(provider, url)
    const { state, nonce, verifier } = SECRETS
    const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
    const tokens = await client.authorizationCodeGrant(configuration, callback, checks)
    return tokens.claims()?.sub
  }

  test('F-22 C-11 is what refuses a flipped signature: taken out, the token passes', async () => {
    provider.fault('bad_signature')

    expect(await redeemWithout('no check')).toBe('ada')
    await expect(redeemWithout('check')).rejects.toThrow(client.ClientError)
  })

  test('F-22 C-11 is what refuses an attacker’s key: taken out, the token passes', async () => {
    provider.fault('wrong_key')

    expect(await redeemWithout('no check')).toBe('ada')
    await expect(redeemWithout('check')).rejects.toThrow(client.ClientError)
  })

  test('accepts a token that the provider’s own key has signed again', async () => {
    expect(await redeemWithout('check')).toBe('ada')
  })
})
