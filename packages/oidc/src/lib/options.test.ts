import { createMemoryStore } from '@sallyport/store'
import { describe, expect, test } from 'vitest'
import { createFakeAudit, createTestKeyring } from '../../test/world.ts'
import { createOidc } from './create-oidc.ts'
import { dangerouslyAllowInsecureIssuer } from './settings.ts'
import { Strategy } from './strategy.ts'
import type { CreateOidcOptions } from './create-oidc.ts'
import type { StrategyOptions } from './strategy-options.ts'

const store = createMemoryStore()
const nothing = (): never => {
  throw new Error('Not part of these tests')
}
const shared = { keyring: createTestKeyring(), store, audit: createFakeAudit(store) }
const sessions = { current: nothing, hold: nothing, start: nothing, end: nothing, refuse: nothing }
const stepUp = { sessions, answer: nothing, tell: nothing, requireStepUp: nothing }
const passport = { use: () => undefined, authenticate: nothing }
const COMPLETE: CreateOidcOptions = {
  issuer: 'https://id.example',
  clientId: 'client',
  clientSecret: 'secret',
  callbackUrl: 'https://app.example/auth/callback',
  stepUp,
  passport,
  ...shared,
}
const STRATEGY: StrategyOptions = {
  issuer: 'https://id.example',
  clientID: 'client',
  clientSecret: 'secret',
  callbackURL: 'https://app.example/auth/callback',
  ...shared,
}
const refused: unknown = expect.objectContaining({ name: 'OidcError', code: 'ERR_OIDC_OPTION' })

/** Calls `createOidc` as untyped code would. */
const make = (options: object): (() => unknown) => {
  return () => Reflect.apply(createOidc, undefined, [{ ...COMPLETE, passport: { ...passport }, ...options }])
}
const makeStrategy = (options: object, verify: unknown = () => undefined): (() => unknown) => {
  return () => Reflect.construct(Strategy, [{ ...STRATEGY, ...options }, verify])
}

