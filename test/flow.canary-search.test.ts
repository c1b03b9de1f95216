import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createSearch } from './canary/search.ts'

const TEXT = 'p4ss "w0rd" <of> ann+1@leak.example & co/x='
const search = createSearch([{ kind: 'password', secret: TEXT }])

const WRITINGS: Readonly<Record<string, string>> = {
  'as it is': TEXT,
  'in upper case': TEXT.toUpperCase(),
  'in a JSON text': JSON.stringify({ a: [{ b: TEXT }] }),
  'in a JSON text in a JSON text': JSON.stringify({ a: JSON.stringify({ b: TEXT }) }),
  'in JSON escapes': `{"a":"${TEXT.replaceAll(/./g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)}"}`,
  'in a query': `/?a=1&b=${encodeURIComponent(TEXT)}&c=2`,
  'in an address in a query': `/?a=${encodeURIComponent(`/?b=${encodeURIComponent(TEXT)}`)}`,
  'in a form': new URLSearchParams({ a: 'x', b: TEXT }).toString(),
  'in hex': `00${Buffer.from(TEXT).toString('hex').toUpperCase()}ff`,
  'in a printed Buffer': inspect(Buffer.from(TEXT)),
  'in HTML': '<p>p4ss &quot;w0rd&quot; &lt;of&gt; ann+1@leak.example &amp; co/x=</p>',
}

describe('the search for canaries', () => {
  test.each(Object.entries(WRITINGS))('finds a text %s', (_, written) => {
    expect(search(Buffer.from(`before ${written} after`))).not.toEqual([])
  })

  test('finds a text in both byte orders of UTF-16', () => {
    const little = Buffer.from(`before ${TEXT} after`, 'utf16le')

    expect([search(little).length, search(Buffer.from(little).swap16()).length]).toEqual([1, 1])
  })

  test('finds texts and keys in base64, wherever they stand in what was encoded (property)', () => {
    const bytes = fc.uint8Array({ maxLength: 40 })
    const key = randomBytes(32)
    const both = createSearch([
      { kind: 'password', secret: TEXT },
      { kind: 'key', secret: key },
    ])
    fc.assert(
      fc.property(bytes, bytes, fc.constantFrom('base64', 'base64url'), (before, after, encoding) => {
        const written = [Buffer.from(TEXT), key].map((secret) =>
          Buffer.concat([before, secret, after]).toString(encoding),
        )
        const kinds = written.map((text) => both(Buffer.from(text)).map(({ canary }) => canary.kind))

        expect(kinds).toEqual([['password'], ['key']])
      }),
      { numRuns: 200 },
    )
  })

  test('finds a key in a list of numbers', () => {
    const key = randomBytes(32)
    const keySearch = createSearch([{ kind: 'key', secret: key }])

    expect(keySearch(Buffer.from(JSON.stringify({ key })))).not.toEqual([])
    expect(keySearch(Buffer.from(JSON.stringify({ key: [...key] })))).not.toEqual([])
    expect(keySearch(Buffer.from(inspect(new Uint8Array(key))))).not.toEqual([])
  })

  test('finds a code between other characters, but not in the middle of a longer number', () => {
    const codes = createSearch([{ kind: 'code', secret: '40512877' }])

    expect(codes(Buffer.from('{"code":"40512877"}'))).toHaveLength(1)
    expect(codes(Buffer.from('at 1740512877123'))).toEqual([])
  })

  test('says where, and finds nothing in what does not hold it', () => {
    expect(search(Buffer.from(`the line: ${TEXT}`))[0]?.around).toContain('the line: p4ss')
    expect(search(gzipSync(TEXT))).toEqual([])
    expect(search(randomBytes(100_000))).toEqual([])
  })

  test('refuses what is too short to be recognised', () => {
    expect(() => createSearch([{ kind: 'code', secret: '123456' }])).toThrow('too short')
  })
})
