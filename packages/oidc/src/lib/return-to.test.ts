import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkReturnTo } from './return-to.ts'

const OWN = ['/auth/callback', '/auth/login', '/auth/logout']
const check = (wanted: unknown): string => checkReturnTo(wanted, '/home', OWN)
const accepted = (corpus: readonly unknown[]): readonly unknown[] =>
  corpus.filter((wanted) => check(wanted) !== '/home')

describe('checkReturnTo', () => {
  test('keeps paths of this application, with query and fragment', () => {
    const fine = [
      '/',
      '/a/b',
      '/a?b=c&d=%2F',
      '/a?next=http%3A%2F%2Fx.example',
      '/a#b',
      '/%E2%82%AC',
      '/a/%2fb',
      '/@a',
      '/a:b',
    ]

    expect(fine.map((wanted) => check(wanted))).toEqual(fine)
  })

  test('F-30 refuses other hosts, in every spelling that a browser takes for one', () => {
    const corpus = [
      '//evil.example',
      '///evil.example',
      '////evil.example',
      '/\\evil.example',
      '\\/evil.example',
      '\\\\evil.example',
      'https://evil.example',
      'http:evil.example',
      'https:/evil.example',
      'HTTPS://evil.example',
      'javascript:alert(1)',
      'https://sallyport.invalid@evil.example',
      '//a@evil.example',
      'data:text/html,x',
      '//evil%00.example',
      '//[::1]',
    ]

    expect(accepted(corpus)).toEqual([])
  })

  test('F-30 refuses what becomes another host when decoded once or twice', () => {
    const corpus = [
      '/%2fevil.example',
      '/%2Fevil.example',
      '/%5cevil.example',
      '/%5Cevil.example',
      '/%252fevil.example',
      '/%255cevil.example',
      '%2f%2fevil.example',
      '/%09/evil.example',
      '/%0a/evil.example',
      '/%250d%250aSet-Cookie:a=b',
    ]

    expect(accepted(corpus)).toEqual([])
  })

  test('F-30 refuses control characters, line breaks and blanks', () => {
    const corpus = [
      '/\t/evil.example',
      '/\n/evil.example',
      '/a\r\nSet-Cookie: a=b',
      '/\u0000',
      '/a b',
      '/\u007f',
      '/a\u0085',
      ' /a',
      '/a ',
      '/%0d%0aLocation:%20https://evil.example',
      '/\u2028',
      '/\uFF0Fevil.example',
      '/\u202Ea',
    ]

    expect(accepted(corpus)).toEqual([])
  })

  test('F-30 refuses dots that fold into a second slash', () => {
    const corpus = [
      '/..//evil.example',
      '/.//evil.example',
      '/a/..//evil.example',
      '/%2e%2e//evil.example',
      '/./\\evil.example',
    ]

    expect(accepted(corpus)).toEqual([])
  })

  test('refuses what is no text, no path, or too long', () => {
    const corpus = [
      undefined,
      null,
      1,
      {},
      [],
      ['/a', '/b'],
      '',
      'a',
      'a/b',
      '?a',
      '#a',
      '.',
      '..',
      `/${'a'.repeat(512)}`,
    ]

    expect(accepted(corpus)).toEqual([])
  })

  test('returns nobody to the login routes, which would be a loop', () => {
    const corpus = [
      '/auth/login',
      '/auth/login?return_to=/auth/login',
      '/auth/LOGIN',
      '/auth/login/',
      '/auth/x/../callback',
      '/auth/logout',
    ]

    expect(accepted(corpus)).toEqual([])
    expect(check('/auth/profile')).toBe('/auth/profile')
  })

  test('F-30 WEB-12 never lets anything off this origin, whatever is thrown at it', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '//',
      '.',
      '..',
      '%2f',
      '%5c',
      '%252f',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      '\t',
      '\r\n',
    )
    const wanted = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.string(),
      fc.webUrl(),
    )

    fc.assert(
      fc.property(wanted, (text) => {
        const url = new URL(check(text), 'https://app.example')
        expect([url.origin, url.pathname.startsWith('//')]).toEqual(['https://app.example', false])
      }),
      { numRuns: 2_000 },
    )
  })
})
