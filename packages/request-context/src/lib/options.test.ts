import { describe, expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

const keyring = { pseudonym: (): Promise<string> => Promise.resolve('k.p') }
const REFUSED: unknown = expect.objectContaining({ code: 'ERR_REQUEST_CONTEXT_OPTIONS' })

describe('resolveOptions', () => {
  test('fills in the secure defaults, the same for every way of saying nothing', () => {
    const expected = {
      app: undefined,
      cookie: { name: '__Host-sallyport-device', secure: true },
      requestIdHeader: undefined,
      place: undefined,
      askPlatformVersion: false,
    }

    expect(resolveOptions({ keyring })).toMatchObject(expected)
    expect(resolveOptions({ keyring, deviceCookie: {} })).toMatchObject(expected)
    expect(resolveOptions({ keyring, deviceCookie: { name: undefined, secure: undefined } })).toMatchObject(expected)
    expect(resolveOptions({ keyring, app: undefined, trustedRequestIdHeader: undefined })).toMatchObject(expected)
    expect(resolveOptions({ keyring, place: undefined, askPlatformVersion: undefined })).toMatchObject(expected)
    expect(resolveOptions(Object.assign(Object.create(null), { keyring }))).toMatchObject(expected)
  })

  test('leaves out the prefix of the cookie when the origin is http', () => {
    expect(resolveOptions({ keyring, deviceCookie: { secure: false } }).cookie).toEqual({
      name: 'sallyport-device',
      secure: false,
    })
  })

  test.each([
    ['no options', undefined],
    ['null', null],
    ['no keyring', {}],
    ['a keyring passed uncalled', { keyring: () => keyring }],
    ['an empty app', { keyring, app: '' }],
    ['a long app', { keyring, app: 'x'.repeat(65) }],
    ['an app that is no text', { keyring, app: 7 }],
    ['a cookie name with a space', { keyring, deviceCookie: { name: 'a b' } }],
    ['a cookie name with its prefix', { keyring, deviceCookie: { name: '__host-d' } }],
    ['secure as text', { keyring, deviceCookie: { secure: 'no' } }],
    ['an unknown member of deviceCookie', { keyring, deviceCookie: { sameSite: 'none' } }],
    ['deviceCookie as null', { keyring, deviceCookie: null }],
    ['a header name with a line end', { keyring, trustedRequestIdHeader: 'x\r\ny' }],
    ['a header switch', { keyring, trustedRequestIdHeader: true }],
    ['onMisuse as text', { keyring, onMisuse: 'warn' }],
    ['a clock without now', { keyring, clock: {} }],
    ['randomBytes as bytes', { keyring, randomBytes: new Uint8Array(8) }],
    ['a place that is no function', { keyring, place: { placeOf: () => undefined } }],
    ['a question as text', { keyring, askPlatformVersion: 'yes' }],
    ['an unknown option', { keyring, geo: true }],
  ])('refuses %s', (_what, options) => {
    expect(() => Reflect.apply(resolveOptions, undefined, [options])).toThrow(REFUSED)
  })

  test('suggests the option that a misspelt one most likely means', () => {
    const misspelt = { keyring, devicecookies: {} }

    expect(() => Reflect.apply(resolveOptions, undefined, [misspelt])).toThrow('did you mean "deviceCookie"?')
  })
})
