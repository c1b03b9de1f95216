// So that whoever compiles this file from elsewhere finds the types of the parent too.
// oxlint-disable-next-line typescript/triple-slash-reference -- an import of it would have to exist at run time
/// <reference path="./passport-openidconnect.d.ts" />
import ParentStrategy from 'passport-openidconnect'
import { OidcError } from './errors.ts'
import { createLoginFlow } from './login-flow.ts'
import { refuseOption } from './option-names.ts'
import { flowRequest, queryOf } from './request.ts'
import { checkRouteOptions, formatAppState, resolveAsk, resolveStrategyOptions } from './strategy-options.ts'
import { captureActions, settle } from './strategy-actions.ts'
import { callVerify, wantsUserInfo } from './verify-callback.ts'
import type { Request } from 'express'
import type { AssuranceRule } from './assurance.ts'
import type { FlowRequest, LoginFlow, Passed } from './login-flow.ts'
import type { LoginProof } from './login-proof.ts'
import type { Asked, Extras } from './protocol/protocol.ts'
import type { Actions, Ending } from './strategy-actions.ts'
import type { AuthenticateOptions, StrategyOptions, StrategyOptionsWithRequest } from './strategy-options.ts'
import type {
  AnyVerify,
  UserInfoRule,
  Verdict,
  VerifyFunctions,
  VerifyFunctionsWithRequest,
} from './verify-callback.ts'

/** A strategy for `passport.use`; register it and call it by name. */
export interface Strategy {
  readonly name: string
  authenticate(req: Request, options?: AuthenticateOptions): void
}

/** How strategies are made: one overload for each verify callback that passport-openidconnect knows. */
interface StrategyConstructor {
  new (options: StrategyOptions, verify: VerifyFunctions[3]): Strategy
  new (options: StrategyOptions, verify: VerifyFunctions[4]): Strategy
  new (options: StrategyOptions, verify: VerifyFunctions[5]): Strategy
  new (options: StrategyOptions, verify: VerifyFunctions[7]): Strategy
  new (options: StrategyOptions, verify: VerifyFunctions[8]): Strategy
  new (options: StrategyOptions, verify: VerifyFunctions[9]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[4]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[5]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[6]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[8]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[9]): Strategy
  new (options: StrategyOptionsWithRequest, verify: VerifyFunctionsWithRequest[10]): Strategy
}

/** What Passport passes on as `info` (and `req.authInfo`) after a login; `oidc` is what a session is begun with. */
export interface LoginInfo {
  readonly oidc: LoginProof
  /** What `passport.authenticate` was given as `state` when this sign-in began. */
  readonly state?: unknown
}

interface Parts extends Inside {
  readonly judge: Judge
  readonly userInfo: UserInfoRule
  /** 302 as ever in Passport; 303 as all routes of this package. */
  readonly redirect: 302 | 303
}

/** What the routes share with the strategy that they are made around. */
interface Inside {
  readonly flow: LoginFlow
  /** What is asked of the provider, as it was configured. */
  readonly ask: Asked & Extras
  /** What the provider's claims are worth, checked. */
  readonly assurance: readonly AssuranceRule[]
}

/** What only the routes of this package tell a strategy. */
interface Within {
  readonly judge: Judge
  /** The provider's name, where it is not the strategy's. */
  readonly provider?: string | undefined
  /** Further paths to which nobody is returned. */
  readonly ownPaths: readonly string[]
}

/** Says who a person is for the application whose sign-in passed, or that they may not use it. */
export type Judge = (req: Request, passed: Passed) => Promise<Verdict>

class OidcStrategy extends ParentStrategy {
  // No #private member: Passport calls methods on objects that only inherit from this one.
  readonly parts: Parts

  constructor(options: StrategyOptions | StrategyOptionsWithRequest, verify: AnyVerify, within?: Within) {
    if (typeof verify !== 'function') refuseOption('Strategy takes a verify callback as its second parameter.')
    const { name = 'openidconnect' } = options
    const { issuer, ask, ...settings } = resolveStrategyOptions(options, within?.provider ?? name)
    // The parent wants addresses of its own; nothing of it that would use them is reachable.
    super({ issuer, authorizationURL: issuer, tokenURL: issuer, clientID: settings.clientId, store: {} }, verify)
    this.name = name
    const passRequest = Boolean(options.passReqToCallback)
    const userInfo = wantsUserInfo(options.skipUserProfile, verify, passRequest)
    const byArity: Judge = (req, { completed }) =>
      callVerify(verify, { issuer, completed, req: passRequest ? req : undefined })
    const ownPaths = [...settings.ownPaths, ...(within?.ownPaths ?? [])]
    const flow = createLoginFlow({ ...settings, issuer, ownPaths })
    const redirect = within === undefined ? 302 : 303
    this.parts = { flow, ask, assurance: settings.assurance, judge: within?.judge ?? byArity, userInfo, redirect }
    refuseOverride(this)
  }

