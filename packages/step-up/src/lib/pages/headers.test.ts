import { describe, expect, test } from 'vitest'
import type { Page } from '../page-models.ts'
import { ANSWER_HEADERS, pageHeaders } from './headers.ts'

const message: Page = { page: 'message', status: 200, message: 'cancelled', code: 'X' }
const signIn: Page = {
  page: 'sign_in',
  factor: 'webauthn',
  view: [{ kind: 'passkey', ceremony: 'get', options: {} }],
  verifyUrl: '/v',
  csrf: 't',
}

describe('pageHeaders', () => {
  test('WEB-08 allows a page nothing but its own style and forms to this application', () => {
    const headers = pageHeaders(message, 'n0nce', '<html lang="en">')

    expect(headers['Content-Security-Policy']).toBe(
      "default-src 'none'; style-src 'nonce-n0nce'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
    )
  })

  test('WEB-08 lets the forms of a page lead on to another origin only where the application goes on from there', () => {
    const { 'Content-Security-Policy': policy } = pageHeaders(signIn, 'n0nce', '')

    expect(policy).toContain("; form-action 'self' https: http://localhost:* http://127.0.0.1:*;")
  })

  test('WEB-08 WA-CL-06 allows the page its own script where there are passkeys, by the nonce of this response', () => {
    const { 'Content-Security-Policy': policy } = pageHeaders(signIn, 'n0nce', '')

    expect(policy).toContain("script-src 'nonce-n0nce'")
    expect(policy?.replace(/form-action [^;]*;/, '')).not.toMatch(/unsafe|https?:|\*/)
  })

  test('A11Y-16 says the language that the document says', () => {
    const german = pageHeaders(message, 'n', '<!doctype html>\n<html lang="de-CH" dir="ltr">')

    expect(german).toMatchObject({ 'Content-Language': 'de-CH', Vary: 'Accept-Language' })
    expect(pageHeaders(message, 'n', '<html><p lang="x">')).not.toHaveProperty('Content-Language')
  })
})

describe('ANSWER_HEADERS', () => {
  test('WEB-09 v5.0.0-3.2.1 v5.0.0-3.4.4 v5.0.0-3.4.8 v5.0.0-3.5.8 keep pages out of frames, caches, other windows and other sites', () => {
    expect(ANSWER_HEADERS).toMatchObject({
      'Cache-Control': 'no-store',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    })
  })

  test('WEB-09 WA-CL-05 deny what the pages never use and leave passkeys to this origin', () => {
    const policy = ANSWER_HEADERS['Permissions-Policy']?.split(', ') ?? []

    expect(policy.filter((one) => !one.endsWith('=()'))).toEqual([
      'publickey-credentials-create=(self)',
      'publickey-credentials-get=(self)',
    ])
    expect(policy).toContain('camera=()')
  })
})
