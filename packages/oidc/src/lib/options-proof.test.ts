import { generateKeyPairSync } from 'node:crypto'
import { createMemoryStore } from '@sallyport/store'
import { startFakeProvider } from '@sallyport/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring } from '../../test/world.ts'
import { dangerouslyAllowInsecureIssuer, resolveSettings } from './settings.ts'
import type { KeyObject } from 'node:crypto'
import type { FakeProvider } from '@sallyport/testing'
import type { Settings } from './settings.ts'

const store = createMemoryStore()
const HOUSE = { keyring: createTestKeyring(), store, audit: createFakeAudit(store) }
const CLIENT = {
  provider: 'openidconnect',
  issuer: 'https://id.example',
  clientId: 'client',
  callbackUrl: 'https://app.example/auth/callback',
  afterLoginPath: '/',
}
const refused: unknown = expect.objectContaining({ name: 'OidcError', code: 'ERR_OIDC_OPTION' })
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const rsa = (bits: number): KeyObject => generateKeyPairSync('rsa', { modulusLength: bits }).privateKey

let provider: FakeProvider
beforeAll(async () => {
  provider = await startFakeProvider({ https: true })
})
afterAll(() => provider.close())

/** Judges options as untyped code would give them. */
const resolve = (options: object): Settings =>
  Reflect.apply(resolveSettings, undefined, [CLIENT, { ...HOUSE, ...options }])
const make = (options: object) => (): Settings => resolve(options)

describe('the client’s proof', () => {
  test('is exactly one of three', () => {
    expect(make({})).toThrow(refused)
    expect(make({ clientSecret: '' })).toThrow(refused)
    expect(make({ clientSecret: 'a secret', clientKey: { key: privateKey } })).toThrow(refused)
    expect(make({ clientKey: { key: privateKey }, clientCertificate: provider.certify('bank') })).toThrow(refused)
  })

  test('BCP-04 is a private key, as an object or in PEM', () => {
    expect(resolve({ clientKey: { key: privateKey } }).proof).toMatchObject({
      by: 'key',
      key: { algorithms: ['ES256'] },
    })
    expect(resolve({ clientKey: { key: pem(privateKey), keyId: 'key-1' } }).proof).toMatchObject({
      key: { keyId: 'key-1', algorithms: ['ES256'] },
    })
  })

  test('is a private key for algorithms of today', () => {
    expect(make({ clientKey: { key: publicKey } })).toThrow(refused)
    expect(make({ clientKey: { key: 'no key' } })).toThrow(refused)
    expect(make({ clientKey: { key: rsa(1_024) } })).toThrow(refused)
    expect(make({ clientKey: { key: generateKeyPairSync('x25519').privateKey } })).toThrow(refused)
    expect(make({ clientKey: { key: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey } })).toThrow(
      refused,
    )
  })

  test('signs by an algorithm that the key is for, and the message says which', () => {
    const key = rsa(2_048)

    expect(make({ clientKey: { key, algorithm: 'ES256' } })).toThrow('PS256, PS384, PS512, RS256')
    expect(make({ clientKey: { key, algorithm: 'HS256' } })).toThrow(refused)
    expect(resolve({ clientKey: { key, algorithm: 'RS256' } }).proof).toMatchObject({ key: { algorithms: ['RS256'] } })
    expect(make({ clientKey: { key, algorithm: undefined, keyId: undefined, certificate: undefined } })).not.toThrow()
  })

  test('names its key in text', () => {
    expect(make({ clientKey: { key: privateKey, keyId: '' } })).toThrow(refused)
    expect(make({ clientKey: { key: privateKey, keyId: 1 } })).toThrow(refused)
  })

  test('is for the issuer or the token endpoint, a signed request for the issuer alone', () => {
    const key = { key: privateKey }
    const ofProof = (settings: Settings): unknown => settings.proof.by === 'key' && settings.proof.key.audience

    expect(ofProof(resolve({ clientKey: key }))).toBe('issuer')
    expect(ofProof(resolve({ clientKey: { ...key, audience: undefined } }))).toBe('issuer')
    expect(ofProof(resolve({ clientKey: { ...key, audience: 'token_endpoint' } }))).toBe('token_endpoint')
    expect(make({ clientKey: { ...key, audience: 'https://evil.example' } })).toThrow(refused)
    expect(make({ clientKey: key, requestKey: { ...key, audience: 'issuer' } })).toThrow('takes no audience')
  })

  test('may name its key by a certificate, which has to be one', () => {
    const { certificate, key } = provider.certify('bank')

    expect(resolve({ clientKey: { key, certificate } }).proof).toMatchObject({
      key: { thumbprint: expect.stringMatching(/^[\w-]{43}$/) },
    })
    expect(make({ clientKey: { key, certificate: 'no certificate' } })).toThrow(refused)
  })

  test('is a certificate with its own key', () => {
    const { certificate, key } = provider.certify('bank')

    expect(resolve({ clientCertificate: { certificate, key } }).proof).toMatchObject({ by: 'certificate', certificate })
    expect(make({ clientCertificate: { certificate, key: pem(privateKey) } })).toThrow(refused)
    expect(make({ clientCertificate: { certificate: 'no certificate', key } })).toThrow(refused)
    expect(make({ clientCertificate: { certificate } })).toThrow(refused)
  })

  test('v5.0.0-12.3.1 is no certificate where there is no TLS', () => {
    const issuer = 'http://127.0.0.1:4000'
    const options = {
      ...HOUSE,
      clientCertificate: provider.certify('bank'),
      [dangerouslyAllowInsecureIssuer]: true,
    } as const

    expect(() => resolveSettings({ ...CLIENT, issuer }, options)).toThrow(refused)
    expect(() => resolveSettings(CLIENT, { ...options, [dangerouslyAllowInsecureIssuer]: undefined })).not.toThrow()
  })

  test('trusts every authority of the configured list, and refuses a list of nothing', () => {
    const bank = provider.certify('bank')
    const ca = `${provider.ca}${provider.certify('another').certificate}`

    expect(resolve({ clientCertificate: { ...bank, ca } }).proof).toHaveProperty('ca', ca)
    expect(make({ clientCertificate: { ...bank, ca: '' } })).toThrow(refused)
    expect(make({ clientCertificate: { ...bank, ca: `${provider.ca}and more` } })).toThrow(refused)
  })

  test('has no option that does not exist, and names the one that was meant', () => {
    expect(make({ clientKey: { key: privateKey, kid: 'key-1' } })).toThrow('keyId')
    expect(make({ clientKey: { key: privateKey, keyID: 'key-1' } })).toThrow('did you mean "keyId"')
    expect(make({ clientCertificate: { ...provider.certify('bank'), cert: '' } })).toThrow(refused)
    expect(make({ clientKey: pem(privateKey) })).toThrow(refused)
    expect(make({ clientCertificate: null })).toThrow(refused)
  })

  test('v5.0.0-16.5.1 is in no message', () => {
    const secret = pem(privateKey)

    expect(messageOf(make({ clientKey: { key: secret, algorithm: 'RS256' } }))).not.toContain(secret.slice(40, 60))
    expect(messageOf(make({ clientCertificate: { ...provider.certify('bank'), key: secret } }))).not.toContain('-----')
  })
})

