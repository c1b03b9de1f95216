import { generateKeyPairSync, verify } from 'node:crypto'
import { Configuration, customFetch } from 'openid-client'
import { describe, expect, test } from 'vitest'
import { requestParameters, sendRequest } from './authorization-request.ts'
import { readClientKey } from './client-key.ts'
import type { ServerMetadata } from 'openid-client'
import type { Asked, Begun, Extras } from './protocol.ts'
import type { RequestSettings } from './authorization-request.ts'

const ISSUER = 'https://id.example'
const SENT = { state: 's', nonce: 'n', challenge: 'c', redirectUri: 'https://app.example/auth/callback' }
const PUSHING = { pushed_authorization_request_endpoint: `${ISSUER}/par` }
const SIGNING = { request_parameter_supported: true, request_object_signing_alg_values_supported: ['ES256'] }
const BY_DEFAULT: RequestSettings = { pushedRequests: 'when_offered' }

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const requestKey = readClientKey('requestKey', { key: privateKey, keyId: 'key-1' })

const ask = (request: Partial<Asked & Extras>, levelClaim: 'acr' | 'acrs' = 'acr'): Readonly<Record<string, string>> =>
  requestParameters({ scope: [], ...request }, SENT, levelClaim)

/** Sends a request to a provider that answers every push in the same way. */
async function send(
  announced: Partial<ServerMetadata>,
  settings: Partial<RequestSettings> = {},
  answer: { readonly status?: number; readonly body?: object } = {},
): Promise<{ begun: Omit<Begun, 'digest'>; parameters: URLSearchParams; pushed: URLSearchParams | undefined }> {
  const { status = 201, body = { request_uri: 'urn:example:1', expires_in: 60 } } = answer
  const metadata = { issuer: ISSUER, authorization_endpoint: `${ISSUER}/auth`, ...announced }
  const configuration = new Configuration(metadata, 'client')
  let pushed: URLSearchParams | undefined
  configuration[customFetch] = async (_url, options) => {
    pushed = options.body instanceof URLSearchParams ? options.body : undefined
    return Response.json(body, { status })
  }
  const begun = await sendRequest(configuration, { ...BY_DEFAULT, ...settings }, ask({ maxAge: 60, prompt: 'login' }))
  return { begun, parameters: new URL(begun.url).searchParams, pushed }
}

const refusal = (code: string): unknown => expect.objectContaining({ name: 'OidcError', code })
const part = (token: string, index: number): unknown =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())

describe('requestParameters', () => {
  test('OIDC-REQ-01 asks for a code at exactly the configured address', () => {
    expect(ask({})).toEqual({
      response_type: 'code',
      redirect_uri: 'https://app.example/auth/callback',
      scope: 'openid',
      state: 's',
      nonce: 'n',
      code_challenge: 'c',
      code_challenge_method: 'S256',
    })
  })

  test('v5.0.0-10.2.3 asks for openid once and for nothing that was not configured', () => {
    expect(ask({ scope: ['openid', 'email'] })['scope']).toBe('openid email')
  })

  test('OIDC-REQ-05 asks for an age of 0 as for any other', () => {
    expect(ask({ maxAge: 0 })['max_age']).toBe('0')
  })

  test('carries what the application asks for this one time', () => {
    const asked = { prompt: 'login', loginHint: 'ada', display: 'page', uiLocales: 'de en' }

    expect(ask(asked)).toMatchObject({ prompt: 'login', login_hint: 'ada', display: 'page', ui_locales: 'de en' })
  })

  test('OIDC-REQ-06 asks for levels by acr_values, and then not by claims', () => {
    const parameters = ask({ acrValues: ['high', 'mfa'] })

    expect(parameters['acr_values']).toBe('high mfa')
    expect(parameters).not.toHaveProperty('claims')
  })

  test('OIDC-REQ-06 asks for authentication contexts by claims, and then not by acr_values', () => {
    const one = ask({ acrValues: ['c1'] }, 'acrs')

    expect(JSON.parse(one['claims'] ?? '')).toEqual({ id_token: { acrs: { essential: true, value: 'c1' } } })
    expect(one).not.toHaveProperty('acr_values')
  })

  test('names several contexts of which any one will do', () => {
    const two = ask({ acrValues: ['c1', 'c2'] }, 'acrs')

    expect(JSON.parse(two['claims'] ?? '')).toEqual({ id_token: { acrs: { essential: true, values: ['c1', 'c2'] } } })
  })

  test('asks for no level when none is wanted', () => {
    expect(ask({ acrValues: [] }, 'acrs')).not.toHaveProperty('claims')
    expect(ask({ acrValues: [] })).not.toHaveProperty('acr_values')
  })
})

describe('sendRequest, in the address', () => {
  test('puts everything into the address where the provider takes nothing else', async () => {
    const { begun, parameters } = await send({})

    expect(begun).toMatchObject({ pushed: false, signed: false })
    expect(parameters.get('client_id')).toBe('client')
    expect(parameters.get('max_age')).toBe('60')
  })

  test('keeps parameters that belong to the endpoint itself', async () => {
    const { parameters } = await send({ authorization_endpoint: `${ISSUER}/auth?policy=people` })

    expect(parameters.get('policy')).toBe('people')
  })

  test('refuses an endpoint whose own parameters are ours: the request would say two things', async () => {
    const refused = send({ authorization_endpoint: `${ISSUER}/auth?redirect_uri=https://evil.example` })

    await expect(refused).rejects.toThrow(refusal('ERR_OIDC_METADATA'))
  })
})

