import { describe, expect, test } from 'vitest'
import { OidcError } from '../errors.ts'
import { translateError } from './translate-error.ts'

/** An error as openid-client throws it: its code, then oauth4webapi's error, then the details. */
function thrown(code: string, detail?: unknown, more: object = {}): Error {
  return Object.assign(new Error('text of the library', { cause: { cause: detail } }), { code, ...more })
}

const tokenCode = (error: unknown): string => translateError(error, 'token').code

describe('translateError', () => {
  test('finds our own errors however deep the library has wrapped them', () => {
    const own = new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE')
    const wrapped = new Error('a', { cause: new Error('b', { cause: own }) })

    expect(translateError(wrapped, 'token')).toBe(own)
  })

  test('ends on a chain of causes that is a circle', () => {
    const circle = new Error('a')
    circle.cause = circle

    expect(tokenCode(circle)).toBe('ERR_OIDC_TOKEN')
  })

  test('tells apart what the token endpoint refused', () => {
    const refused = (error: string): string => tokenCode(thrown('OAUTH_RESPONSE_BODY_ERROR', undefined, { error }))

    expect(refused('invalid_grant')).toBe('ERR_OIDC_CODE_REFUSED')
    expect(refused('invalid_client')).toBe('ERR_OIDC_CLIENT_REFUSED')
    expect(refused('temporarily_unavailable')).toBe('ERR_OIDC_PROVIDER_UNAVAILABLE')
    expect(refused('toString')).toBe('ERR_OIDC_CODE_REFUSED')
    expect(tokenCode(thrown('OAUTH_WWW_AUTHENTICATE_CHALLENGE'))).toBe('ERR_OIDC_CLIENT_REFUSED')
  })

  test('takes whatever it does not know for a refused token', () => {
    expect([tokenCode(undefined), tokenCode('text'), tokenCode(thrown('NEW_CODE'))]).toEqual([
      'ERR_OIDC_TOKEN',
      'ERR_OIDC_TOKEN',
      'ERR_OIDC_TOKEN',
    ])
  })

  test('keeps nothing of the library’s text and causes', () => {
    const error = translateError(thrown('OAUTH_INVALID_RESPONSE', { claims: { sub: 'ada' } }), 'token')

    expect([error.cause, error.message.includes('library')]).toEqual([undefined, false])
  })
})
