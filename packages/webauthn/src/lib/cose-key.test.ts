import { createHash, generateKeyPairSync } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { describe, expect, test } from 'vitest'
import { keyDigest, readKeyAlgorithm } from './cose-key.ts'

type Members = ReadonlyMap<number, number | Uint8Array>

function part(text: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? '', 'base64url'))
}

function elliptic(): Map<number, number | Uint8Array> {
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
  return new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, part(x)],
    [-3, part(y)],
  ])
}

function edwards(): Map<number, number | Uint8Array> {
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  return new Map<number, number | Uint8Array>([
    [1, 1],
    [3, -8],
    [-1, 6],
    [-2, part(x)],
  ])
}

function rsa(modulusLength = 2048, publicExponent = 65_537): Map<number, number | Uint8Array> {
  const { n, e } = generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' })
  return new Map<number, number | Uint8Array>([
    [1, 3],
    [3, -257],
    [-1, part(n)],
    [-2, part(e)],
  ])
}

function read(members: Members): number | undefined {
  return readKeyAlgorithm(isoCBOR.encode(new Map(members)))
}

describe('readKeyAlgorithm', () => {
  test('WA-REG-13 reads the keys of the algorithms on offer', () => {
    expect([read(elliptic()), read(edwards()), read(rsa())]).toEqual([-7, -8, -257])
  })

  test.each<[string, Members]>([
    ['an elliptic key of another curve', elliptic().set(-1, 2)],
    ['an elliptic key that says it is another type', elliptic().set(1, 1)],
    ['a coordinate that is too short', elliptic().set(-2, new Uint8Array(31))],
    ['a coordinate that is too long', elliptic().set(-2, new Uint8Array(33))],
    ['a compressed point', elliptic().set(-3, 1)],
    ['a point that is not on the curve', elliptic().set(-2, new Uint8Array(32).fill(1))],
    ['the point at infinity', elliptic().set(-2, new Uint8Array(32)).set(-3, new Uint8Array(32))],
    ['a key with an optional member', elliptic().set(2, Uint8Array.of(1))],
    ['a private key', elliptic().set(-4, new Uint8Array(32))],
    ['an Edwards key of another curve', edwards().set(-1, 7)],
    ['an Edwards key with an optional member', edwards().set(2, 1)],
    ['an unknown algorithm', elliptic().set(3, -47)],
    ['an algorithm of another key', elliptic().set(3, -257)],
    ['an RSA key of 1024 bits', rsa(1024)],
    ['an RSA key of 2040 bits', rsa(2040)],
    ['an RSA key of more than 4096 bits', rsa().set(-1, new Uint8Array(513).fill(255))],
    ['an RSA key with leading zeros', rsa().set(-1, new Uint8Array(300).fill(255, 1))],
    ['an RSA key with the exponent 3', rsa(2048, 3)],
  ])('WA-REG-13 refuses %s', (_what, members) => {
    expect(read(members)).toBeUndefined()
  })

  test('WA-REG-13 refuses a key without an algorithm', () => {
    const members = elliptic()
    members.delete(3)

    expect(read(members)).toBeUndefined()
  })

  test('WA-REG-07 refuses bytes after the key', () => {
    const bytes = isoCBOR.encode(elliptic())

    expect(readKeyAlgorithm(Buffer.concat([bytes, Buffer.from([0])]))).toBeUndefined()
  })

  test('refuses what is no map', () => {
    expect(readKeyAlgorithm(Uint8Array.of(1))).toBeUndefined()
    expect(readKeyAlgorithm(new Uint8Array())).toBeUndefined()
  })
})

describe('keyDigest', () => {
  test('is the SHA-256 of the COSE form in base64url', () => {
    const key = isoCBOR.encode(elliptic())

    expect(keyDigest(key)).toBe(createHash('sha256').update(key).digest('base64url'))
  })
})
