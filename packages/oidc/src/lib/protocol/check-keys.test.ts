import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { MAX_KEYS, digestOfKeys, fitsHeader, readKeys } from './check-keys.ts'

const EC = jwkOf('P-256')
const OTHER = jwkOf('P-256')
const RSA = rsaOf(2_048)

function jwkOf(namedCurve: string): Record<string, unknown> {
  return { ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }) }
}

function rsaOf(modulusLength: number): Record<string, unknown> {
  return { ...generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) }
}

const publish = (keys: unknown, type = 'application/json', status = 200): Response =>
  new Response(JSON.stringify({ keys }), { status, headers: { 'content-type': type } })
const names = async (keys: unknown): Promise<readonly unknown[]> =>
  (await readKeys(publish(keys))).map(({ kid }) => kid)
const refused = expect.objectContaining({ code: 'ERR_OIDC_PROVIDER_RESPONSE' })

describe('readKeys', () => {
  test('gives the public members of the keys that signatures are made with', async () => {
    const published = {
      ...EC,
      kid: 'k1',
      alg: 'ES256',
      use: 'sig',
      key_ops: ['verify'],
      x5c: ['x'],
      x5u: 'https://a.example',
    }

    const [key] = await readKeys(publish([published]))

    expect(key?.jwk).toEqual({ ...EC, kid: 'k1', alg: 'ES256', use: 'sig' })
  })

  test('names keys as RFC 7638 does in its example', async () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'

    const [key] = await readKeys(publish([{ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }]))

    expect(key?.thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  test('leaves out keys that are for something else, are too weak, or that it does not know', async () => {
    const keys = [
      { ...EC, kid: 'encryption', use: 'enc' },
      { ...EC, kid: 'operations', key_ops: ['encrypt'] },
      { ...rsaOf(1_024), kid: 'weak' },
      { ...jwkOf('secp256k1'), kid: 'curve' },
      { kty: 'OKP', crv: 'X25519', x: EC['x'], kid: 'agreement' },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', kid: 'unknown' },
      { ...EC, x: 'AAAA', kid: 'short' },
      { ...EC, y: undefined, kid: 'half' },
      { ...OTHER, kid: 1 },
      { ...OTHER, kid: 'k'.repeat(257) },
      { ...RSA, e: 'A'.repeat(400), kid: 'exponent' },
      { ...RSA, kid: 'good' },
    ]

    expect(await names(keys)).toEqual(['good'])
  })

  test('uses nothing of a set that holds a secret, whatever it is for: whoever publishes it has lost control', async () => {
    const secrets = [
      { ...EC, d: 'AAAA' },
      { ...RSA, p: 'AAAA' },
      { kty: 'oct', k: 'AAAA' },
      { kty: 'oct' },
      { ...EC, use: 'enc', d: '' },
    ]

    const used = await Promise.all(secrets.map((secret) => names([RSA, secret])))

    expect(used).toEqual(secrets.map(() => []))
  })

  test('uses no key whose name stands for two, and takes a set that repeats a key', async () => {
    const others = [
      { ...OTHER, kid: 'k1' },
      { ...OTHER, kid: 'k1', use: 'enc' },
      { ...RSA, kid: 'k1' },
    ]

    const used = await Promise.all(others.map((other) => names([{ ...EC, kid: 'k1' }, { ...EC, kid: 'k2' }, other])))

    expect(used).toEqual(others.map(() => ['k2']))
    expect(
      await names([
        { ...EC, kid: 'k1' },
        { ...EC, kid: 'k1' },
      ]),
    ).toEqual(['k1'])
  })

  test('DISC-02 takes up to 100 keys, in an answer that is a key set', async () => {
    const many = (count: number): unknown[] =>
      Array.from({ length: count }, (_, index) => ({ ...EC, kid: `k${index}` }))

    expect(await names(many(MAX_KEYS))).toHaveLength(100)
    await expect(readKeys(publish(many(MAX_KEYS + 1)))).rejects.toThrow(refused)
    for (const keys of [{}, 'keys', undefined, [1], [null], [[]]])
      await expect(readKeys(publish(keys))).rejects.toThrow(refused)
    await expect(readKeys(publish([EC], 'text/html'))).rejects.toThrow(refused)
    await expect(readKeys(publish([EC], 'application/json', 201))).rejects.toThrow(refused)
    expect(await readKeys(publish([EC], 'application/jwk-set+json; charset=utf-8'))).toHaveLength(1)
  })
})

describe('fitsHeader', () => {
  test('wants the name, the kind and the algorithm of the header', async () => {
    const [named, bound, plain] = await readKeys(publish([{ ...EC, kid: 'k1' }, { ...RSA, alg: 'PS256' }, OTHER]))
    const fits = (key: typeof named, alg: string, kid?: string): boolean =>
      key !== undefined && fitsHeader(key, kid === undefined ? { alg } : { alg, kid })

    expect([fits(named, 'ES256', 'k1'), fits(named, 'ES256', 'k2'), fits(named, 'RS256', 'k1')]).toEqual([
      true,
      false,
      false,
    ])
    expect([fits(bound, 'PS256'), fits(bound, 'RS256'), fits(bound, 'PS256', 'k1')]).toEqual([true, false, false])
    expect([fits(plain, 'ES256'), fits(plain, 'EdDSA'), fits(plain, 'none')]).toEqual([true, false, false])
  })
})

describe('digestOfKeys', () => {
  test('is that of the thumbprints in order, whatever order they are published in', () => {
    const expected = createHash('sha256').update('a\nb').digest('base64url')

    expect([digestOfKeys(new Set(['b', 'a'])), digestOfKeys(new Set(['a', 'b']))]).toEqual([expected, expected])
  })
})
