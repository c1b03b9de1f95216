import { describe, expect, test } from 'vitest'
import { readCookie, readCookies } from './cookies.ts'

describe('readCookies', () => {
  test('finds what begins with the prefix, blanks and tabs around names and values left out', () => {
    expect(readCookies('a=1;\t__Host-x-1 = 2 ;__Host-x-2=3=4', '__Host-x-')).toEqual([
      ['__Host-x-1', '2'],
      ['__Host-x-2', '3=4'],
    ])
  })

  test('takes a name with any other blank for another name, as browsers do that guard the prefix', () => {
    const blanks = ['\u00a0', '\ufeff', '\u2003', '\u000b', '\u000c', '\r', '\n']

    const found = blanks.map((blank) => readCookie(`${blank}__Host-x=theirs; __Host-x${blank}=theirs`, '__Host-x'))

    expect(found).toEqual(blanks.map(() => undefined))
  })

  test('reads a header of nothing but blanks in no time worth a word', () => {
    expect(readCookies(`${' '.repeat(16_000)}x${' '.repeat(16_000)}=1`, '__Host-')).toEqual([])
  })
})
