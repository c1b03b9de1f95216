import { createMemoryStore } from '@sallyport/store'
import { Passport } from 'passport'
import { describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring } from '../../test/world.ts'
import { createOidc } from './create-oidc.ts'
import { createOidcProviders } from './providers.ts'
import type { CreateOidcOptions } from './create-oidc.ts'
import type { CreateOidcProvidersOptions } from './providers.ts'

const store = createMemoryStore()
const nothing = (): never => {
  throw new Error('Not part of these tests')
}
const sessions = { current: nothing, hold: nothing, start: nothing, end: nothing, refuse: nothing }
const stepUp = { sessions, answer: nothing, tell: nothing, requireStepUp: () => nothing }
const house = { keyring: createTestKeyring(), store, audit: createFakeAudit(store), stepUp }
const WORK = { issuer: 'https://work.example', clientId: 'client', clientSecret: 'secret' }
const HOME = { ...WORK, issuer: 'https://home.example' }
const COMPLETE: CreateOidcProvidersOptions = {
  baseUrl: 'https://app.example/auth',
  providers: { work: WORK, home: HOME },
  ...house,
}
const SINGLE: CreateOidcOptions = { ...WORK, callbackUrl: 'https://app.example/auth/callback', ...house }
const refused: unknown = expect.objectContaining({ name: 'OidcError', code: 'ERR_OIDC_OPTION' })

/** Calls `createOidcProviders` as untyped code would. */
const make = (options: object): (() => unknown) => {
  return () => Reflect.apply(createOidcProviders, undefined, [{ ...COMPLETE, passport: new Passport(), ...options }])
}

describe('createOidcProviders', () => {
  test('takes its options, and undefined for what may be left out', () => {
    expect(make({})).not.toThrow()
    expect(make({ tenant: undefined, linking: undefined, verify: undefined, thirdPartyLogin: undefined })).not.toThrow()
    expect(make({ providers: {}, tenant: () => undefined })).not.toThrow()
    expect(make({ linking: { maxAge: '1m' } })).not.toThrow()
    expect(make({ linking: false })).not.toThrow()
  })

  test('refuses an unknown option and names the one that was meant', () => {
    expect(make({ provider: {} })).toThrow('did you mean "providers"?')
    expect(make({ providers: { work: { ...WORK, clientID: 'x' } } })).toThrow(
      'The provider "work" has no option "clientID"',
    )
    expect(make({ providers: { work: { ...WORK, callbackUrl: 'https://app.example/x/callback' } } })).toThrow(refused)
  })

  test('refuses a name that could not stand in an address, or that is a route', () => {
    const names = [
      '',
      '-a',
      'Work',
      'a b',
      'a/b',
      'ä',
      '__proto__x',
      'a'.repeat(64),
      'login',
      'logout',
      'links',
      'step-up',
    ]

    expect(names.map((name) => thrownBy(make({ providers: { [name]: WORK } })))).toEqual(
      names.map(() => 'ERR_OIDC_OPTION'),
    )
  })

  test('refuses a label that nobody could read', () => {
    expect(make({ providers: { work: { ...WORK, label: ' ' } } })).toThrow(refused)
    expect(make({ providers: { work: { ...WORK, label: 'a'.repeat(65) } } })).toThrow(refused)
    expect(make({ providers: { work: { ...WORK, label: 7 } } })).toThrow(refused)
  })

  test('takes what a step-up asks of one provider, and refuses what it could not ask', () => {
    const asking = (factor: unknown): (() => unknown) => make({ providers: { work: { ...WORK, factor } } })

    expect(asking({ acrValues: ['mfa'], prompt: 'login' })).not.toThrow()
    expect(asking({ acrValues: [] })).not.toThrow()
    expect(asking(undefined)).not.toThrow()
    expect(asking({ acrValues: ['with blank'] })).toThrow(refused)
    expect(asking({ acr: ['mfa'] })).toThrow('factor has no option "acr"')
    expect(asking(null)).toThrow(refused)
  })

  test('refuses to have no provider at all, and one without options', () => {
    expect(make({ providers: {} })).toThrow(refused)
    expect(make({ providers: undefined })).toThrow(refused)
    expect(make({ providers: { work: undefined } })).toThrow(refused)
    expect(make({ tenant: 'all' })).toThrow(refused)
  })

  test('refuses a base that is no absolute URL, or would make others of the callback URLs', () => {
    const bases = [
      '/auth',
      'https://app.example/auth/',
      'https://app.example/auth?x',
      'http://app.example/auth',
      undefined,
    ]

    expect(bases.map((baseUrl) => thrownBy(make({ baseUrl })))).toEqual(bases.map(() => 'ERR_OIDC_OPTION'))
    expect(make({ baseUrl: 'https://auth.example' })).not.toThrow()
  })

  test('refuses providers in a list: each has a name', () => {
    expect(make({ providers: [WORK] })).toThrow(refused)
    expect(make({ providers: [WORK] })).toThrow('The option providers')
  })

  test('refuses a base over plain HTTP that is not on this machine, and names the option', () => {
    expect(make({ baseUrl: 'http://app.example/auth' })).toThrow('The option baseUrl is an https URL')
    expect(make({ baseUrl: 'http://app.example/auth', providers: {}, tenant: () => undefined })).toThrow(refused)
  })

  test('judges what is for tenants before there is one', () => {
    const tenants = { providers: {}, tenant: () => undefined }

    expect(make({ ...tenants, verify: 'x' })).toThrow('The option verify')
    expect(make({ ...tenants, afterLoginUrl: 'https://evil.example' })).toThrow('The option afterLoginUrl')
  })

  test('refuses linking that would not ask for a proof', () => {
    expect(make({ linking: { mode: 'report' } })).toThrow(refused)
    expect(make({ linking: { when: () => false } })).toThrow(refused)
    expect(make({ linking: 'yes' })).toThrow(refused)
    expect(make({ thirdPartyLogin: 'yes' })).toThrow(refused)
    expect(make({ providers: {}, tenant: () => undefined, logoutHint: 'no' })).toThrow(refused)
  })

  test('ISS-03 refuses two providers with one issuer', () => {
    expect(make({ providers: { work: WORK, home: WORK } })).toThrow('https://work.example')
  })

  test('refuses places of this application that are none', () => {
    expect(make({ loginUrl: 'https://evil.example' })).toThrow(refused)
    expect(make({ afterLogoutUrl: '//evil.example' })).toThrow(refused)
    expect(make({ afterLoginUrl: 'home' })).toThrow(refused)
  })
})