  // The whole of the parent's: what it leaves out is the protocol's safety. Synchronous, because nobody awaits it.
  override authenticate(this: OidcStrategy & Actions, req: Request, options: AuthenticateOptions = {}): void {
    settle(work(this.parts, req, options), captureActions(this))
  }
}

/**
 * Passport strategy for one OpenID Connect provider: passport-openidconnect's `Strategy`, with the same verify callbacks.
 *
 * Unlike its parent it always discovers the endpoints, verifies the ID token's signature, uses PKCE and a nonce, checks
 * `iss`, `acr` and the age of the sign-in, and keeps no state in the session. A refusal is Passport's `fail` with
 * `{ code }` and status 400 or 403; a provider that cannot be used is its `error` with an `OidcError` of status 503.
 *
 * @throws OidcError `ERR_OIDC_OPTION` at construction.
 * @see OpenID Connect Core 1.0 §3.1; RFC 9700
 */
export const Strategy: StrategyConstructor = OidcStrategy

/** Makes a strategy whose user is found by `judge`, who is told of the whole sign-in, in place of a verify callback. */
export function createStrategy(options: StrategyOptions, within: Within): Strategy {
  return new OidcStrategy(options, () => undefined, within)
}

/** What is inside of a strategy of ours. */
export function insideOf(strategy: Strategy): Inside {
  if (!(strategy instanceof OidcStrategy)) throw new TypeError('Not a Strategy of this package')
  return strategy.parts
}

/** Parameters that a subclass adds would go unseen by the checks, so nothing asks for them: that is not kept quiet. */
function refuseOverride(strategy: ParentStrategy): void {
  if (strategy.authorizationParams === ParentStrategy.prototype.authorizationParams) return
  refuseOption(
    'The method authorizationParams is not asked: give the parameters as the option authorizationParams, which is judged.',
  )
}

async function work(parts: Parts, req: Request, options: AuthenticateOptions): Promise<Ending> {
  const request = flowRequest(req)
  const query = queryOf(req)
  const isCallback = options.step === undefined ? query.has('code') || query.has('error') : options.step === 'callback'
  try {
    if (isCallback) return await finish(parts, req, { request, query })
    checkRouteOptions(options)
    const ask = resolveAsk(options, parts.ask)
    const appState = formatAppState(options.state)
    const url = await parts.flow.begin(request, { ...ask, returnTo: options.returnTo, appState })
    return { kind: 'redirect', url, status: parts.redirect }
  } catch (error) {
    if (!(error instanceof OidcError) || error.status >= 500) return { kind: 'error', error }
    return { kind: 'fail', challenge: { code: error.code, message: error.message }, status: error.status }
  }
}

async function finish(
  parts: Parts,
  req: Request,
  { request, query }: { readonly request: FlowRequest; readonly query: URLSearchParams },
): Promise<Ending> {
  const userinfo = (claims: Passed['completed']['claims']): Promise<boolean> =>
    parts.userInfo(req, claims).catch((cause: unknown) => {
      throw new OidcError('ERR_OIDC_VERIFY_FAILED', { cause })
    })
  const passed = await parts.flow.complete(request, query, { purpose: 'login', userinfo })
  const { transaction, proof } = passed
  const { lineage, flow } = proof.login
  try {
    const { user, info } = await parts.judge(req, passed)
    if (user) return { kind: 'success', user, info: describe(info, proof, transaction.appState) }
    const refused = new OidcError('ERR_OIDC_USER_REFUSED')
    await parts.flow.failed(request, refused, { lineage, flow })
    return { kind: 'fail', challenge: info ?? { code: refused.code, message: refused.message }, status: refused.status }
  } catch (error) {
    // The application's own error is handed on as it is; the ledger gets the code only.
    await parts.flow.failed(request, new OidcError('ERR_OIDC_VERIFY_FAILED'), { lineage, flow })
    return { kind: 'error', error }
  }
}

function describe(info: object | undefined, proof: LoginProof, appState: string | undefined): LoginInfo {
  return { ...info, ...(appState === undefined ? {} : { state: JSON.parse(appState) }), oidc: proof }
}
