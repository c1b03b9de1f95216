import { describe, expect, test } from 'vitest'
import { isInItsOneForm } from './signature-form.ts'

const ELLIPTIC = Buffer.from('a10102', 'hex')
const OTHER = Buffer.from('a10101', 'hex')

function form(hex: string): boolean {
  return isInItsOneForm(ELLIPTIC, Buffer.from(hex, 'hex'))
}

describe('isInItsOneForm', () => {
  test('takes two positive numbers in DER', () => {
    expect(form('3006020101020101')).toBe(true)
    expect(form('300802020080020200ff')).toBe(true)
    expect(form(`308188${`0242${'01'.repeat(66)}`.repeat(2)}`)).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['another tag', '3106020101020101'],
    ['bytes after it', '300602010102010100'],
    ['bytes inside, after the numbers', '300702010102010100'],
    ['a length that is too long', '3007020101020101'],
    ['a length that is too short', '3005020101020101'],
    ['a length in the longer form', '308106020101020101'],
    ['a length of no end', '3080020101020101'],
    ['a number with leading zeros', '300702020001020101'],
    ['a zero', '3006020100020101'],
    ['a negative number', '3006020181020101'],
    ['an empty number', '300502000201 01'.replace(' ', '')],
    ['one number', '3003020101'],
    ['three numbers', '3009020101020101020101'],
  ])('refuses %s', (_what, hex) => {
    expect(form(hex)).toBe(false)
  })

  test('leaves signatures of other keys to their fixed length', () => {
    expect(isInItsOneForm(OTHER, new Uint8Array(64))).toBe(true)
  })
})
