import { describe, expect, test } from 'vitest'
import { parsePending, parseState } from './state.ts'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const STATE = { secret: SECRET, algorithm: 'SHA-1', digits: 6, lastStep: 1 }
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_TOTP_STATE' })

describe('parseState', () => {
  test('reads what the factor stored', () => {
    expect(parseState(STATE)).toEqual({ state: STATE, secret: new Uint8Array(Buffer.from('12345678901234567890')) })
  })

  test.each([
    ['null', null],
    ['a list', [SECRET]],
    ['a string', SECRET],
    ['an empty object', {}],
    ['a pending state', { secret: SECRET, algorithm: 'SHA-1', digits: 6 }],
    ['an extra member', { ...STATE, more: 1 }],
    ['an unknown hash', { ...STATE, algorithm: 'MD5' }],
    ['seven digits', { ...STATE, digits: 7 }],
    ['digits as text', { ...STATE, digits: '6' }],
    ['a fractional step', { ...STATE, lastStep: 1.5 }],
    ['a negative step', { ...STATE, lastStep: -1 }],
    ['a step as text', { ...STATE, lastStep: '1' }],
    ['a secret over 512 bits', { ...STATE, secret: SECRET.repeat(4) }],
    ['a secret of a length that base32 never has', { ...STATE, secret: `${SECRET}A` }],
    ['a lower-case secret', { ...STATE, secret: SECRET.toLowerCase() }],
    ['a secret that is no text', { ...STATE, secret: 7 }],
  ])('refuses %s', (_what, state) => {
    expect(() => parseState(state)).toThrow(REFUSED)
  })

  test('NB-21 TOTP-03 refuses a secret under 128 bits', () => {
    expect(() => parseState({ ...STATE, secret: 'GEZDGNBVGY3TQOJQ' })).toThrow(REFUSED)
  })

  test('v5.0.0-16.2.5 says nothing of the state it refuses', () => {
    expect(() => parseState({ ...STATE, digits: 7 })).not.toThrow(SECRET)
  })
})

describe('parsePending', () => {
  test('refuses an enrolled state, which has a last step', () => {
    expect(() => parsePending(STATE)).toThrow(REFUSED)
  })
})
