import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sortableId } from './sortable-id.ts'

const anyTime = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const anyRandom = fc.uint8Array({ minLength: 10, maxLength: 12 })

describe('sortableId', () => {
  test('writes 48 bits of time and 80 of randomness in Crockford base32', () => {
    const random = Uint8Array.of(0x00, 0x44, 0x32, 0x14, 0xc7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xaa)

    expect(sortableId(1_469_918_176_385, random)).toBe('01ARYZ6S41' + '01234567' + 'ZZZZZZZZ')
  })

  test('sorts by time whatever the randomness', () => {
    const property = fc.property(
      fc.tuple(anyTime, anyRandom),
      fc.tuple(anyTime, anyRandom),
      ([one, random], [other, noise]) => {
        const [first, second] = [sortableId(one, random), sortableId(other, noise)]
        return one === other || first < second === one < other
      },
    )

    expect(fc.check(property).failed).toBe(false)
  })

  test('keeps every random bit', () => {
    const property = fc.property(anyTime, anyRandom, anyRandom, (time, one, other) => {
      const same = Buffer.compare(one.subarray(0, 10), other.subarray(0, 10)) === 0
      return (sortableId(time, one) === sortableId(time, other)) === same
    })

    expect(fc.check(property).failed).toBe(false)
  })

  test('refuses a time that does not fit and too little randomness', () => {
    const random = new Uint8Array(10)

    expect(() => sortableId(2 ** 48, random)).toThrow(RangeError)
    expect(() => sortableId(-1, random)).toThrow(RangeError)
    expect(() => sortableId(0.5, random)).toThrow(RangeError)
    expect(() => sortableId(0, new Uint8Array(9))).toThrow(RangeError)
  })
})
