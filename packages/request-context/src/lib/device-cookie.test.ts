import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatDeviceCookie, newDeviceValue, readDeviceCookie } from './device-cookie.ts'

const VALUE = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'

describe('formatDeviceCookie', () => {
  test('v5.0.0-3.3.1 writes a Secure cookie for https', () => {
    expect(formatDeviceCookie({ name: '__Host-d', secure: true }, VALUE)).toBe(
      `__Host-d=${VALUE}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure`,
    )
  })

  test('writes a plain cookie for http on loopback', () => {
    expect(formatDeviceCookie({ name: 'd', secure: false }, VALUE)).toBe(
      `d=${VALUE}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax`,
    )
  })
})

describe('newDeviceValue', () => {
  test('v5.0.0-11.5.1 holds 256 bits', () => {
    expect(newDeviceValue(() => Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(VALUE)
  })
})

describe('readDeviceCookie', () => {
  test.each([`d=${VALUE}`, `a=b; d=${VALUE}; c=d`, `a=b;d=${VALUE};`, `ad=x; d=${VALUE}`])(
    'finds it in %s',
    (header) => {
      expect(readDeviceCookie(header, 'd')).toBe(VALUE)
    },
  )

  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another cookie', `e=${VALUE}`],
    ['two of them', `d=${VALUE}; d=${VALUE}`],
    ['a good and a bad one', `d=${VALUE}; d=x`],
    ['a short value', 'd=AAAA'],
    ['a long value', `d=${VALUE}A`],
    ['a quoted value', `d="${VALUE}"`],
    ['a value in the other base64', `d=${'+'.repeat(43)}`],
    ['a value nobody encodes so', `d=${VALUE.slice(0, -1)}9`],
    ['another case of the name', `D=${VALUE}`],
    ['an endless header', `${'x=y; '.repeat(4000)}d=${VALUE}`],
  ])('finds nothing in %s', (_what, header) => {
    expect(readDeviceCookie(header, 'd')).toBeUndefined()
  })

  test('reads back what was written (property)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const value = newDeviceValue(() => bytes)

        expect(readDeviceCookie(`a=b; d=${value}`, 'd')).toBe(value)
      }),
    )
  })

  test('never throws and gives only well-formed values (property)', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(readDeviceCookie(`${header}; d=${header}`, 'd') ?? newDeviceValue(randomBytes)).toMatch(/^[\w-]{43}$/)
      }),
    )
  })
})
