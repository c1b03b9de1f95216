import { describe, expect, test } from 'vitest'
import { decodeSecret, encodeSecret, findStep } from './one-time-code.ts'
import type { TotpAlgorithm } from './options.ts'

// RFC 6238 appendix B: the ASCII digits 1234567890 repeated to the length of the hash.
const SEEDS: Readonly<Record<TotpAlgorithm, Uint8Array>> = {
  'SHA-1': Buffer.from('1234567890'.repeat(2)),
  'SHA-256': Buffer.from('1234567890'.repeat(4).slice(0, 32)),
  'SHA-512': Buffer.from('1234567890'.repeat(7).slice(0, 64)),
}

function stepOf(algorithm: TotpAlgorithm, code: string, seconds: number): number | undefined {
  return findStep({ secret: SEEDS[algorithm], algorithm, code, now: seconds * 1000, window: 0 })
}

describe('findStep', () => {
  test.each([
    [59, 1, '94287082', '46119246', '90693936'],
    [1111111109, 0x23523ec, '07081804', '68084774', '25091201'],
    [1111111111, 0x23523ed, '14050471', '67062674', '99943326'],
    [1234567890, 0x273ef07, '89005924', '91819424', '93441116'],
    [2000000000, 0x3f940aa, '69279037', '90698825', '38618901'],
    [20000000000, 0x27bc86aa, '65353130', '77737706', '47863826'],
  ])('TOTP-01 TOTP-02 TOTP-04 finds the step of the RFC 6238 appendix B codes at %i s', (seconds, step, ...codes) => {
    const [sha1, sha256, sha512] = codes

    expect(stepOf('SHA-1', sha1, seconds)).toBe(step)
    expect(stepOf('SHA-256', sha256, seconds)).toBe(step)
    expect(stepOf('SHA-512', sha512, seconds)).toBe(step)
  })

  test('finds nothing for the code of another hash', () => {
    expect(stepOf('SHA-256', '94287082', 59)).toBeUndefined()
  })

  test('finds the first step of all', () => {
    const code = '755224' // RFC 4226 appendix D, counter 0

    const step = findStep({ secret: SEEDS['SHA-1'], algorithm: 'SHA-1', code, now: 29_999, window: 1 })

    expect(step).toBe(0)
  })
})

describe('encodeSecret', () => {
  test('writes the base32 vectors of RFC 4648 §10 without padding', () => {
    expect(encodeSecret(Buffer.from('foobar'))).toBe('MZXW6YTBOI')
    expect(encodeSecret(Buffer.from('fooba'))).toBe('MZXW6YTB')
  })
})

describe('decodeSecret', () => {
  test('is the inverse of encodeSecret', () => {
    expect(decodeSecret(encodeSecret(SEEDS['SHA-512']))).toEqual(new Uint8Array(SEEDS['SHA-512']))
  })

  test.each(['MZXW6YTBO', 'mzxw6ytboi', 'MZXW6YTBOJ', 'MZXW6YTBOI======', '0189'])('refuses %s', (text) => {
    expect(decodeSecret(text)).toBeUndefined()
  })
})
