import ParentStrategy from 'passport-openidconnect'
import { describe, expect, test } from 'vitest'
import { callVerify, wantsUserInfo } from './verify-callback.ts'
import type { Request } from 'express'
import type { AnyVerify, VerifyFunctions, VerifyMaterial } from './verify-callback.ts'

const ISSUER = 'https://id.example'
const CLAIMS = {
  iss: ISSUER,
  sub: 'ada',
  aud: 'client',
  exp: 4_102_444_800,
  iat: 1_700_000_000,
  auth_time: 1_700_000_000,
  acr: 'level-2',
  amr: ['pwd', 'otp'],
  name: 'Ada of the token',
  given_name: 'Ada',
}
const USERINFO = {
  sub: 'ada',
  name: 'Ada of UserInfo',
  preferred_username: 'ada1',
  email: 'ada@example.test',
  family_name: 'E',
}
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const ID_TOKEN = `${encode({ alg: 'RS256' })}.${encode(CLAIMS)}.c2ln`
// The parent's library takes the refresh token out of the answer.
const PARAMS = { id_token: ID_TOKEN, token_type: 'bearer', access_token: 'access' }
const ANSWER = { ...PARAMS, refresh_token: 'refresh' }
const REQ = Object.create(null)
Object.assign(REQ, { query: { code: 'code', state: 'state' } })

const asRequest = (value: unknown): Request => Object(value)

/** A verify callback that declares this many parameters and keeps what it was given. */
function recorder(arity: number): { readonly verify: AnyVerify; readonly calls: unknown[][] } {
  const calls: unknown[][] = []
  const verify = (...given: unknown[]): void => {
    calls.push(given)
    const done = given.at(-1)
    if (typeof done === 'function') Reflect.apply(done, undefined, [null, { id: 'u' }])
  }
  Object.defineProperty(verify, 'length', { value: arity })
  return { verify, calls }
}

/** What passport-openidconnect itself gives a callback of this arity, its network replaced. */
async function parentArguments(arity: number, passReqToCallback: boolean): Promise<unknown[]> {
  const { verify, calls } = recorder(arity)
  const parent = new ParentStrategy(
    {
      issuer: ISSUER,
      authorizationURL: ISSUER,
      tokenURL: ISSUER,
      userInfoURL: ISSUER,
      clientID: 'client',
      clientSecret: 'secret',
      passReqToCallback,
      store: { verify: (_req: unknown, _state: unknown, done: (e: null, ctx: object) => void) => done(null, {}) },
    },
    verify,
  )
  const oauth: object = Reflect.get(parent, '_oauth2')
  type Token = (...given: [error: null, access: string, refresh: string, params: object]) => void
  Object.assign(oauth, {
    getOAuthAccessToken: (_code: string, _params: object, done: Token) => done(null, 'access', 'refresh', PARAMS),
    get: (_url: string, _token: string, done: (e: null, body: string) => void) => done(null, JSON.stringify(USERINFO)),
  })
  await new Promise<void>((resolve, reject) => {
    const actions = { success: () => resolve(), error: reject, fail: reject, redirect: reject }
    Object.assign(parent, actions).authenticate(REQ, {})
  })
  return comparable(calls[0] ?? [])
}

async function ourArguments(arity: number, passRequest: boolean): Promise<unknown[]> {
  const { verify, calls } = recorder(arity)
  const asked = await wantsUserInfo(undefined, verify, passRequest)(asRequest(REQ), CLAIMS)
  const tokens = { idToken: ID_TOKEN, accessToken: 'access', refreshToken: 'refresh', parameters: ANSWER }
  const completed = { claims: CLAIMS, userinfo: asked ? USERINFO : undefined, ...tokens }
  const material: VerifyMaterial = { issuer: ISSUER, completed, req: passRequest ? asRequest(REQ) : undefined }
  await callVerify(verify, material)
  return comparable(calls[0] ?? [])
}

/** The request by identity, `done` by being a function, the rest by value. */
function comparable(given: unknown[]): unknown[] {
  return given.map((one) => (one === REQ ? 'the request' : typeof one === 'function' ? 'done' : structuredClone(one)))
}

