import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  assertion,
  authorize,
  authorizeWith,
  basic,
  CALLBACK,
  createClientKey,
  get,
  parametersOf,
  post,
  proof,
  redeem,
  redemption,
  requestObject,
} from '../../test/relying-party.ts'
import { startFakeProvider } from './fake-provider.ts'
import type { FakeProvider } from './fake-provider.ts'
import type { FakeProviderOptions } from './provider-options.ts'

const key = createClientKey()
const SIGNING_CLIENT = { clientId: 'signer', clientSecret: 'only for tests', jwks: { keys: [key.jwk] } }

async function start(options: FakeProviderOptions = {}): Promise<FakeProvider> {
  const provider = await startFakeProvider(options)
  provider.allowRedirects({ callback: CALLBACK })
  return provider
}

async function pushed(of: FakeProvider, fields: Readonly<Record<string, string>>): Promise<string> {
  const { body } = await post(of, '/request', { fields, headers: basic(of) })
  return String(body['request_uri'])
}

const metadataOf = async (of: FakeProvider): Promise<Readonly<Record<string, unknown>>> =>
  (await get(of, '/.well-known/openid-configuration')).body

describe('pushed authorization requests', () => {
  let provider: FakeProvider
  let demanding: FakeProvider
  beforeAll(async () => {
    provider = await start()
    demanding = await start({ pushedRequests: 'required' })
  })
  afterAll(() => Promise.all([provider.close(), demanding.close()]))

  test('lead to a code by their reference alone, once', async () => {
    const reference = {
      client_id: provider.client.clientId,
      request_uri: await pushed(provider, parametersOf(provider)),
    }

    const callback = await authorizeWith(provider, reference)
    const again = await authorizeWith(provider, reference)

    expect((await redeem(provider, callback)).status).toBe(200)
    expect(again.searchParams.has('code')).toBe(false)
  })

  test('leave the parameters in the record as if they had come in the address', async () => {
    const request_uri = await pushed(provider, parametersOf(provider, { login_hint: 'ada', max_age: '0' }))

    await authorizeWith(provider, { client_id: provider.client.clientId, request_uri })

    expect(provider.authorizations.at(-1)).toEqual(parametersOf(provider, { login_hint: 'ada', max_age: '0' }))
  })

  test('are not needed where they are only offered', async () => {
    expect((await authorize(provider)).searchParams.has('code')).toBe(true)
    expect(await metadataOf(provider)).toHaveProperty('pushed_authorization_request_endpoint')
  })

  test('are announced as required, and requests in the address are refused', async () => {
    const callback = await authorize(demanding)
    const reference = await pushed(demanding, parametersOf(demanding))

    const allowed = await authorizeWith(demanding, { client_id: demanding.client.clientId, request_uri: reference })

    expect(await metadataOf(demanding)).toMatchObject({ require_pushed_authorization_requests: true })
    expect(callback.searchParams.get('error')).toBe('invalid_request')
    expect(allowed.searchParams.has('code')).toBe(true)
  })

  test('do not exist when they are off', async () => {
    await using off = await disposable(start({ pushedRequests: 'off' }))

    const answer = await post(off.provider, '/request', {
      fields: parametersOf(off.provider),
      headers: basic(off.provider),
    })

    expect(answer.status).toBe(404)
    expect(await metadataOf(off.provider)).not.toHaveProperty('pushed_authorization_request_endpoint')
  })
})

