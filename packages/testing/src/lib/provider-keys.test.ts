import { createPublicKey, constants, createHash, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  authorize,
  browserFor,
  CALLBACK,
  get,
  getText,
  idToken,
  open,
  parametersOf,
  redeem,
  signIn,
} from '../../test/relying-party.ts'
import { startFakeProvider } from './fake-provider.ts'
import { readToken } from './id-token.ts'
import { manualClock } from './manual-clock.ts'
import type { JsonWebKeyInput } from 'node:crypto'
import type { FakeProvider } from './fake-provider.ts'
import type { SigningAlgorithm } from './provider-keys.ts'

type PublishedKey = JsonWebKeyInput['key'] & { readonly kid?: unknown }

async function publishedKeys(of: FakeProvider): Promise<readonly PublishedKey[]> {
  const { keys } = (await get(of, '/jwks')).body
  return Array.isArray(keys) ? keys : []
}

async function kidsOf(of: FakeProvider): Promise<readonly unknown[]> {
  return (await publishedKeys(of)).map((key) => key.kid)
}

const kidOf = (token: string): unknown => readToken(token).header['kid']

/** Whether the published key of this name, used as its own algorithm demands, has signed the token. */
async function isSigned(of: FakeProvider, token: string): Promise<boolean> {
  const key = (await publishedKeys(of)).find((one) => one.kid === kidOf(token))
  if (key === undefined || key.alg !== readToken(token).header['alg']) return false
  const at = token.lastIndexOf('.')
  const alg = String(key.alg)
  const padding = alg.startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {}
  const shape = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363', ...padding } as const
  const hash = alg.startsWith('Ed') ? null : `sha${alg.slice(-3)}`
  return verify(hash, Buffer.from(token.slice(0, at)), shape, Buffer.from(token.slice(at + 1), 'base64url'))
}

async function start(options: Parameters<typeof startFakeProvider>[0] = {}): Promise<FakeProvider> {
  const provider = await startFakeProvider(options)
  provider.allowRedirects({ callback: CALLBACK })
  return provider
}

describe('rotateKeys', () => {
  let provider: FakeProvider
  beforeAll(async () => {
    provider = await start()
  })
  afterAll(() => provider.close())

  test('signs with the new key and publishes the old one beside it', async () => {
    const before = await idToken(provider)

    const kid = provider.rotateKeys()
    const after = await idToken(provider)

    expect(kidOf(after)).toBe(kid)
    expect(await kidsOf(provider)).toEqual([kid, kidOf(before)])
    expect([await isSigned(provider, before), await isSigned(provider, after)]).toEqual([true, true])
  })

  test('takes the old keys away when they are to be dropped', async () => {
    const kid = provider.rotateKeys({ dropOld: true })

    expect(await kidsOf(provider)).toEqual([kid])
    expect(await isSigned(provider, await idToken(provider))).toBe(true)
  })

  test('lets a sign-in that is under way come to its end, wherever it was', async () => {
    const browser = browserFor(provider)
    const page = await open(parametersOf(provider), browser)
    provider.rotateKeys()
    const callback = await signIn(page, browser)
    const kid = provider.rotateKeys({ dropOld: true })
    const { body } = await redeem(provider, callback)

    const silent = await open(parametersOf(provider, { prompt: 'none' }), browser)

    expect(kidOf(String(body['id_token']))).toBe(kid)
    expect(silent.location).toContain('code=')
  })

  test('answers UserInfo to tokens from before', async () => {
    const { body } = await redeem(provider, await authorize(provider))
    provider.rotateKeys({ dropOld: true })

    const me = await get(provider, '/me', { authorization: `Bearer ${String(body['access_token'])}` })

    expect(me.body['sub']).toBe('ada')
  })

  test('changes keys five times among fifty sign-ins, and not one of them fails', async () => {
    const before = (await kidsOf(provider)).length
    const one = async (index: number): Promise<boolean> => {
      const callback = await authorize(provider)
      if (index % 10 === 5) provider.rotateKeys()
      const { body } = await redeem(provider, callback)
      return isSigned(provider, String(body['id_token']))
    }

    const signed = await Promise.all(Array.from({ length: 50 }, (_, index) => one(index)))

    expect(signed).toEqual(signed.map(() => true))
    expect(await kidsOf(provider)).toHaveLength(before + 5)
  })

  test('changes the algorithm with the key', async () => {
    provider.rotateKeys({ algorithm: 'EdDSA', dropOld: true })
    const token = await idToken(provider)

    expect(readToken(token).header['alg']).toBe('EdDSA')
    expect(await isSigned(provider, token)).toBe(true)
    const { body } = await get(provider, '/.well-known/openid-configuration')
    expect(body['id_token_signing_alg_values_supported']).toEqual(['EdDSA'])
  })
})

describe('signingAlgorithm', () => {
  const signedWith = async (signingAlgorithm: SigningAlgorithm): Promise<readonly unknown[]> => {
    await using started = await disposable(start({ signingAlgorithm }))
    const token = await idToken(started.provider)
    return [readToken(token).header['alg'], await isSigned(started.provider, token)]
  }

  test('RS256 and PS256 with a key of RSA', async () => {
    expect(await signedWith('RS256')).toEqual(['RS256', true])
    expect(await signedWith('PS256')).toEqual(['PS256', true])
  })

  test('ES384 and ES512 with a key on their own curve', async () => {
    expect(await signedWith('ES384')).toEqual(['ES384', true])
    expect(await signedWith('ES512')).toEqual(['ES512', true])
  })

  test('EdDSA, whose at_hash is half of SHA-512', async () => {
    await using started = await disposable(start({ signingAlgorithm: 'EdDSA' }))
    const { body } = await redeem(started.provider, await authorize(started.provider))
    const hash = createHash('sha512').update(String(body['access_token'])).digest().subarray(0, 32)

    const token = String(body['id_token'])

    expect(await isSigned(started.provider, token)).toBe(true)
    expect(readToken(token).claims['at_hash']).toBe(hash.toString('base64url'))
  })
})

describe('signedUserInfo', () => {
  test('answers with a JWT for the client, dated by the clock of the provider', async () => {
    const clock = manualClock(Date.UTC(2030, 0, 1))
    await using started = await disposable(start({ signedUserInfo: true, clock }))
    const { provider } = started
    const { body } = await redeem(provider, await authorize(provider))

    const answer = await getText(provider, '/me', { authorization: `Bearer ${String(body['access_token'])}` })

    expect(answer.headers.get('content-type')).toContain('application/jwt')
    expect(await isSigned(provider, answer.text)).toBe(true)
    const { claims } = readToken(answer.text)
    expect(claims).toMatchObject({
      iss: provider.issuer,
      aud: provider.client.clientId,
      sub: 'ada',
      name: 'Ada Example',
    })
    expect(Math.abs(Number(claims['iat']) - clock.now() / 1000)).toBeLessThan(60)
  })
})

async function disposable(starting: Promise<FakeProvider>): Promise<{ provider: FakeProvider } & AsyncDisposable> {
  const started = await starting
  return { provider: started, [Symbol.asyncDispose]: () => started.close() }
}
