import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDropInWorld } from '../../test/drop-in-world.ts'
import type { FaultName } from '@sallyport/testing'
import type { Case, DropInWorld, Outcome, Side } from '../../test/drop-in-world.ts'

// Each row of the table "Every difference" in MIGRATION.md, by its first cell: what passport-openidconnect does, and ours.

let world: DropInWorld
beforeAll(async () => {
  world = await startDropInWorld()
})
afterAll(() => world.close())

type Done = (error: unknown, user?: unknown, info?: unknown) => void
type Verify = (issuer: string, profile: { readonly id: string }, done: Done) => unknown

const accept: Verify = (_issuer, profile, done) => done(null, { id: profile.id })

async function both(one: Partial<Case>): Promise<readonly [parent: Outcome, ours: Outcome]> {
  world.serve({ verify: accept, ...one })
  return [await world.signIn('parent'), await world.signIn('ours')]
}

/** How both end while the provider misbehaves. */
async function statuses(fault: FaultName, options: object = {}): Promise<readonly number[]> {
  world.provider.fault(fault)
  try {
    return (await both({ options })).map(({ status }) => status)
  } finally {
    world.provider.clear()
  }
}

function taken(options: object): string {
  try {
    world.serve({ verify: accept, options })
    return 'taken'
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'))
  }
}

async function asks(side: Side, one: Partial<Case> = {}): Promise<Record<string, string>> {
  // Pushed, the parameters would not be in the address.
  world.serve({ verify: accept, ...one, options: { pushedRequests: 'never', ...one.options } })
  return world.asks(side)
}

describe('the options', () => {
  test('difference: Endpoints', async () => {
    expect(taken({ authorizationURL: 'https://id.example/auth' })).toBe('ERR_OIDC_OPTION')
    expect((await both({}))[1].status).toBe(200)
  })

  test('F-31 difference: Callback URL', async () => {
    expect(taken({ callbackURL: '/callback' })).toBe('ERR_OIDC_OPTION')
    expect(taken({ callbackURL: `${world.url}/callback?from=here` })).toBe('ERR_OIDC_OPTION')
  })

  test('difference: Parts of the house', async () => {
    expect(taken({ keyring: undefined })).toBe('ERR_OIDC_OPTION')
    expect(taken({ store: { store: () => {}, verify: () => {} } })).toBe('ERR_OIDC_OPTION')
  })

  test('difference: Proof of the client', async () => {
    expect(taken({ clientSecret: undefined })).toBe('ERR_OIDC_OPTION')
  })

  test('difference: Options that do not exist', async () => {
    expect(taken({ clientId: 'x' })).toBe('ERR_OIDC_OPTION')
    expect(taken({ agent: {} })).toBe('ERR_OIDC_OPTION')
  })

  test('difference: Per request', async () => {
    const login = { maxAge: 60, acrValues: 'a', uiLocales: 'de' }

    expect(await asks('parent', { login })).not.toHaveProperty('max_age')
    expect(await asks('ours', { login })).toMatchObject({ max_age: '60', acr_values: 'a', ui_locales: 'de' })
  })
})

describe('the way to the provider', () => {
  test('OIDC-REQ-02 PKCE-02 difference: PKCE and nonce', async () => {
    const [one, other] = [await asks('ours'), await asks('ours')]

    expect(one).toMatchObject({ code_challenge_method: 'S256', nonce: expect.stringMatching(/^[\w-]{43}$/) })
    expect([one['nonce'], one['code_challenge']]).not.toEqual([other['nonce'], other['code_challenge']])
  })

  test('PAR-01 difference: Pushed requests', async () => {
    const asked = await asks('ours', { options: { pushedRequests: undefined } })

    expect(Object.keys(asked).toSorted()).toEqual(['client_id', 'request_uri'])
  })

  test('difference: `maxAge: 0`', async () => {
    expect(await asks('parent', { options: { maxAge: 0 } })).not.toHaveProperty('max_age')
    expect(await asks('ours', { options: { maxAge: 0 } })).toHaveProperty('max_age', '0')
  })

  test('difference: `acrValues` as a list', async () => {
    expect(await asks('ours', { options: { acrValues: ['a', 'b'] } })).toHaveProperty('acr_values', 'a b')
  })

  test('difference: `openid` in `scope`', async () => {
    const options = { scope: 'openid email' }

    expect(await asks('parent', { options })).toHaveProperty('scope', 'openid openid email')
    expect(await asks('ours', { options })).toHaveProperty('scope', 'openid email')
  })

  test('OIDC-REQ-02 difference: Several tabs', async () => {
    world.serve({ verify: accept })
    const statusOfFirst = async (side: Side): Promise<number> => {
      const browser = world.browser()
      await world.signIn(side, browser)
      const first = await browser.get(`/${side}/login`)
      await browser.get(`/${side}/login`)
      const isCallback = (location: string): boolean => location.startsWith(world.url)
      const back = await browser.follow(first, isCallback)
      return (await browser.get(back.location ?? '')).status
    }

    expect([await statusOfFirst('parent'), await statusOfFirst('ours')]).toEqual([403, 200])
  })

  test('difference: `state` of the application', async () => {
    world.serve({ verify: accept, login: { state: 'x'.repeat(600) } })
    const statusOfLogin = async (side: Side): Promise<number> => (await world.browser().get(`/${side}/login`)).status

    expect([await statusOfLogin('parent'), await statusOfLogin('ours')]).toEqual([302, 500])
  })
})

