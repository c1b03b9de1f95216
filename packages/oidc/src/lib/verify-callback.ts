import { OidcError } from './errors.ts'
import { parseContext, parseProfile } from './profile.ts'
import type { Request } from 'express'
import type { AuthContext, Profile } from './profile.ts'
import type { Completed } from './protocol/protocol.ts'

/** How a verify callback answers: with an error, with a user, or with `false` and what to say. */
export type VerifyDone = (error?: unknown, user?: Express.User | false | null, info?: object) => void

type Refresh = string | undefined
type Params = Readonly<Record<string, unknown>>
type Short = [issuer: string, profile: Profile]
type WithContext = [...Short, context: AuthContext]
type WithToken = [...WithContext, idToken: string]
type WithTokens = [...WithToken, accessToken: string, refreshToken: Refresh]
type WithParams = [...WithTokens, params: Params]
type Long = [
  issuer: string,
  uiProfile: Profile | undefined,
  idProfile: Profile,
  context: AuthContext,
  idToken: string,
  accessToken: string,
  refreshToken: Refresh,
  params: Params,
]
type Call<Given extends readonly unknown[]> = (...given: [...Given, done: VerifyDone]) => unknown
type CallWithRequest<Given extends readonly unknown[]> = Call<[req: Request, ...Given]>

/** The verify callbacks without the request, by how many parameters they declare. */
export interface VerifyFunctions {
  readonly 3: Call<Short>
  readonly 4: Call<WithContext>
  readonly 5: Call<WithToken>
  readonly 7: Call<WithTokens>
  readonly 8: Call<WithParams>
  readonly 9: Call<Long>
}

/** The verify callbacks with the request in front (`passReqToCallback`), by how many parameters they declare. */
export interface VerifyFunctionsWithRequest {
  readonly 4: CallWithRequest<Short>
  readonly 5: CallWithRequest<WithContext>
  readonly 6: CallWithRequest<WithToken>
  readonly 8: CallWithRequest<WithTokens>
  readonly 9: CallWithRequest<WithParams>
  readonly 10: CallWithRequest<Long>
}

/** A verify callback without the request. */
export type VerifyFunction = VerifyFunctions[keyof VerifyFunctions]

/** A verify callback with the request in front. */
export type VerifyFunctionWithRequest = VerifyFunctionsWithRequest[keyof VerifyFunctionsWithRequest]

/** A verify callback of either kind. */
export type AnyVerify = VerifyFunction | VerifyFunctionWithRequest

/** What a verify callback is called with. */
export interface VerifyMaterial {
  readonly issuer: string
  readonly completed: Pick<Completed, 'claims' | 'userinfo' | 'idToken' | 'accessToken' | 'refreshToken' | 'parameters'>
  /** Set when the request comes first. */
  readonly req?: Request | undefined
}

/** What a verify callback answered. */
export interface Verdict {
  readonly user: Express.User | undefined
  readonly info: object | undefined
}

/**
 * Calls a verify callback once, with the arguments that its number of parameters asks for, as passport-openidconnect does.
 *
 * @param verify The application's callback.
 * @param material What passed every check.
 * @returns Its first answer; later ones are ignored.
 * @throws Whatever it throws, rejects with, or gives as an error.
 */
export function callVerify(verify: AnyVerify, material: VerifyMaterial): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const done: VerifyDone = (error, user, info) => {
      // As ever in this family of callbacks, any truthy first argument is an error.
      if (error) reject(asError(error))
      else resolve(user ? { user, info: asInfo(info) } : { user: undefined, info })
    }
    const returned: unknown = Reflect.apply(verify, undefined, verifyArguments(verify.length, material, done))
    // An async callback that rejects never calls `done`: without this the request would hang.
    Promise.resolve(returned).catch(reject)
  })
}

/**
 * Tells whether UserInfo is asked: always and never when the option says so, else only for the callback that takes it
 * apart from the ID token's profile.
 */
export function wantsUserInfo(
  skip: SkipUserProfile | undefined,
  verify: AnyVerify,
  passRequest: boolean,
): UserInfoRule {
  if (skip === undefined) {
    const wanted = verify.length >= (passRequest ? 10 : 9)
    return async () => wanted
  }
  if (typeof skip !== 'function') return async () => !skip
  return async (req, claims) => !(await askSkip(skip, req, claims))
}

/** Decides for one request, after the ID token has passed. */
export type UserInfoRule = (req: Request, claims: Completed['claims']) => Promise<boolean>

/** The `skipUserProfile` option: a constant, a function, or one that answers through its third parameter. */
export type SkipUserProfile =
  | boolean
  | ((req: Request, claims: Completed['claims']) => boolean | Promise<boolean>)
  | ((req: Request, claims: Completed['claims'], done: (error: unknown, skip?: boolean) => void) => void)

function askSkip(skip: Exclude<SkipUserProfile, boolean>, req: Request, claims: Completed['claims']): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, answer?: boolean): void => {
      if (error) reject(asError(error))
      else resolve(Boolean(answer))
    }
    const answer: unknown = Reflect.apply(skip, undefined, [req, claims, done])
    // One that gives a promise means what it resolves to; one that rejects must not leave the request hanging.
    if (skip.length <= 2) resolve(Promise.resolve(answer).then(Boolean))
    else Promise.resolve(answer).catch(reject)
  })
}

/** Text is what Passport takes for a message, alone or in an object; more is added to this one. */
function asInfo(info: unknown): object | undefined {
  if (typeof info === 'string') return { message: info }
  return typeof info === 'object' && info !== null ? info : undefined
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new OidcError('ERR_OIDC_VERIFY_FAILED', { cause: error })
}

function verifyArguments(arity: number, material: VerifyMaterial, done: VerifyDone): readonly unknown[] {
  const { completed, issuer, req } = material
  const { idToken, accessToken, refreshToken, userinfo } = completed
  const { refresh_token: _, ...parameters } = completed.parameters
  const idProfile = parseProfile(completed.claims)
  const uiProfile = userinfo && parseProfile(userinfo)
  const profile = { ...idProfile, ...uiProfile }
  const context = parseContext(completed.claims)
  const tokens = [idToken, accessToken, refreshToken]
  const front = req === undefined ? [] : [req]
  switch (arity - front.length) {
    case 9: {
      const whole = uiProfile && { ...uiProfile, _raw: JSON.stringify(userinfo), _json: userinfo }
      return [...front, issuer, whole, idProfile, context, ...tokens, parameters, done]
    }
    case 8:
      return [...front, issuer, profile, context, ...tokens, parameters, done]
    case 7:
      return [...front, issuer, profile, context, ...tokens, done]
    case 5:
      return [...front, issuer, profile, context, idToken, done]
    case 4:
      return [...front, issuer, profile, context, done]
    default:
      return [...front, issuer, profile, done]
  }
}