describe('providers on one Passport instance', () => {
  test('F-24 v5.0.0-10.2.2 with one name are refused, and the fix is named', () => {
    const passport = new Passport()
    createOidc({ ...SINGLE, passport })

    const again = (): unknown => createOidc({ ...SINGLE, callbackUrl: 'https://app.example/two/callback', passport })

    expect(again).toThrow(refused)
    expect(again).toThrow('by the option name')
  })

  test('F-24 v5.0.0-10.2.2 with one callback URL are refused, and the fix is named', () => {
    const passport = new Passport()
    createOidc({ ...SINGLE, passport })

    const again = (): unknown => createOidc({ ...SINGLE, ...HOME, name: 'home', passport })

    expect(again).toThrow(refused)
    expect(again).toThrow('a callbackUrl of its own')
  })

  test('with tenants, the factor may show anything: nobody knows their rules when the application starts', () => {
    const factorWith = (options: object): unknown => {
      const oidc = createOidcProviders({ ...COMPLETE, passport: new Passport(), ...options })
      const { strong, mayShow } = oidc.factor()
      return { strong, mayShow }
    }
    const weak = { work: { ...WORK, assurance: [] } }
    const anything = { strong: true, mayShow: ['phishing_resistant', 'user_verified', 'device_bound'] }

    expect(factorWith({ providers: weak })).toEqual({ strong: false, mayShow: [] })
    expect(factorWith({ providers: {}, tenant: () => undefined })).toEqual(anything)
    expect(factorWith({ providers: weak, tenant: () => undefined })).toEqual(anything)
  })

  test('refuse a name that could not stand in evidence and events', () => {
    expect(() => createOidc({ ...SINGLE, passport: new Passport(), name: 'a'.repeat(65) })).toThrow(refused)
    expect(() => createOidc({ ...SINGLE, passport: new Passport(), name: '' })).toThrow(refused)
  })

  test('of one issuer, with names and callback URLs of their own stand beside each other', () => {
    const passport = new Passport()
    createOidc({ ...SINGLE, passport })

    expect(() =>
      createOidc({ ...SINGLE, name: 'b', callbackUrl: 'https://app.example/b/callback', passport }),
    ).not.toThrow()
    expect(() => createOidcProviders({ ...COMPLETE, passport })).not.toThrow()
  })

  test('do not take the place of others when they are refused for something else', () => {
    const passport = new Passport()
    const wrong = { ...SINGLE, passport, linking: { mode: 'report' } } as const
    expect(() => createOidc(wrong)).toThrow(refused)

    expect(() => createOidc({ ...SINGLE, passport })).not.toThrow()
  })

  test('of another instance are no business of theirs', () => {
    createOidc({ ...SINGLE, passport: new Passport() })

    expect(() => createOidc({ ...SINGLE, passport: new Passport() })).not.toThrow()
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return Reflect.get(Object(error), 'code')
  }
}
