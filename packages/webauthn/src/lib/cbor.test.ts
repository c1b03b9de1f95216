import { isoCBOR } from '@simplewebauthn/server/helpers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCbor } from './cbor.ts'

type Encoded = Parameters<typeof isoCBOR.encode>[0]

function decode(hex: string): unknown {
  return decodeCbor(Buffer.from(hex, 'hex'))
}

describe('decodeCbor', () => {
  // RFC 8949 appendix A.
  test.each<[string, unknown]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['190100', 256],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['20', -1],
    ['3903e7', -1000],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', null],
    ['fa47c35000', 100_000],
    ['fb3ff199999999999a', 1.1],
    ['40', new Uint8Array()],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['6449455446', 'IETF'],
    ['62c3bc', '\u00fc'],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a0', new Map()],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    [
      'a26161016162820203',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ])('reads %s', (hex, value) => {
    expect(decode(hex)).toEqual({ value, end: hex.length / 2 })
  })

  test('says where the item ends and leaves what follows', () => {
    expect(decode('01ff')).toEqual({ value: 1, end: 1 })
  })

  test.each([
    ['nothing', ''],
    ['a number cut short', '1901'],
    ['bytes cut short', '42ff'],
    ['a list cut short', '8201'],
    ['a list that promises more than memory', '9b001fffffffffffff'],
    ['a map that promises more than there is', 'bb00000000ffffffff'],
    ['a number beyond whole numbers', '1bffffffffffffffff'],
    ['a list without an end', '9f01ff'],
    ['bytes in pieces', '5f4101ff'],
    ['a tag', 'c074323031332d30332d32315432303a30343a30305a'],
    ['a half float', 'f93c00'],
    ['an unassigned simple value', 'f0'],
    ['text that is no UTF-8', '61ff'],
    ['a key twice', 'a201020103'],
    ['a key that is a list', 'a18001'],
    ['nine levels', '81'.repeat(9) + '01'],
  ])('refuses %s', (_what, hex) => {
    expect(decode(hex)).toBeUndefined()
  })

  test('F-17 refuses any nesting without running out of stack', () => {
    expect(decode('81'.repeat(24_000))).toBeUndefined()
    expect(decode('a101'.repeat(12_000))).toBeUndefined()
  })

  test('reads what the library writes (property)', () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.uint8Array())
    const pairs = fc.uniqueArray(fc.tuple(fc.string(), fc.oneof(leaf, fc.array(leaf))), { selector: ([key]) => key })

    fc.assert(
      fc.property(pairs, (members) => {
        const map = new Map<string | number, Encoded>(members)
        const bytes = isoCBOR.encode(map)

        expect(decodeCbor(bytes)).toEqual({ value: map, end: bytes.length })
      }),
    )
  })

  test('never throws (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const found = decodeCbor(bytes)
        expect(found === undefined || found.end <= bytes.length).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