describe('signed requests', () => {
  let provider: FakeProvider
  let demanding: FakeProvider
  beforeAll(async () => {
    provider = await start({ signedRequests: 'offered', clients: [SIGNING_CLIENT] })
    demanding = await start({ signedRequests: 'required', pushedRequests: 'required', clients: [SIGNING_CLIENT] })
  })
  afterAll(() => Promise.all([provider.close(), demanding.close()]))

  test('lead to a code, and their parameters are what the record shows', async () => {
    const parameters = parametersOf(provider, { login_hint: 'ada' })
    const request = requestObject(provider, key, parameters)

    const callback = await authorizeWith(provider, { client_id: 'signer', request })

    expect((await redeem(provider, callback)).status).toBe(200)
    expect(provider.authorizations.at(-1)).toEqual(parameters)
  })

  test('are refused when another key has signed them', async () => {
    const request = requestObject(provider, createClientKey(), parametersOf(provider))

    const callback = await authorizeWith(provider, { ...parametersOf(provider), request })

    expect(callback.searchParams.get('error')).toBe('invalid_request_object')
  })

  test('count alone: what stands beside them in the address is ignored', async () => {
    const request = requestObject(provider, key, parametersOf(provider, { state: 'inside' }))

    const callback = await authorizeWith(provider, { ...parametersOf(provider), state: 'outside', request })

    expect(callback.searchParams.get('state')).toBe('inside')
  })

  test('are announced as required, and what comes unsigned is refused, pushed or not', async () => {
    const unsigned = await post(demanding, '/request', { fields: parametersOf(demanding), headers: basic(demanding) })
    const request = requestObject(demanding, key, parametersOf(demanding))
    const reference = await pushed(demanding, { client_id: 'signer', request })

    const callback = await authorizeWith(demanding, { client_id: 'signer', request_uri: reference })

    expect(await metadataOf(demanding)).toMatchObject({ require_signed_request_object: true })
    expect(unsigned.body['error']).toBe('invalid_request')
    expect(callback.searchParams.has('code')).toBe(true)
    expect(demanding.authorizations.at(-1)).toEqual(parametersOf(demanding))
  })

  test('are not taken when they are off', async () => {
    await using off = await disposable(start({ clients: [SIGNING_CLIENT] }))
    const request = requestObject(off.provider, key, parametersOf(off.provider))

    const callback = await authorizeWith(off.provider, { ...parametersOf(off.provider), request })

    expect(callback.searchParams.get('error')).toBe('request_not_supported')
  })
})

describe('DPoP', () => {
  let provider: FakeProvider
  beforeAll(async () => {
    provider = await start({ dpop: true })
  })
  afterAll(() => provider.close())

  const redeemWith = (callback: URL, proofs: Readonly<Record<string, string>>): ReturnType<typeof post> =>
    post(provider, '/token', { fields: redemption(callback), headers: { ...basic(provider), ...proofs } })

  test('asks for its own nonce, takes the proof that carries it, and binds the token to its key', async () => {
    const callback = await authorize(provider)
    const token = { method: 'POST', url: `${provider.issuer}/token` }

    const first = await redeemWith(callback, proof(key, token))
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const second = await redeemWith(callback, proof(key, { ...token, nonce }))

    expect([first.status, first.body['error']]).toEqual([400, 'use_dpop_nonce'])
    expect(second.body['token_type']).toBe('DPoP')
    const access = String(second.body['access_token'])
    const me = { method: 'GET', url: `${provider.issuer}/me`, nonce, token: access }
    const authorization = `DPoP ${access}`
    expect((await get(provider, '/me', { authorization, ...proof(key, me) })).body['sub']).toBe('ada')
    expect((await get(provider, '/me', { authorization, ...proof(createClientKey(), me) })).status).toBe(401)
    expect((await get(provider, '/me', { authorization: `Bearer ${access}` })).status).toBe(401)
  })

  test('refuses whoever brings no proof', async () => {
    const answer = await redeem(provider, await authorize(provider))

    expect(answer.body['error']).toBe('invalid_grant')
  })

  test('takes a proof without nonce, or none, when it is not demanded', async () => {
    await using relaxed = await disposable(start())
    const callback = await authorize(relaxed.provider)
    const url = `${relaxed.provider.issuer}/token`
    const headers = { ...basic(relaxed.provider), ...proof(key, { method: 'POST', url }) }

    const answer = await post(relaxed.provider, '/token', { fields: redemption(callback), headers })

    expect(answer.body['token_type']).toBe('DPoP')
  })
})

