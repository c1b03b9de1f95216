import { createHash, generateKeyPairSync, verify, X509Certificate } from 'node:crypto'
import { startFakeProvider } from '@sallyport/testing'
import { Configuration, buildAuthorizationUrlWithJAR } from 'openid-client'
import { describe, expect, test } from 'vitest'
import { readClientKey } from './client-key.ts'
import { signerFor } from './signer.ts'
import type { KeyObject } from 'node:crypto'
import type { ClientKeyOptions } from './client-key.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const ed25519 = generateKeyPairSync('ed25519')
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })

/** Signs something as openid-client does. */
async function sign(options: ClientKeyOptions, announced?: readonly string[]): Promise<string | undefined> {
  const signer = signerFor(readClientKey('clientKey', options), announced)
  if (signer === undefined) return undefined
  const metadata = { issuer: 'https://id.example', authorization_endpoint: 'https://id.example/auth' }
  const configuration = new Configuration(metadata, 'client')
  const url = await buildAuthorizationUrlWithJAR(configuration, {}, signer.key, signer.options)
  return url.searchParams.get('request') ?? ''
}

const headerOf = (token: string | undefined): unknown =>
  JSON.parse(Buffer.from(token?.split('.')[0] ?? '', 'base64url').toString())

function passes(token: string | undefined, key: KeyObject, hash: string | null): boolean {
  const [head = '', body = '', signature = ''] = (token ?? '').split('.')
  const how = { key, dsaEncoding: 'ieee-p1363' } as const
  return verify(hash, Buffer.from(`${head}.${body}`), how, Buffer.from(signature, 'base64url'))
}

describe('signerFor', () => {
  test('signs by the algorithm that the key is for', async () => {
    const token = await sign({ key: p384.privateKey })

    expect(headerOf(token)).toEqual({ alg: 'ES384', typ: 'oauth-authz-req+jwt' })
    expect(passes(token, p384.publicKey, 'sha384')).toBe(true)
  })

  test('takes the best algorithm of an RSA key that the provider takes', async () => {
    const key = rsa.privateKey

    expect(headerOf(await sign({ key }))).toMatchObject({ alg: 'PS256' })
    expect(headerOf(await sign({ key }, ['RS256', 'PS384']))).toMatchObject({ alg: 'PS384' })
    expect(headerOf(await sign({ key }, ['RS256', 'ES256']))).toMatchObject({ alg: 'RS256' })
    expect(passes(await sign({ key }, ['RS256']), rsa.publicKey, 'sha256')).toBe(true)
  })

  test('keeps to an algorithm that is configured', async () => {
    const key = { key: rsa.privateKey, algorithm: 'RS256' } as const

    expect(headerOf(await sign(key, ['PS256', 'RS256']))).toMatchObject({ alg: 'RS256' })
    expect(await sign(key, ['PS256'])).toBeUndefined()
  })

  test('calls the algorithm of an Edwards key what the provider calls it', async () => {
    const key = ed25519.privateKey

    expect(headerOf(await sign({ key }))).toMatchObject({ alg: 'EdDSA' })
    expect(headerOf(await sign({ key }, ['Ed25519']))).toMatchObject({ alg: 'Ed25519' })
    expect(passes(await sign({ key }, ['EdDSA']), ed25519.publicKey, null)).toBe(true)
  })

  test('has nothing for a provider that takes none of the key’s algorithms', async () => {
    expect(await sign({ key: p384.privateKey }, ['ES256', 'RS256', 'HS256'])).toBeUndefined()
  })

  test('names the key, and its certificate by SHA-256, when they are configured', async () => {
    const provider = await startFakeProvider({ https: true })
    const { certificate, key } = provider.certify('bank')
    await provider.close()
    const thumbprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')

    const token = await sign({ key, keyId: 'key-1', certificate })

    expect(headerOf(token)).toMatchObject({ alg: 'ES256', kid: 'key-1', 'x5t#S256': thumbprint })
  })
})
