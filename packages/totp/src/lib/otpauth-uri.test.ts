import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatOtpauthUri } from './otpauth-uri.ts'
import type { TotpState } from './state.ts'

const STATE: TotpState = { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', algorithm: 'SHA-256', digits: 8 }

describe('formatOtpauthUri', () => {
  test('OTPURI-02 spells out every parameter', () => {
    const uri = formatOtpauthUri({ ...STATE, algorithm: 'SHA-1', digits: 6 }, { issuer: 'Bank', account: 'ada' })

    expect(uri).toBe(
      'otpauth://totp/Bank:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank&algorithm=SHA1&digits=6&period=30',
    )
  })

  test('OTPURI-01 encodes names, so that an account cannot add parameters', () => {
    const uri = new URL(formatOtpauthUri(STATE, { issuer: 'Böhm & Söhne', account: 'ada?secret=AAAA&issuer=Evil#/x' }))

    expect(decodeURIComponent(uri.pathname)).toBe('/Böhm & Söhne:ada?secret=AAAA&issuer=Evil#/x')
    expect(uri.searchParams.getAll('secret')).toEqual([STATE.secret])
    expect(uri.searchParams.getAll('issuer')).toEqual(['Böhm & Söhne'])
  })

  test('OTPURI-01 keeps the colon for dividing issuer and account', () => {
    const uri = new URL(formatOtpauthUri(STATE, { issuer: 'Bank: Prod', account: 'realm:ada' }))

    expect(decodeURIComponent(uri.pathname)).toBe('/Bank Prod:realm ada')
  })

  test('OTPURI-02 leaves out an empty issuer', () => {
    const uri = formatOtpauthUri(STATE, { issuer: '', account: 'ada' })

    expect(uri).toMatch(/^otpauth:\/\/totp\/ada\?secret=[A-Z2-7]+&algorithm=SHA256&digits=8&period=30$/)
  })

  test('drops control, direction and half characters', () => {
    const uri = formatOtpauthUri(STATE, { issuer: 'Bank', account: 'a\r\nd\u202ea\ud800' })

    expect(uri).toContain('/Bank:ada?')
  })

  test('gives a bounded URI whose members read back, whatever the names (property)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 400 }), (issuer, account) => {
        const uri = formatOtpauthUri(STATE, { issuer, account })
        const { searchParams, pathname } = new URL(uri)

        expect(uri.length).toBeLessThan(1200)
        expect(Object.fromEntries(searchParams)).toMatchObject({
          secret: STATE.secret,
          algorithm: 'SHA256',
          digits: '8',
          period: '30',
        })
        expect(decodeURIComponent(pathname).split(':').length).toBeLessThanOrEqual(2)
      }),
    )
  })
})
