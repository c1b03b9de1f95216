import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { resolveOptions } from './options.ts'

const REFUSED: unknown = expect.objectContaining({ code: 'ERR_WEBAUTHN_OPTIONS' })
const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
const ROOT = readFileSync(new URL('../../test/certificates/root.pem', import.meta.url), 'utf8')
const LEAF = readFileSync(new URL('../../test/certificates/leaf.pem', import.meta.url), 'utf8')

function resolve(options: unknown): ReturnType<typeof resolveOptions> {
  return Reflect.apply(resolveOptions, undefined, [options])
}

describe('resolveOptions', () => {
  test('fills in the safe defaults, the same for every way of saying nothing', () => {
    const defaults = {
      rpId: 'bank.example',
      origins: new Set(['https://bank.example']),
      topOrigins: new Set(),
      userVerification: 'preferred',
      algorithms: [-8, -7, -257],
      allow: undefined,
      deny: new Set(),
      roots: undefined,
      counterRegression: 'record',
    }
    const unset = { origins: undefined, relatedOrigins: undefined, topOrigins: undefined, attestation: undefined }
    const more = { authenticators: undefined, userVerification: undefined, counterRegression: undefined }

    expect(resolve({ rpId: 'bank.example' })).toMatchObject(defaults)
    expect(resolve(Object.assign(Object.create(null), { rpId: 'bank.example' }))).toMatchObject(defaults)
    expect(resolve({ rpId: 'bank.example', ...unset, ...more })).toMatchObject(defaults)
    expect(resolve({ rpId: 'bank.example', authenticators: {} })).toMatchObject(defaults)
  })

  test.each([[undefined], [null], ['bank.example'], [[]], [{}]])(
    'refuses %j instead of options with an RP ID',
    (options) => {
      expect(() => resolve(options)).toThrow(REFUSED)
    },
  )

  test.each(['bank.example', 'localhost', 'intranet', 'xn--bcher-kva.example', 'a.b.c.d.example', '1.example'])(
    'WA-OPT-03 takes the RP ID %s',
    (rpId) => {
      expect(resolve({ rpId }).rpId).toBe(rpId)
    },
  )

  test.each([
    'https://bank.example',
    'bank.example:443',
    'bank.example/',
    'Bank.example',
    'bank.example.',
    '.bank.example',
    'bank..example',
    '-bank.example',
    'b\u00fccher.example',
    '127.0.0.1',
    '127.1',
    '0x7f',
    '[::1]',
    '*.example',
    '',
    'a'.repeat(64),
    `${'a.'.repeat(127)}example`,
  ])('WA-OPT-03 refuses the RP ID %j', (rpId) => {
    expect(() => resolve({ rpId })).toThrow(REFUSED)
  })

  test('WA-OPT-03 takes origins on and below the RP ID, and http on this machine', () => {
    const below = ['https://bank.example:8443', 'https://pay.bank.example']
    const here = ['http://localhost:3000', 'http://app.localhost:3000']

    expect(resolve({ rpId: 'bank.example', origins: below }).origins).toEqual(new Set(below))
    expect(resolve({ rpId: 'localhost', origins: here }).origins).toEqual(new Set(here))
  })

  test('WA-OPT-03 takes origins elsewhere only as related ones', () => {
    const relatedOrigins = ['https://bank.example.net']

    expect(resolve({ rpId: 'bank.example', relatedOrigins }).origins).toEqual(
      new Set(['https://bank.example', 'https://bank.example.net']),
    )
    expect(resolve({ rpId: 'bank.example', origins: relatedOrigins, relatedOrigins }).origins).toEqual(
      new Set(relatedOrigins),
    )
    expect(() => resolve({ rpId: 'bank.example', origins: relatedOrigins })).toThrow(REFUSED)
  })

  test.each([
    ['http://bank.example'],
    ['https://bank.example/'],
    ['https://bank.example/login'],
    ['https://BANK.example'],
    ['https://bank.example:443'],
    ['https://ada@bank.example'],
    ['https://*.bank.example'],
    ['https://203.0.113.7'],
    ['android:apk-key-hash:abc'],
    ['bank.example'],
    ['https://evilbank.example'],
    ['null'],
    [7],
  ])('WA-OPT-03 refuses the origin %j', (origin) => {
    expect(() => resolve({ rpId: 'bank.example', origins: [origin] })).toThrow(REFUSED)
  })

  test.each([
    ['no origins', { origins: [] }],
    ['origins as text', { origins: 'https://bank.example' }],
    ['a related origin without https', { relatedOrigins: ['http://other.example'] }],
    ['a top origin with a path', { topOrigins: ['https://portal.example/'] }],
    ['discouraged verification', { userVerification: 'discouraged' }],
    ['an unknown word for the counter', { counterRegression: 'ignore' }],
    ['an allowed model without attestation', { authenticators: { allow: [MODEL] } }],
    ['no allowed model', { authenticators: { allow: [] }, attestation: { roots: [ROOT] } }],
    ['a model that is none', { authenticators: { deny: ['yubikey'] } }],
    ['a model as text', { authenticators: { deny: MODEL } }],
    ['models as a list', { authenticators: [MODEL] }],
    ['attestation without roots', { attestation: {} }],
    ['attestation with no roots', { attestation: { roots: [] } }],
    ['a root of no authority', { attestation: { roots: [ROOT, LEAF] } }],
    ['a path instead of a root', { attestation: { roots: ['root.pem'] } }],
    ['an unknown member of attestation', { attestation: { roots: [ROOT], mds: true } }],
  ])('refuses %s', (_what, options) => {
    expect(() => resolve({ rpId: 'bank.example', ...options })).toThrow(REFUSED)
  })

  test('F-13 takes a list of allowed models with attestation, and of denied ones without', () => {
    const attestation = { roots: [ROOT] }
    const allowing = resolve({ rpId: 'bank.example', attestation, authenticators: { allow: [MODEL.toUpperCase()] } })
    const denying = resolve({ rpId: 'bank.example', authenticators: { deny: [MODEL] } })

    expect(allowing).toMatchObject({ allow: new Set([MODEL]), roots: [{ subject: 'CN=Test root' }] })
    expect(denying).toMatchObject({ deny: new Set([MODEL]), roots: undefined })
  })

  test('suggests the option that a misspelt one most likely means', () => {
    expect(() => resolve({ rpId: 'bank.example', origin: [] })).toThrow('did you mean "origins"?')
    expect(() => resolve({ rpId: 'bank.example', authenticators: { denny: [] } })).toThrow('did you mean "deny"?')
  })
})
