import { describe, expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

const DEFAULTS = { algorithm: 'SHA-1', digits: 6, window: 1 }
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_TOTP_OPTIONS' })

describe('resolveOptions', () => {
  test('C-03 accepts one neighbouring step by default, and says so the same for every way of saying nothing', () => {
    expect(resolveOptions({})).toEqual(DEFAULTS)
    expect(resolveOptions(Object.create(null))).toEqual(DEFAULTS)
    expect(resolveOptions({ algorithm: undefined, digits: undefined, window: undefined })).toEqual(DEFAULTS)
  })

  test.each([
    ['an unknown hash', { algorithm: 'SHA-384' }],
    ['seven digits', { digits: 7 }],
    ['a wider window', { window: 2 }],
    ['a negative window', { window: -1 }],
    ['a null', { digits: null }],
    ['an inherited name', { toString: 1 }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(resolveOptions, undefined, [options])).toThrow(REFUSED)
  })

  test('v5.0.0-6.5.4 refuses codes of fewer than six digits', () => {
    expect(() => Reflect.apply(resolveOptions, undefined, [{ digits: 5 }])).toThrow(REFUSED)
  })

  test('NB-21 has no option for longer steps', () => {
    expect(() => Reflect.apply(resolveOptions, undefined, [{ period: 300 }])).toThrow(REFUSED)
  })

  test.each([[null], [7], ['SHA-1']])('refuses %s instead of an object', (options) => {
    expect(() => Reflect.apply(resolveOptions, undefined, [options])).toThrow(REFUSED)
  })

  test('suggests the option that a misspelt one most likely means', () => {
    expect(() => Reflect.apply(resolveOptions, undefined, [{ algoritm: 'SHA-1' }])).toThrow('did you mean "algorithm"?')
  })
})