describe('callVerify gives the same arguments as passport-openidconnect to a callback', () => {
  test('of 3: issuer, profile', async () => {
    const ours = await ourArguments(3, false)

    expect(ours).toHaveLength(3)
    expect(ours).toEqual(await parentArguments(3, false))
  })

  test('of 4: and the context', async () => {
    const ours = await ourArguments(4, false)

    expect(ours).toHaveLength(4)
    expect(ours).toEqual(await parentArguments(4, false))
  })

  test('of 5: and the ID token', async () => {
    const ours = await ourArguments(5, false)

    expect(ours).toHaveLength(5)
    expect(ours).toEqual(await parentArguments(5, false))
  })

  test('of 7: and the access and refresh tokens', async () => {
    const ours = await ourArguments(7, false)

    expect(ours).toHaveLength(7)
    expect(ours).toEqual(await parentArguments(7, false))
  })

  test('of 8: and the token response', async () => {
    const ours = await ourArguments(8, false)

    expect(ours).toHaveLength(8)
    expect(ours).toEqual(await parentArguments(8, false))
  })

  test('of 9: with UserInfo’s profile and the ID token’s apart', async () => {
    const ours = await ourArguments(9, false)

    expect(ours).toHaveLength(9)
    expect(ours).toEqual(await parentArguments(9, false))
  })

  test('of 4 with the request: issuer, profile', async () => {
    const ours = await ourArguments(4, true)

    expect(ours).toHaveLength(4)
    expect(ours).toEqual(await parentArguments(4, true))
  })

  test('of 5 with the request: and the context', async () => {
    const ours = await ourArguments(5, true)

    expect(ours).toHaveLength(5)
    expect(ours).toEqual(await parentArguments(5, true))
  })

  test('of 6 with the request: and the ID token', async () => {
    const ours = await ourArguments(6, true)

    expect(ours).toHaveLength(6)
    expect(ours).toEqual(await parentArguments(6, true))
  })

  test('of 8 with the request: and the access and refresh tokens', async () => {
    const ours = await ourArguments(8, true)

    expect(ours).toHaveLength(8)
    expect(ours).toEqual(await parentArguments(8, true))
  })

  test('of 9 with the request: and the token response', async () => {
    const ours = await ourArguments(9, true)

    expect(ours).toHaveLength(9)
    expect(ours).toEqual(await parentArguments(9, true))
  })

  test('of 10 with the request: with UserInfo’s profile and the ID token’s apart', async () => {
    const ours = await ourArguments(10, true)

    expect(ours).toHaveLength(10)
    expect(ours).toEqual(await parentArguments(10, true))
  })
})

describe('callVerify', () => {
  const material: VerifyMaterial = {
    issuer: ISSUER,
    completed: {
      claims: CLAIMS,
      userinfo: undefined,
      idToken: '',
      accessToken: '',
      refreshToken: undefined,
      parameters: {},
    },
  }

  test('calls a callback that throws once, and rejects with its error', async () => {
    let calls = 0
    const verify: VerifyFunctions[3] = () => {
      calls += 1
      throw new RangeError('no')
    }

    await expect(callVerify(verify, material)).rejects.toThrow(RangeError)
    expect(calls).toBe(1)
  })

  test('rejects when an async callback rejects without calling done', async () => {
    const verify: AnyVerify = async () => Promise.reject(new RangeError('no'))

    await expect(callVerify(verify, material)).rejects.toThrow(RangeError)
  })

  test('keeps the first answer', async () => {
    const verify = (_issuer: string, _profile: object, done: (error: null, user?: object | false) => void): void => {
      done(null, { id: 'first' })
      done(null, false)
    }

    expect(await callVerify(verify, material)).toMatchObject({ user: { id: 'first' } })
  })

  test('takes false, null and nothing for no user', async () => {
    const answer = (user?: false | null): AnyVerify => {
      return (_issuer: string, _profile: object, done: (error: null, user?: false | null) => void) => done(null, user)
    }

    const verdicts = [answer(false), answer(null), answer()].map((verify) => callVerify(verify, material))

    expect((await Promise.all(verdicts)).map(({ user }) => user)).toEqual([undefined, undefined, undefined])
  })

  test('gives what the callback says beside a user; text as the message it is', async () => {
    const verify = (_issuer: string, _profile: object, done: (error: null, user: object, info: string) => void): void =>
      done(null, { id: 'first' }, 'Welcome')

    expect(await callVerify(Object(verify), material)).toMatchObject({ info: { message: 'Welcome' } })
  })

  test('gives what is no error in the place of the error as the cause of one', async () => {
    const verify = (_issuer: string, _profile: object, done: (error: string) => void): void => done('no')

    await expect(callVerify(verify, material)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_OIDC_VERIFY_FAILED' }),
    )
  })
})

describe('wantsUserInfo', () => {
  const { verify } = recorder(3)
  const ask = (skip: Parameters<typeof wantsUserInfo>[0]): Promise<boolean> =>
    wantsUserInfo(skip, verify, false)(asRequest(REQ), CLAIMS)

  test('obeys a constant', async () => {
    expect([await ask(true), await ask(false)]).toEqual([false, true])
  })

  test('obeys a function of request and claims', async () => {
    const skip = (_req: Request, claims: { readonly sub: string }): boolean => claims.sub === 'ada'

    expect(await ask(skip)).toBe(false)
  })

  test('obeys a function that answers through its third parameter', async () => {
    expect(await ask((_req, _claims, done) => done(null, false))).toBe(true)
  })

  test('takes any value for what it is worth, as passport-openidconnect does', async () => {
    expect([await ask(Object('yes')), await ask((_req, _claims, done) => done(null, Object(1)))]).toEqual([
      false,
      false,
    ])
  })

  test('waits for a function that gives a promise', async () => {
    const skip = async (): Promise<boolean> => Promise.resolve(false)

    expect(await ask(Object(skip))).toBe(true)
  })

  test('rejects when a function with a third parameter rejects instead of using it', async () => {
    const skip = async (_req: Request, _claims: object, _done: object): Promise<void> =>
      Promise.reject(new RangeError('no'))

    await expect(ask(skip)).rejects.toThrow(RangeError)
  })

  test('rejects when such a function fails', async () => {
    const failing = ask((_req, _claims, done) => done(new RangeError('no')))

    await expect(failing).rejects.toThrow(RangeError)
  })
})