describe('the authentication of clients', () => {
  test('takes a secret in the form', async () => {
    const client = { clientId: 'shop', clientSecret: 'only for tests', authMethod: 'client_secret_post' } as const
    await using started = await disposable(start({ clients: [client] }))
    const { provider } = started
    const fields = { ...redemption(await authorize(provider)), client_id: 'shop', client_secret: client.clientSecret }

    expect((await post(provider, '/token', { fields })).status).toBe(200)
    expect(provider.clientAuthentications).toEqual(['client_secret_post'])
  })

  test('checks an assertion against the registered keys, where requests are pushed too', async () => {
    const client = { clientId: 'shop', authMethod: 'private_key_jwt', jwks: { keys: [key.jwk] } } as const
    await using started = await disposable(start({ clients: [client] }))
    const { provider } = started
    const push = { ...parametersOf(provider), ...assertion(provider, key) }
    const { body } = await post(provider, '/request', { fields: push })
    const callback = await authorizeWith(provider, { client_id: 'shop', request_uri: String(body['request_uri']) })

    const stranger = { ...redemption(callback), ...assertion(provider, createClientKey()) }
    const refused = await post(provider, '/token', { fields: stranger })
    const answer = await post(provider, '/token', { fields: { ...redemption(callback), ...assertion(provider, key) } })

    expect(refused.body['error']).toBe('invalid_client')
    expect(answer.status).toBe(200)
    expect(provider.clientAuthentications).toEqual(['private_key_jwt', 'private_key_jwt', 'private_key_jwt'])
    expect(provider.client.clientSecret).toBe('')
  })

  test('takes a new key once it is registered', async () => {
    const next = createClientKey()
    const client = { clientId: 'shop', authMethod: 'private_key_jwt', jwks: { keys: [key.jwk] } } as const
    await using started = await disposable(start({ clients: [client] }))
    const { provider } = started
    provider.setClient({ ...client, jwks: { keys: [next.jwk] }, redirectUris: [CALLBACK] })

    const fields = { ...redemption(await authorize(provider)), ...assertion(provider, next) }

    expect((await post(provider, '/token', { fields })).status).toBe(200)
  })

  test('takes a certificate that its authority has signed for the registered name', async () => {
    const client = { clientId: 'shop', authMethod: 'tls_client_auth', tlsClientAuthSubjectDn: 'CN=shop' } as const
    await using started = await disposable(start({ clients: [client] }))
    const { provider } = started
    const fields = { ...redemption(await authorize(provider)), client_id: 'shop' }
    const withCertificate = (name: string, selfSigned: boolean): ReturnType<typeof post> => {
      const { certificate: cert, key: privateKey } = provider.certify(name, { selfSigned })
      return post(provider, '/token', { fields, tls: { cert, key: privateKey } })
    }

    expect(provider.issuer).toMatch(/^https:/)
    expect((await post(provider, '/token', { fields })).body['error']).toBe('invalid_client')
    expect((await withCertificate('another', false)).body['error']).toBe('invalid_client')
    expect((await withCertificate('shop', true)).body['error']).toBe('invalid_client')
    expect((await withCertificate('shop', false)).status).toBe(200)
    expect(provider.clientAuthentications.at(-1)).toBe('tls_client_auth')
  })

  test('takes the one certificate that is registered, whoever signed it', async () => {
    await using started = await disposable(start({ https: true }))
    const { provider } = started
    const [mine, other] = [
      provider.certify('shop', { selfSigned: true }),
      provider.certify('shop', { selfSigned: true }),
    ]
    const { clientId } = provider.client
    const client = { clientId, authMethod: 'self_signed_tls_client_auth', redirectUris: [CALLBACK] } as const
    provider.setClient({ ...client, certificate: mine.certificate })
    const fields = { ...redemption(await authorize(provider)), client_id: clientId }

    const refused = await post(provider, '/token', { fields, tls: { cert: other.certificate, key: other.key } })
    const answer = await post(provider, '/token', { fields, tls: { cert: mine.certificate, key: mine.key } })

    expect(refused.body['error']).toBe('invalid_client')
    expect(answer.status).toBe(200)
  })

  test('has certificates over TLS only', async () => {
    await using plain = await disposable(start())

    expect(plain.provider.ca).toBeUndefined()
    expect(() => plain.provider.certify('shop')).toThrow(Error)
  })
})

async function disposable(starting: Promise<FakeProvider>): Promise<{ provider: FakeProvider } & AsyncDisposable> {
  const started = await starting
  return { provider: started, [Symbol.asyncDispose]: () => started.close() }
}
