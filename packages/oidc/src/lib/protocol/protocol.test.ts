import { startFakeProvider, createBrowser } from '@sallyport/testing'
import * as client from 'openid-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createProtocol } from './protocol.ts'
import type { FakeProvider } from '@sallyport/testing'
import type { Protocol, Secrets } from './protocol.ts'

const CALLBACK = 'http://127.0.0.1:9/callback'
const SECRETS: Secrets = {
  state: 'the-state',
  nonce: 'the-nonce',
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
}

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider()
  provider.allowRedirects({ callback: CALLBACK })
})
afterEach(() => provider.clear())
afterAll(() => provider.close())

function open(): Protocol {
  return createProtocol({
    issuer: provider.issuer,
    ...provider.client,
    callbackUrl: CALLBACK,
    algorithms: ['ES256'],
    timeoutMs: 2_000,
    insecure: true,
    clock: { now: () => Date.now() },
    onAnswer: () => undefined,
    onDiscovered: async () => undefined,
  })
}

/** Goes through the provider's pages and answers with the callback's address. */
async function visit(address: string): Promise<URL> {
  const isCallback = (location: string): boolean => location.startsWith(CALLBACK)
  const browser = createBrowser(provider.issuer)
  const page = await browser.follow(await browser.get(address), isCallback)
  const sent = await browser.submit(page.form('/interaction/'), { username: 'ada', password: 'correct horse' })
  return new URL((await browser.follow(sent, isCallback)).location ?? '')
}

const started = (): Secrets & { startedAt: number } => ({ ...SECRETS, startedAt: Date.now() })
const noUserInfo = async (): Promise<boolean> => false

describe('createProtocol', () => {
  test('PKCE-03 sends the challenge of the published example', async () => {
    const url = await open().authorizationUrl(SECRETS, {}, { scope: [] })

    expect(new URL(url).searchParams.get('code_challenge')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  test('v5.0.0-10.2.3 asks for openid and nothing that was not configured', async () => {
    const url = await open().authorizationUrl(SECRETS, {}, { scope: [] })

    expect(new URL(url).searchParams.get('scope')).toBe('openid')
  })

  test('asks for openid once when it is configured too', async () => {
    const url = await open().authorizationUrl(SECRETS, {}, { scope: ['openid', 'email'] })

    expect(new URL(url).searchParams.get('scope')).toBe('openid email')
  })

  test('completes a sign-in with everything that the checks have seen', async () => {
    const protocol = open()
    const callback = await visit(await protocol.authorizationUrl(SECRETS, {}, { scope: ['email'] }))

    const completed = await protocol.complete(started(), callback.searchParams, async () => true)

    expect(completed).toMatchObject({
      header: { alg: 'ES256' },
      claims: { sub: 'ada' },
      userinfo: { email: 'ada@example.test' },
    })
  })

  test('refuses a verifier that is not the one the challenge was made of', async () => {
    const protocol = open()
    const callback = await visit(await protocol.authorizationUrl(SECRETS, {}, { scope: [] }))
    const other = { ...started(), verifier: 'A'.repeat(43) }

    const refused = protocol.complete(other, callback.searchParams, noUserInfo)

    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'ERR_OIDC_CODE_REFUSED' }))
  })

  test('keeps tokens, claims and the provider’s words out of its errors, causes included', async () => {
    const protocol = open()
    provider.fault('wrong_nonce')
    const callback = await visit(await protocol.authorizationUrl(SECRETS, {}, { scope: [] }))

    const error: unknown = await protocol
      .complete(started(), callback.searchParams, noUserInfo)
      .catch((one: unknown) => one)

    expect(error).toMatchObject({ code: 'ERR_OIDC_NONCE', message: 'The ID token belongs to another sign-in.' })
    expect(error).not.toHaveProperty('cause')
  })

  test('knows the provider’s address for signing out, with the client and the way back', async () => {
    const url = new URL((await open().endSessionUrl('http://127.0.0.1:9/')) ?? '')

    expect(url.pathname).toBe('/session/end')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: provider.client.clientId,
      post_logout_redirect_uri: 'http://127.0.0.1:9/',
    })
  })
})

describe('the signature check', () => {
  // The controls of the refusals in refusals.test.ts: the tampering works, and only our check stands in its way.
  async function redeemWithout(check: 'check' | 'no check'): Promise<unknown> {
    const options = { execute: [client.allowInsecureRequests] }
    const { clientId, clientSecret } = provider.client
    const basic = client.ClientSecretBasic(clientSecret)
    const configuration = await client.discovery(new URL(provider.issuer), clientId, undefined, basic, options)
    if (check === 'check') client.enableNonRepudiationChecks(configuration)
    const callback = await visit(await open().authorizationUrl(SECRETS, {}, { scope: [] }))
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
