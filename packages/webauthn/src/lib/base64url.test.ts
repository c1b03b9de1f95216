import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64url, encodeBase64url } from './base64url.ts'

describe('decodeBase64url', () => {
  test('is the inverse of encodeBase64url (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes), bytes.length)).toEqual(bytes)
      }),
    )
  })

  test('has one text for the same bytes (property)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'Q', 'g', 'w', 'z', '9', '-', '_', '+', '=', ' ') }),
        (text) => {
          const bytes = decodeBase64url(text, 100)
          expect(bytes === undefined || encodeBase64url(bytes) === text).toBe(true)
        },
      ),
    )
  })

  test.each([['AA=='], ['A'], ['AB'], ['+/'], ['AA AA'], [['AAAA']], [null], [undefined], [7]])(
    'refuses %j',
    (text) => {
      expect(decodeBase64url(text, 100)).toBeUndefined()
    },
  )

  test('refuses more bytes than asked for', () => {
    expect(decodeBase64url('AAAA', 3)).toHaveLength(3)
    expect(decodeBase64url('AAAAAA', 3)).toBeUndefined()
  })
})