describe('the way back', () => {
  test('F-25 OIDC-REQ-07 difference: Stale and forged answers', async () => {
    const forged = 'error=server_error&error_description=call%20this%20number'
    world.serve({ verify: accept })
    const [parent, ours] = [await world.answer('parent', forged), await world.answer('ours', forged)]

    expect([parent.status, Reflect.get(Object(parent.seen['error']), 'message')]).toEqual([502, 'call this number'])
    expect([ours.status, ours.seen]).toEqual([400, {}])
  })

  test('difference: A person who declines', async () => {
    expect(await statuses('access_denied')).toEqual([401, 403])
  })

  test('OIDC-REQ-05 difference: A provider that refuses', async () => {
    const [parent, ours] = await both({ login: { prompt: 'none' }, callback: { failureRedirect: '/sorry' } })

    // Nobody is signed in there: `login_required`. One round trip, and people are where the application wants them.
    expect([parent.status, Reflect.get(Object(parent.seen['error']), 'code')]).toEqual([500, 'login_required'])
    expect([ours.status, ours.location]).toEqual([302, `${world.url}/sorry`])
    expect(await statuses('server_error')).toEqual([502, 503])
  })

  test('F-24 ISS-01 difference: `iss` of the answer', async () => {
    expect(await statuses('wrong_iss_parameter')).toEqual([200, 403])
  })

  test('difference: A code that is refused', async () => {
    expect(await statuses('token_error')).toEqual([500, 403])
  })

  test('difference: A provider that is down', async () => {
    expect(await statuses('token_unavailable')).toEqual([500, 503])
  })
})

describe('the checks', () => {
  test('F-22 OIDC-IDT-05 difference: Signature', async () => {
    expect(await statuses('bad_signature')).toEqual([200, 403])
    expect(await statuses('wrong_key')).toEqual([200, 403])
  })

  test('F-23 OIDC-IDT-06 difference: Algorithm', async () => {
    expect(await statuses('alg_none')).toEqual([200, 403])
    expect(await statuses('alg_hs256')).toEqual([200, 403])
  })

  test('OIDC-IDT-10 difference: `acr`', async () => {
    expect(await statuses('downgraded_acr', { acrValues: 'urn:example:acr:mfa' })).toEqual([200, 403])
    expect(await statuses('missing_acr', { acrValues: 'urn:example:acr:mfa' })).toEqual([200, 403])
  })

  test("F-40 OIDC-IDT-11 difference: `auth_time` after `maxAge: 0` and `prompt: 'login'`", async () => {
    expect(await statuses('stale_auth_time', { maxAge: 0 })).toEqual([200, 403])
    expect(await statuses('stale_auth_time', { prompt: 'login' })).toEqual([200, 403])
  })

  test('OIDC-IDT-08 difference: `iat`', async () => {
    expect(await statuses('future_iat')).toEqual([200, 403])
    expect(await statuses('stale_iat')).toEqual([200, 403])
  })

  test('OIDC-IDT-12 difference: `at_hash`', async () => {
    expect(await statuses('wrong_at_hash')).toEqual([200, 403])
  })

  test('OIDC-IDT-15 difference: UserInfo of someone else', async () => {
    expect(await statuses('userinfo_other_subject', { skipUserProfile: false })).toEqual([200, 403])
  })
})

