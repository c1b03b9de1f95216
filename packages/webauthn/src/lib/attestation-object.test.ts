import { isoCBOR } from '@simplewebauthn/server/helpers'
import { describe, expect, test } from 'vitest'
import { parseAttestationObject } from './attestation-object.ts'

type Item = Parameters<typeof isoCBOR.encode>[0]

const AUTH_DATA = new Uint8Array(37)
const NONE: Item = new Map()

function parse(members: readonly (readonly [string, Item])[]): unknown {
  return parseAttestationObject(isoCBOR.encode(new Map(members)))
}

function withChain(x5c: Item): unknown {
  return parse([
    ['fmt', 'packed'],
    ['attStmt', new Map([['x5c', x5c]])],
    ['authData', AUTH_DATA],
  ])
}

describe('parseAttestationObject', () => {
  test('WA-REG-07 reads the three members, in any order', () => {
    const parts = { format: 'none', statement: new Map(), authenticatorData: AUTH_DATA, certificates: [] }

    expect(
      parse([
        ['fmt', 'none'],
        ['attStmt', NONE],
        ['authData', AUTH_DATA],
      ]),
    ).toEqual(parts)
    expect(
      parse([
        ['authData', AUTH_DATA],
        ['attStmt', NONE],
        ['fmt', 'none'],
      ]),
    ).toEqual(parts)
  })

  test('reads the certificates of a statement', () => {
    expect(withChain([Uint8Array.of(1), Uint8Array.of(2)])).toMatchObject({
      certificates: [Uint8Array.of(1), Uint8Array.of(2)],
    })
  })

  test.each<[string, readonly (readonly [string, Item])[]]>([
    [
      'no format',
      [
        ['attStmt', NONE],
        ['authData', AUTH_DATA],
      ],
    ],
    [
      'a format that is no text',
      [
        ['fmt', 1],
        ['attStmt', NONE],
        ['authData', AUTH_DATA],
      ],
    ],
    [
      'a statement that is a list',
      [
        ['fmt', 'none'],
        ['attStmt', []],
        ['authData', AUTH_DATA],
      ],
    ],
    [
      'data that is text',
      [
        ['fmt', 'none'],
        ['attStmt', NONE],
        ['authData', 'AAAA'],
      ],
    ],
    [
      'a fourth member',
      [
        ['fmt', 'none'],
        ['attStmt', NONE],
        ['authData', AUTH_DATA],
        ['more', 1],
      ],
    ],
  ])('WA-REG-07 refuses %s', (_what, members) => {
    expect(parse(members)).toBeUndefined()
  })

  test.each<[string, Item]>([
    ['no certificate', []],
    ['a text', 'certificate'],
    ['a list of texts', ['certificate']],
    ['more certificates than a chain has', Array.from({ length: 7 }, () => Uint8Array.of(1))],
  ])('F-17 refuses %s where certificates belong', (_what, x5c) => {
    expect(withChain(x5c)).toBeUndefined()
  })
})
