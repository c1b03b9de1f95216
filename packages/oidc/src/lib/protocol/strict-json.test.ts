import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeUtf8, parseStrictObject } from './strict-json.ts'

describe('parseStrictObject', () => {
  test('reads every object that JSON can say, up to 16 levels', () => {
    const value = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.jsonValue({ maxDepth: 5 }),
      { noNullPrototype: true },
    )

    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (object, space) => {
        const text = JSON.stringify(object, undefined, space)
        fc.pre(!text.includes('__proto__'))

        expect(parseStrictObject(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('OIDC-IDT-17 refuses a name that stands in an object twice, wherever and however it is written', () => {
    const texts = [
      '{"sub":"ada","sub":"ben"}',
      '{"sub":"ada", "\\u0073ub" : "ben"}',
      '{"a":{"b":[{"c":1,"d":2,"c":3}]}}',
      '{"":1,"":2}',
      '{"a\\"":1,"a\\u0022":2}',
      '{"a\\\\":1,"b":"{","a\\\\":2}',
    ]

    expect(texts.map(parseStrictObject)).toEqual(texts.map(() => undefined))
  })

  test('finds the second of two members of one name among any others', () => {
    const members = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 5 })

    fc.assert(
      fc.property(members, fc.nat(), fc.jsonValue({ maxDepth: 2 }), (names, pick, value) => {
        const twice = [...names, names[pick % names.length] ?? '']
        const text = `{${twice.map((name) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`

        expect(parseStrictObject(text)).toBeUndefined()
      }),
    )
  })

  test('takes a name that stands in two objects, and a text that looks like a name', () => {
    const texts = ['{"a":{"b":1},"c":{"b":2}}', '{"a":["b","b"],"c":"\\"b\\":"}', '{"a":{"a":{"a":1}}}']

    expect(texts.map(parseStrictObject)).toEqual(texts.map((text) => JSON.parse(text)))
  })

  test('refuses what is no object, no JSON, or wants to be the prototype of what it is copied to', () => {
    const texts = ['[]', '"a"', 'null', '1', '', '{', '{"a":1}x', '{"__proto__":{"admin":true}}', '{"a":1,}']

    expect(texts.map(parseStrictObject)).toEqual(texts.map(() => undefined))
  })

  test('refuses more than 16 levels, half a million of them too', () => {
    const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`

    expect([parseStrictObject(nested(16)) === undefined, parseStrictObject(nested(17))]).toEqual([false, undefined])
    expect(parseStrictObject(nested(500_000))).toBeUndefined()
  })
})

describe('decodeUtf8', () => {
  test('refuses bytes that are no UTF-8 in place of guessing', () => {
    expect([decodeUtf8(Buffer.from('é')), decodeUtf8(Uint8Array.of(0x22, 0xff, 0x22))]).toEqual(['é', undefined])
  })
})
