// So that whoever compiles this file from elsewhere finds the types of the parent too.
// oxlint-disable-next-line typescript/triple-slash-reference -- an import of it would have to exist at run time
/// <reference path="./passport-openidconnect.d.ts" />
import { contextOf } from '@sallyport/audit/context'
import ParentStrategy from 'passport-openidconnect'
import { OidcError } from './errors.ts'
import { createLoginFlow } from './login-flow.ts'
import { refuseOption } from './option-names.ts'
import { resolveAsk, resolveStrategyOptions } from './strategy-options.ts'
import { captureActions, settle } from './strategy-actions.ts'
import { callVerify, wantsUserInfo } from './verify-callback.ts'
import type { Request } from 'express'
import type { FlowRequest, LoginFlow, Passed } from './login-flow.ts'
import type { LoginProof } from './login-proof.ts'
import type { Asked, Extras } from './protocol/protocol.ts'
import type { Actions, Ending } from './strategy-actions.ts'
import type { AuthenticateOptions, StrategyOptions, StrategyOptionsWithRequest } from './strategy-options.ts'
import type { AnyVerify, UserInfoRule, VerifyFunctions, VerifyFunctionsWithRequest } from './verify-callback.ts'

/** A strategy for `passport.use`; register it and call it by name. */
export interface Strategy {
  readonly name: string
  authenticate(req: Request, options?: AuthenticateOptions): void
}

/** How strategies are made: one overload for each verify callback that passport-openidconnect knows. */
export interface StrategyConstructor {
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
}

interface Parts {
  readonly flow: LoginFlow
  readonly issuer: string
  readonly ask: Asked & Extras
  readonly verify: AnyVerify
  readonly passRequest: boolean
  readonly userInfo: UserInfoRule
}

const MAX_QUERY = 16_384

class OidcStrategy extends ParentStrategy {
  // No #private member: Passport calls methods on objects that only inherit from this one.
  readonly parts: Parts

  constructor(options: StrategyOptions | StrategyOptionsWithRequest, verify: AnyVerify) {
    if (typeof verify !== 'function') refuseOption('Strategy takes a verify callback as its second parameter.')
    const { issuer, ask, ...settings } = resolveStrategyOptions(options)
    // The parent wants addresses of its own; nothing of it that would use them is reachable.
    super({ issuer, authorizationURL: issuer, tokenURL: issuer, clientID: settings.clientId, store: {} }, verify)
    this.name = options.name ?? 'openidconnect'
    const passRequest = options.passReqToCallback === true
    const userInfo = wantsUserInfo(options.skipUserProfile, verify, passRequest)
    this.parts = { flow: createLoginFlow({ ...settings, issuer }), issuer, ask, verify, passRequest, userInfo }
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

/** The flow inside a strategy of ours, for the routes that share it. */
export function flowOf(strategy: Strategy): LoginFlow {
  if (!(strategy instanceof OidcStrategy)) throw new TypeError('flowOf takes a Strategy of this package')
  return strategy.parts.flow
}

async function work(parts: Parts, req: Request, options: AuthenticateOptions): Promise<Ending> {
  const request = flowRequest(req)
  const query = queryOf(req)
  const isCallback = options.step === undefined ? query.has('code') || query.has('error') : options.step === 'callback'
  try {
    if (isCallback) return await finish(parts, req, { request, query })
    const ask = resolveAsk(options, parts.ask)
    const url = await parts.flow.begin(request, { ...ask, returnTo: options.returnTo })
    return { kind: 'redirect', url }
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
  const { completed, proof } = await parts.flow.complete(request, query, userinfo)
  const { lineage, flow } = proof.login
  const material = { issuer: parts.issuer, completed, req: parts.passRequest ? req : undefined }
  try {
    const { user, info } = await callVerify(parts.verify, material)
    if (user) return { kind: 'success', user, info: { ...info, oidc: proof } satisfies LoginInfo }
    const refused = new OidcError('ERR_OIDC_USER_REFUSED')
    await parts.flow.failed(request, refused, { lineage, flow })
    return { kind: 'fail', challenge: info ?? { code: refused.code, message: refused.message }, status: refused.status }
  } catch (error) {
    // The application's own error is handed on as it is; the ledger gets the code only.
    await parts.flow.failed(request, new OidcError('ERR_OIDC_VERIFY_FAILED'), { lineage, flow })
    return { kind: 'error', error }
  }
}

function flowRequest(req: Request): FlowRequest {
  return {
    context: contextOf(req),
    cookies: { header: req.headers.cookie, set: (cookie) => void req.res?.append('Set-Cookie', cookie) },
  }
}

/** The raw query: what a body or a query parser of the application makes of it does not count. */
function queryOf(req: Request): URLSearchParams {
  const at = req.originalUrl.indexOf('?')
  const query = at < 0 ? '' : req.originalUrl.slice(at + 1)
  return new URLSearchParams(query.length > MAX_QUERY ? '' : query)
}
