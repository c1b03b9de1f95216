import { existsSync, readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalize, isCanonical } from './canonical.ts'

const refused = expect.objectContaining({ code: 'ERR_AUDIT_CANONICAL' })
const vectors = new URL('../../../../../../shared/vectors/jcs/', import.meta.url)

describe('canonicalize', () => {
  test('sorts members by UTF-16 code units, at every depth', () => {
    expect(canonicalize({ b: 1, a: { '\u20ac': 2, '\r': 3, '1': 4 } })).toBe('{"a":{"\\r":3,"1":4,"\u20ac":2},"b":1}')
  })

  test('sorts names that look like numbers as text', () => {
    expect(canonicalize({ 9: 'a', 10: 'b' })).toBe('{"10":"b","9":"a"}')
  })

  test('gives one text for one value, whatever the order of its members', () => {
    const members = fc.uniqueArray(fc.tuple(fc.string(), fc.jsonValue({ maxDepth: 3 })), { selector: ([name]) => name })
    fc.assert(
      fc.property(members, fc.nat(), (entries, seed) => {
        const turned = [...entries.slice(seed % (entries.length + 1)), ...entries.slice(0, seed % (entries.length + 1))]

        expect(canonicalize(Object.fromEntries(turned))).toBe(canonicalize(Object.fromEntries(entries)))
      }),
    )
  })

  test('formats what parses back to the same value, and formats it the same again', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalize(value)

        expect(JSON.stringify(JSON.parse(text))).toBeDefined()
        expect(canonicalize(JSON.parse(text))).toBe(text)
      }),
    )
  })

  test('writes minus zero as zero and numbers as ECMAScript does', () => {
    expect(canonicalize([-0, 1e21, 1e-7, 0.1, 100])).toBe('[0,1e+21,1e-7,0.1,100]')
  })

  test('refuses undefined, functions, symbols and bigints instead of dropping them', () => {
    expect(() => canonicalize(undefined)).toThrow(refused)
    expect(() => canonicalize({ a: undefined })).toThrow(refused)
    expect(() => canonicalize([() => 1])).toThrow(refused)
    expect(() => canonicalize([Symbol('a')])).toThrow(refused)
    expect(() => canonicalize({ a: 1n })).toThrow(refused)
    expect(() => canonicalize(Array.from({ length: 2 }).fill(1, 0, 1))).toThrow(refused)
  })

  test('refuses instances, which would stringify themselves', () => {
    expect(() => canonicalize({ at: new Date(0) })).toThrow(refused)
    expect(() => canonicalize(new Map())).toThrow(refused)
    expect(() => canonicalize({ toJSON: () => 'other' })).toThrow(refused)
  })

  test('refuses numbers that are not finite and halves of surrogate pairs', () => {
    expect(() => canonicalize(Number.NaN)).toThrow(refused)
    expect(() => canonicalize([Infinity])).toThrow(refused)
    expect(() => canonicalize({ a: '\ud800' })).toThrow(refused)
    expect(() => canonicalize({ '\udc00': 1 })).toThrow(refused)
  })

  test('accepts 32 levels, refuses 33 and a value that contains itself', () => {
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    const circle: unknown[] = []
    circle.push(circle)

    expect(canonicalize(nested(32))).toBe(`${'['.repeat(32)}1${']'.repeat(32)}`)
    expect(() => canonicalize(nested(33))).toThrow(refused)
    expect(() => canonicalize(circle)).toThrow(refused)
  })
})

describe('isCanonical', () => {
  test('accepts exactly the canonical form of every value (property)', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (value, other) => {
        for (const text of [canonicalize(value), JSON.stringify(value), ` ${canonicalize(other)}`]) {
          expect(isCanonical(text, JSON.parse(text))).toBe(text === canonicalize(JSON.parse(text)))
        }
      }),
    )
  })

  test('accepts names that look like numbers, and a backslash before "ud"', () => {
    for (const value of [{ 9: 'a', 10: 'b' }, ['\\ud800']]) {
      const text = canonicalize(value)
      expect(isCanonical(text, JSON.parse(text))).toBe(true)
    }
  })

  test('refuses what is said twice, otherwise or in another order, and half a surrogate pair', () => {
    const texts = [
      '{"a":1,"a":1}',
      '{"b":1,"a":1}',
      '[1.0]',
      '[-0]',
      '["\\u0041"]',
      '["\\ud800"]',
      '[1 ]',
      '{"9":1,"10":1}',
    ]

    for (const text of texts) expect(isCanonical(text, JSON.parse(text))).toBe(false)
  })
})

const present = existsSync(vectors)
describe.skipIf(!present)('public RFC 8785 answers (not run where the vectors folder is not present)', () => {
  test('are given byte for byte', () => {
    const names = readdirSync(new URL('input/', vectors))

    expect(names.length).toBeGreaterThan(0)
    for (const name of names) {
      const input: unknown = JSON.parse(readFileSync(new URL(`input/${name}`, vectors), 'utf8'))
      expect(canonicalize(input)).toBe(readFileSync(new URL(`output/${name}`, vectors), 'utf8').trimEnd())
    }
  })
})
