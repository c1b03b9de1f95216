import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkKey, encodeKey } from './keys.ts'
import type { Key } from './types.ts'

const anyPart = fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }).filter((part) => !part.includes('\0'))
const anyKey = fc.array(anyPart, { minLength: 1, maxLength: 8 })

describe('encodeKey', () => {
  test('keeps the order of the keys, part by part in UTF-8 bytes', () => {
    const property = fc.property(anyKey, anyKey, (one, other) => {
      return Math.sign(Buffer.compare(encodeKey(one), encodeKey(other))) === compareKeys(one, other)
    })

    expect(fc.check(property, { numRuns: 500 }).failed).toBe(false)
  })

  test('starts the bytes of exactly the keys below a key', () => {
    const property = fc.property(anyKey, anyKey, (one, other) => {
      const starts = Buffer.from(encodeKey(other)).subarray(0, encodeKey(one).length).equals(encodeKey(one))
      return starts === one.every((part, index) => part === other[index])
    })

    expect(fc.check(property, { numRuns: 500 }).failed).toBe(false)
    expect(Buffer.from(encodeKey(['ab'])).subarray(0, encodeKey(['a']).length)).not.toEqual(encodeKey(['a']))
  })

  test('encodes the empty prefix as no bytes', () => {
    expect(encodeKey([])).toHaveLength(0)
  })
})

describe('checkKey', () => {
  test('takes whole pairs of surrogates and refuses a lone half', () => {
    expect(() => checkKey(['😀'])).not.toThrow()
    expect(() => checkKey(['\uDE00'])).toThrow(expect.objectContaining({ code: 'ERR_STORE_INPUT' }))
  })

  test('refuses what is no array of strings', () => {
    const wrong: unknown[] = ['a', undefined, null, [1], [['a']], {}]

    const refused = wrong.filter((key) => {
      try {
        Reflect.apply(checkKey, undefined, [key])
        return false
      } catch {
        return true
      }
    })

    expect(refused).toEqual(wrong)
  })
})

function compareKeys(one: Key, other: Key): number {
  for (const [index, part] of one.entries()) {
    const against = other[index]
    if (against === undefined) return 1
    const order = Buffer.compare(Buffer.from(part), Buffer.from(against))
    if (order !== 0) return order
  }
  return one.length < other.length ? -1 : 0
}
