import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { clientAuth } from './client-auth.ts'
import { readClientKey } from './client-key.ts'
import type { ClientProof } from './provider-settings.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const SECRET: ClientProof = { by: 'secret', secret: 'a secret: with signs' }
const KEY: ClientProof = { by: 'key', key: readClientKey('clientKey', { key: privateKey, keyId: 'key-1' }) }
const CERTIFICATE: ClientProof = { by: 'certificate', certificate: 'of the client', key: 'of the client' }
const refused: unknown = expect.objectContaining({ name: 'OidcError', code: 'ERR_OIDC_NOT_OFFERED', status: 500 })

/** What a request carries for a proof. */
async function prove(
  proof: ClientProof,
  methods?: string[],
  algorithms?: string[],
): Promise<{ readonly body: URLSearchParams; readonly authorization: string | null }> {
  const metadata = {
    issuer: 'https://id.example',
    token_endpoint: 'https://id.example/token',
    ...(methods === undefined ? {} : { token_endpoint_auth_methods_supported: methods }),
    ...(algorithms === undefined ? {} : { token_endpoint_auth_signing_alg_values_supported: algorithms }),
  }
  const body = new URLSearchParams()
  const headers = new Headers()
  // Declared without a result; a signature is waited for all the same.
  const proving: unknown = clientAuth(proof, metadata)(metadata, { client_id: 'client' }, body, headers)
  await proving
  return { body, authorization: headers.get('authorization') }
}

const part = (token: string | null, index: number): unknown =>
  JSON.parse(Buffer.from(token?.split('.')[index] ?? '', 'base64url').toString())

describe('clientAuth', () => {
  test('sends a secret in the header, unless only the form is announced', async () => {
    expect((await prove(SECRET)).authorization).toMatch(/^Basic /)
    expect((await prove(SECRET, ['client_secret_post', 'client_secret_basic'])).authorization).toMatch(/^Basic /)
    const posted = await prove(SECRET, ['client_secret_post'])
    expect(posted.authorization).toBeNull()
    expect(posted.body.get('client_secret')).toBe('a secret: with signs')
  })

  test('PAR-02 BCP-04 signs an assertion for the issuer alone, fresh each time and soon over', async () => {
    const { body } = await prove(KEY, ['private_key_jwt'])

    const token = body.get('client_assertion')
    const claims = part(token, 1)
    expect(body.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(part(token, 0)).toEqual({ alg: 'ES256', kid: 'key-1' })
    expect(claims).toMatchObject({ iss: 'client', sub: 'client', aud: 'https://id.example' })
    expect(Number(Reflect.get(Object(claims), 'exp')) - Number(Reflect.get(Object(claims), 'iat'))).toBe(60)
    expect(claims).not.toMatchObject(
      Object(part((await prove(KEY, ['private_key_jwt'])).body.get('client_assertion'), 1)),
    )
  })

  test('signs an assertion for the token endpoint alone where that is configured', async () => {
    const key = readClientKey('clientKey', { key: privateKey, audience: 'token_endpoint' })

    const { body } = await prove({ by: 'key', key }, ['private_key_jwt'])

    const claims = part(body.get('client_assertion'), 1)
    expect(claims).toMatchObject({ iss: 'client', sub: 'client', aud: 'https://id.example/token' })
  })

  test('BCP-04 sends nothing but its name where the certificate is the proof', async () => {
    const { body, authorization } = await prove(CERTIFICATE, ['tls_client_auth'])

    expect(authorization).toBeNull()
    expect(Object.fromEntries(body)).toEqual({ client_id: 'client' })
    await expect(prove(CERTIFICATE, ['self_signed_tls_client_auth'])).resolves.toBeDefined()
  })

  test('refuses a proof that the provider does not announce, and never falls back to another', async () => {
    await expect(prove(SECRET, ['private_key_jwt'])).rejects.toThrow(refused)
    await expect(prove(KEY, ['client_secret_basic'])).rejects.toThrow(refused)
    await expect(prove(CERTIFICATE, ['client_secret_basic'])).rejects.toThrow(refused)
    await expect(prove(SECRET, ['none'])).rejects.toThrow(refused)
  })

  test('takes silence for client_secret_basic, as the specification does', async () => {
    await expect(prove(KEY)).rejects.toThrow(refused)
  })

  test('refuses a key for whose algorithm the provider has no use', async () => {
    await expect(prove(KEY, ['private_key_jwt'], ['RS256'])).rejects.toThrow(refused)
    await expect(prove(KEY, ['private_key_jwt'], ['RS256', 'ES256'])).resolves.toBeDefined()
  })

  test('names the option that would do, in words for the developer', async () => {
    await expect(prove(KEY, ['client_secret_basic'])).rejects.toThrow('clientSecret')
    await expect(prove(SECRET, ['private_key_jwt'])).rejects.toThrow('clientKey')
  })
})