describe('createOidc', () => {
  test('takes its options, and undefined for what may be left out', () => {
    expect(() => createOidc(COMPLETE)).not.toThrow()
    expect(make({ scope: undefined, verify: undefined, clock: undefined, timeoutMs: undefined })).not.toThrow()
  })

  test('refuses an unknown option and names the one that was meant', () => {
    expect(make({ clientID: 'x' })).toThrow(refused)
    expect(make({ clientID: 'x' })).toThrow('did you mean "clientId"?')
  })

  test('refuses an issuer that is none', () => {
    expect(make({ issuer: undefined })).toThrow(refused)
    expect(make({ issuer: 'id.example' })).toThrow(refused)
    expect(make({ issuer: 'https://id.example?x=1' })).toThrow(refused)
    expect(make({ issuer: 'https://u:p@id.example' })).toThrow(refused)
  })

  test('refuses the address of the configuration for an issuer: its check would be skipped', () => {
    expect(make({ issuer: 'https://id.example/.well-known/openid-configuration' })).toThrow(refused)
  })

  test('v5.0.0-12.3.1 refuses an issuer over plain HTTP, unless allowed by name and on this machine', () => {
    expect(make({ issuer: 'http://127.0.0.1:4000' })).toThrow(refused)
    expect(make({ issuer: 'http://127.0.0.1:4000', [dangerouslyAllowInsecureIssuer]: true })).not.toThrow()
    expect(make({ issuer: 'http://[::1]:4000', [dangerouslyAllowInsecureIssuer]: true })).not.toThrow()
    expect(make({ issuer: 'http://id.example', [dangerouslyAllowInsecureIssuer]: true })).toThrow(refused)
    expect(make({ issuer: 'http://127.0.0.1.evil.example', [dangerouslyAllowInsecureIssuer]: true })).toThrow(refused)
  })

  test('refuses a switch that is neither on nor off', () => {
    expect(make({ logoutHint: 'never' })).toThrow(refused)
    expect(make({ logoutHint: false })).not.toThrow()
    expect(make({ logoutHint: undefined })).not.toThrow()
  })

  test('refuses a callback URL that is relative, has a query, or is not plain', () => {
    expect(make({ callbackUrl: '/auth/callback' })).toThrow(refused)
    expect(make({ callbackUrl: 'https://app.example/auth/callback?x=1' })).toThrow(refused)
    expect(make({ callbackUrl: 'https://APP.example/auth/callback' })).toThrow('"https://app.example/auth/callback"')
    expect(make({ callbackUrl: 'http://app.example/auth/callback' })).toThrow(refused)
    expect(make({ callbackUrl: 'https://app.example/auth/back' })).toThrow(refused)
  })

  test('v5.0.0-6.3.2 refuses missing parts', () => {
    const parts = ['keyring', 'store', 'audit', 'sessions', 'clientId', 'clientSecret']

    expect(parts.filter((name) => !throws(make({ [name]: undefined })))).toEqual([])
  })

  test('F-23 v5.0.0-11.6.1 refuses algorithms that are none of ours', () => {
    expect(make({ algorithms: ['none'] })).toThrow(refused)
    expect(make({ algorithms: ['HS256'] })).toThrow(refused)
    expect(make({ algorithms: [] })).toThrow(refused)
  })

  test('F-30 refuses places to go that are not of this application', () => {
    expect(make({ afterLoginUrl: 'https://evil.example' })).toThrow(refused)
    expect(make({ afterLogoutUrl: '//evil.example' })).toThrow(refused)
    expect(make({ loginUrl: '/\\evil.example' })).toThrow(refused)
  })

  test('refuses a verify callback that is none, and a name that is none', () => {
    expect(make({ verify: 'x' })).toThrow('The option verify')
    expect(make({ name: 5 })).toThrow('The option name')
    expect(make({ name: '' })).toThrow(refused)
  })

  test('calls an option by the name that it was given under', () => {
    expect(make({ afterLoginUrl: 'https://evil.example' })).toThrow('The option afterLoginUrl ')
    expect(make({ callbackUrl: 'http://app.example/auth/callback' })).toThrow('The option callbackUrl ')
    expect(make({ clientId: 7 })).toThrow('The option clientId ')
    expect(make({ clientSecret: '' })).toThrow('The option clientSecret ')
    expect(makeStrategy({ afterLoginURL: 'https://evil.example' })).toThrow('The option afterLoginURL ')
    expect(makeStrategy({ callbackURL: '/callback' })).toThrow('The option callbackURL ')
    expect(makeStrategy({ clientID: '' })).toThrow('The option clientID ')
  })

  test('refuses a time limit out of bounds', () => {
    expect(make({ timeoutMs: 0 })).toThrow(refused)
    expect(make({ timeoutMs: 60_001 })).toThrow(refused)
    expect(make({ timeoutMs: Number.NaN })).toThrow(refused)
  })

  test('refuses a wish to the provider that cannot be', () => {
    expect(make({ maxAge: -1 })).toThrow(refused)
    expect(make({ maxAge: Number.NaN })).toThrow(refused)
    expect(make({ prompt: 'please' })).toThrow(refused)
    expect(make({ acrValues: ['two words'] })).toThrow(refused)
    expect(make({ acrValues: ['a'.repeat(255), 'b'.repeat(255), 'c'] })).toThrow(refused)
    expect(makeStrategy({ loginHint: 'a'.repeat(257) })).toThrow(refused)
  })

  test('refuses further parameters that are sent or judged already', () => {
    expect(make({ authorizationParams: { kc_idp_hint: 'github' } })).not.toThrow()
    expect(make({ authorizationParams: { state: 'mine' } })).toThrow(refused)
    expect(makeStrategy({ authorizationParams: { hd: 'shop.example' } })).not.toThrow()
    expect(makeStrategy({ authorizationParams: { Redirect_URI: 'https://evil.example' } })).toThrow(refused)
  })

  test('v5.0.0-16.5.1 says nothing of the secret in what it throws', () => {
    expect(messageOf(make({ clientSecret: 'hunter2', maxAge: -1 }))).not.toContain('hunter2')
  })
})

describe('Strategy', () => {
  test('takes what passport-openidconnect takes, but for what is discovered or always on', () => {
    expect(
      makeStrategy({ scope: 'profile email', maxAge: 60, loginHint: 'ada', passReqToCallback: true }),
    ).not.toThrow()
    expect(makeStrategy({ authorizationURL: 'https://id.example/auth' })).toThrow('discovered')
    expect(makeStrategy({ nonce: true })).toThrow(refused)
    expect(makeStrategy({ responseMode: 'form_post' })).toThrow(refused)
  })

  test('refuses to be made without a verify callback', () => {
    expect(makeStrategy({}, null)).toThrow(refused)
  })

  test('goes by the same name as its parent unless told otherwise', () => {
    const verify = (): void => undefined

    expect(new Strategy(STRATEGY, verify).name).toBe('openidconnect')
    expect(new Strategy({ ...STRATEGY, name: 'staff' }, verify).name).toBe('staff')
  })
})

function throws(action: () => unknown): boolean {
  return messageOf(action) !== undefined
}

function messageOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return String(error)
  }
}