describe('the form of requests', () => {
  const spoken = (options: object): Settings => resolve({ clientSecret: 'a secret', ...options })

  test('has its defaults: pushed where that is offered, unbound, levels in acr', () => {
    expect(spoken({})).toMatchObject({ pushedRequests: 'when_offered', dpop: false, levelClaim: 'acr' })
    expect(
      spoken({ pushedRequests: undefined, dpop: undefined, levelClaim: undefined, requestKey: undefined }),
    ).toEqual(spoken({}))
    expect(spoken({}).requestKey).toBeUndefined()
  })

  test('is one of those that exist', () => {
    expect(() => spoken({ pushedRequests: 'always' })).toThrow(refused)
    expect(() => spoken({ dpop: 'yes' })).toThrow(refused)
    expect(() => spoken({ levelClaim: 'amr' })).toThrow(refused)
    expect(() => spoken({ requestKey: { key: publicKey } })).toThrow(refused)
  })

  test('is signed by the key of the client, unless there is one for that alone', () => {
    const key = rsa(2_048)

    expect(resolve({ clientKey: { key: privateKey, keyId: 'client' } }).requestKey).toMatchObject({ keyId: 'client' })
    const both = resolve({ clientKey: { key: privateKey }, requestKey: { key, keyId: 'requests' } })
    expect(both.requestKey).toMatchObject({ keyId: 'requests' })
    expect(resolve({ clientKey: { key: privateKey }, requestKey: false }).requestKey).toBeUndefined()
    expect(spoken({ requestKey: { key } }).requestKey).toMatchObject({
      algorithms: ['PS256', 'PS384', 'PS512', 'RS256'],
    })
  })
})

function messageOf(action: () => unknown): string {
  try {
    return String(action())
  } catch (error) {
    return String(error)
  }
}
