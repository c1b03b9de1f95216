import { describe, expect, test } from 'vitest'
import { encodeCbor } from './cbor-encoder.ts'
import type { Encodable } from './cbor-encoder.ts'

describe('encodeCbor', () => {
  // RFC 8949 appendix A.
  test.each<[Encodable, string]>([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1000, '1903e8'],
    [1_000_000, '1a000f4240'],
    [-1, '20'],
    [-1000, '3903e7'],
    [false, 'f4'],
    [true, 'f5'],
    ['IETF', '6449455446'],
    ['\u00fc', '62c3bc'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    [[], '80'],
    [[1, [2, 3]], '8201820203'],
    [
      new Map([
        [1, 2],
        [3, 4],
      ]),
      'a201020304',
    ],
  ])('writes %j as in the standard', (value, hex) => {
    expect(encodeCbor(value).toString('hex')).toBe(hex)
  })
})