describe('sendRequest, pushed', () => {
  test('PAR-01 pushes wherever that is offered, and the browser carries a reference only', async () => {
    const { begun, parameters, pushed } = await send(PUSHING)

    expect(begun).toMatchObject({ pushed: true, signed: false })
    expect(Object.fromEntries(parameters)).toEqual({ client_id: 'client', request_uri: 'urn:example:1' })
    expect(pushed?.get('redirect_uri')).toBe(SENT.redirectUri)
    expect(pushed?.has('request_uri')).toBe(false)
  })

  test('PAR-02 pushes state, nonce and challenge with the rest', async () => {
    const { pushed } = await send(PUSHING)

    expect(Object.fromEntries(pushed ?? [])).toMatchObject({ state: 's', nonce: 'n', code_challenge: 'c' })
  })

  test('does not push when told never to', async () => {
    const { begun, pushed } = await send(PUSHING, { pushedRequests: 'never' })

    expect(begun.pushed).toBe(false)
    expect(pushed).toBeUndefined()
  })

  test('PAR-02 refuses to begin where pushing is demanded here and not offered there', async () => {
    await expect(send({}, { pushedRequests: 'required' })).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
  })

  test('PAR-02 refuses to begin where the provider demands what it has no endpoint for, or what is forbidden here', async () => {
    const demanding = { require_pushed_authorization_requests: true }

    await expect(send(demanding)).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
    const never = send({ ...demanding, ...PUSHING }, { pushedRequests: 'never' })
    await expect(never).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
  })

  test('takes what the provider says of a pushed request for its refusal, and its words for nothing', async () => {
    const body = { error: 'invalid_request', error_description: '<b>no</b>' }

    const error: unknown = await send(PUSHING, {}, { status: 400, body }).catch((one: unknown) => one)

    expect(error).toMatchObject({ code: 'ERR_OIDC_PROVIDER_REFUSED', status: 403 })
    expect(JSON.stringify(error)).not.toContain('<b>')
  })

  test('tells a refused client from a refused request', async () => {
    const refused = send(PUSHING, {}, { status: 401, body: { error: 'invalid_client' } })

    await expect(refused).rejects.toThrow(refusal('ERR_OIDC_CLIENT_REFUSED'))
  })

  test('PAR-01 takes a 201 with reference and lifetime, and no other success', async () => {
    const good = { request_uri: 'urn:example:1', expires_in: 60 }

    await expect(send(PUSHING, {}, { status: 200, body: good })).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
    const noLifetime = send(PUSHING, {}, { body: { request_uri: 'urn:example:1' } })
    await expect(noLifetime).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
    const noReference = send(PUSHING, {}, { body: { expires_in: 60 } })
    await expect(noReference).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('refuses a reference that is too long for an address', async () => {
    const long = send(PUSHING, {}, { body: { request_uri: `urn:${'a'.repeat(2_048)}`, expires_in: 60 } })

    await expect(long).rejects.toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
  })
})

describe('sendRequest, signed', () => {
  test('signs where there is a key and the provider takes its algorithm', async () => {
    const { begun, parameters } = await send(SIGNING, { requestKey })

    expect(begun).toMatchObject({ pushed: false, signed: true })
    expect([...parameters.keys()].toSorted()).toEqual(['client_id', 'request'])
  })

  test('says in the signed request what it is, for whom, by whom, and until when', async () => {
    const { parameters } = await send(SIGNING, { requestKey })

    const token = parameters.get('request') ?? ''
    const claims = part(token, 1)
    expect(part(token, 0)).toEqual({ alg: 'ES256', typ: 'oauth-authz-req+jwt', kid: 'key-1' })
    expect(claims).toMatchObject({ iss: 'client', aud: ISSUER, client_id: 'client', max_age: 60, prompt: 'login' })
    expect(claims).toMatchObject({ jti: expect.stringMatching(/^[\w-]{43}$/), response_type: 'code' })
    expect(lifetime(claims)).toBeLessThanOrEqual(60)
  })

  test('is for the issuer also by a key whose assertions are for the token endpoint', async () => {
    const key = readClientKey('clientKey', { key: privateKey, audience: 'token_endpoint' })

    const { parameters } = await send({ ...SIGNING, token_endpoint: `${ISSUER}/token` }, { requestKey: key })

    expect(part(parameters.get('request') ?? '', 1)).toMatchObject({ aud: ISSUER })
  })

  test('signs with the key that the provider knows', async () => {
    const { parameters } = await send(SIGNING, { requestKey })

    const [head = '', body = '', signature = ''] = (parameters.get('request') ?? '').split('.')
    const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
    expect(verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  test('leaves a request unsigned where the provider takes no signed ones, or by other algorithms only', async () => {
    const others = { ...SIGNING, request_object_signing_alg_values_supported: ['RS256'] }

    expect((await send({}, { requestKey })).begun.signed).toBe(false)
    expect((await send(others, { requestKey })).begun.signed).toBe(false)
  })

  test('refuses to begin where signed requests are demanded and there is no key for that', async () => {
    const demanding = { ...SIGNING, require_signed_request_object: true }
    const others = { ...demanding, request_object_signing_alg_values_supported: ['RS256'] }

    await expect(send(demanding)).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
    await expect(send(others, { requestKey })).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
  })

  test('PAR-01 pushes the signed request where both are taken', async () => {
    const { begun, parameters, pushed } = await send({ ...PUSHING, ...SIGNING }, { requestKey })

    expect(begun).toMatchObject({ pushed: true, signed: true })
    expect([...(pushed?.keys() ?? [])].toSorted()).toEqual(['client_id', 'request'])
    expect(Object.fromEntries(parameters)).toEqual({ client_id: 'client', request_uri: 'urn:example:1' })
  })
})

function lifetime(claims: unknown): number {
  const of = (name: string): number => Number(Reflect.get(Object(claims), name))
  return of('exp') - of('iat')
}
