import { describe, expect, test } from 'vitest'
import { checkTokenType, createDpopKeys } from './dpop.ts'
import type { ServerMetadata } from 'openid-client'

const announcing = (...algorithms: string[]): ServerMetadata => ({
  issuer: 'https://id.example',
  dpop_signing_alg_values_supported: algorithms,
})
const refusal = (code: string): unknown => expect.objectContaining({ name: 'OidcError', code })

describe('createDpopKeys', () => {
  test('makes no key pair unless tokens are to be bound', async () => {
    expect(await createDpopKeys(false)(announcing('ES256'))).toBeUndefined()
  })

  test('DPOP-01 makes one key pair, also when asked in parallel', async () => {
    const keys = createDpopKeys(true)

    const pairs = await Promise.all(Array.from({ length: 50 }, () => keys(announcing('RS256', 'ES256'))))

    expect(new Set(pairs).size).toBe(1)
    expect(pairs[0]?.privateKey.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-256' })
  })

  test('DPOP-01 keeps the private half where nobody can copy it', async () => {
    const pair = await createDpopKeys(true)(announcing('ES256'))

    expect(pair?.privateKey.extractable).toBe(false)
  })

  test('takes what the provider announces', async () => {
    const pair = await createDpopKeys(true)(announcing('Ed25519', 'RS256'))

    expect(pair?.privateKey.algorithm.name).toBe('Ed25519')
  })

  test('DPOP-01 refuses to begin without binding where the provider does not announce it', async () => {
    const keys = createDpopKeys(true)

    await expect(keys({ issuer: 'https://id.example' })).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
    await expect(keys(announcing('HS256', 'none'))).rejects.toThrow(refusal('ERR_OIDC_NOT_OFFERED'))
  })
})

describe('checkTokenType', () => {
  test('DPOP-02 discards a token that is not bound where it has to be', () => {
    expect(() => checkTokenType('DPoP', true)).not.toThrow()
    expect(() => checkTokenType('Bearer', true)).toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
  })

  test('discards a token that is anything but a bearer’s where none is bound', () => {
    expect(() => checkTokenType('bearer', false)).not.toThrow()
    expect(() => checkTokenType('DPoP', false)).toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
    expect(() => checkTokenType('mac', false)).toThrow(refusal('ERR_OIDC_PROVIDER_RESPONSE'))
  })
})