describe('the verify callback', () => {
  test('difference: No user', async () => {
    const [parent, ours] = await both({ verify: (...[, , done]: Parameters<Verify>) => done(null, false) })
    const failureMessage = { failureMessage: true, failureRedirect: '/sorry' }

    expect([parent.status, ours.status]).toEqual([401, 403])
    world.serve({ verify: (...[, , done]: Parameters<Verify>) => done(null, false), callback: failureMessage })
    const browser = world.browser()
    await world.signIn('ours', browser)
    expect((await browser.get('/messages')).text).toBe('["The application refused this user."]')
  })

  test('difference: Answers twice', async () => {
    const verify: Verify = (_issuer, _profile, done) => {
      done(null, false)
      throw new RangeError('after the answer')
    }
    const [parent, ours] = await both({ verify })

    // The parent has answered by then, and yet runs the error handler.
    expect([parent.status, parent.seen]).toEqual([401, { error: expect.any(RangeError) }])
    expect([ours.status, ours.seen]).toEqual([403, {}])
  })

  test('difference: Rejects', async () => {
    const error = new RangeError('no')
    const verify: Verify = async (_issuer, _profile, _done) => Promise.reject(error)
    world.serve({ verify })

    const ours = await world.signIn('ours')

    expect([ours.status, ours.seen['error']]).toEqual([500, error])
  })

  test('difference: Error that is none', async () => {
    const [parent, ours] = await both({ verify: (...[, , done]: Parameters<Verify>) => done('no') })

    expect(parent.seen['error']).toBe('no')
    expect(ours.seen['error']).toMatchObject({ code: 'ERR_OIDC_VERIFY_FAILED', cause: 'no' })
  })

  test('difference: `info`', async () => {
    const [parent, ours] = await both({})

    expect(parent.seen['authInfo']).toEqual({})
    expect(ours.seen['authInfo']).toEqual({ oidc: expect.objectContaining({ login: expect.anything() }) })
  })

  test('difference: `params.token_type`', async () => {
    const seen: unknown[] = []
    const verify = (...given: unknown[]): void => {
      seen.push(Reflect.get(Object(given[6]), 'token_type'))
      Reflect.apply(Object(given.at(-1)), undefined, [null, { id: 'u' }])
    }
    Object.defineProperty(verify, 'length', { value: 8 })

    await both({ verify })

    expect(seen).toEqual(['Bearer', 'bearer'])
  })

  test('difference: Claims of an odd type', async () => {
    const seen: unknown[] = []
    const verify: Verify = (_issuer, profile, done) => {
      seen.push(Reflect.get(profile, 'displayName'))
      done(null, { id: 'u' })
    }
    const [ada] = [{ sub: 'ada', password: 'correct horse', name: Object(['Ada']), email: 'ada@example.test' }]
    world.provider.setAccount(ada)

    await both({ verify, options: { scope: 'profile', skipUserProfile: false } })
    world.provider.setAccount({ ...ada, name: 'Ada Example' })

    expect(seen).toEqual([['Ada'], undefined])
  })

  test('difference: `this`', async () => {
    const seen: unknown[] = []
    const verify = function keep(this: unknown, ...[, profile, done]: Parameters<Verify>): void {
      seen.push(typeof this)
      done(null, profile)
    }
    Object.defineProperty(verify, 'length', { value: 3 })

    await both({ verify })

    expect(seen).toEqual(['object', 'undefined'])
  })

  test('difference: `skipUserProfile` that gives a promise', async () => {
    const skip = async (): Promise<boolean> => Promise.resolve(false)
    const asked = (): number => world.provider.requests.filter((path) => path === '/me').length
    world.serve({ verify: accept, options: { skipUserProfile: skip } })
    const before = asked()

    await world.signIn('parent')
    const between = asked()
    await world.signIn('ours')

    expect([between - before, asked() - between]).toEqual([0, 1])
  })
})

describe('the ledger', () => {
  test('difference: Record', async () => {
    const before = world.audit.ofType('oidc.login.failed').length

    await statuses('bad_signature')

    expect(world.audit.ofType('oidc.login.failed').slice(before)).toEqual([
      expect.objectContaining({ input: expect.objectContaining({ reason: 'token_invalid' }) }),
    ])
  })
})

describe('MIGRATION.md', () => {
  test('lists these differences, and no other', () => {
    const page = readFileSync(new URL('../../MIGRATION.md', import.meta.url), 'utf8')
    const [, section = ''] = /^### Every difference\n([^]*?)(?=^##)/m.exec(page) ?? []
    const rows = [...section.matchAll(/^\| ([^|]+?) \|/gm)].map(([, cell]) => cell)
    const tests = [
      ...readFileSync(import.meta.filename, 'utf8').matchAll(/^ {2}test\((['"]).*?\bdifference: (.+)\1,/gm),
    ]

    expect(tests.length).toBeGreaterThan(30)
    expect(rows.filter((cell) => cell !== 'What')).toEqual(tests.map(([, , row]) => row))
  })
})
