import { Router } from 'express'
import { idTokenOf } from '../door.ts'
import { OidcError, isOidcErrorCode } from '../errors.ts'
import { flowRequest } from '../request.ts'
import { answerProblem } from './exchange.ts'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { AuthenticateOptions } from 'passport'
import type { LoginProof } from '../login-proof.ts'
import type { LogoutHint } from '../logout-hint.ts'
import type { Problem } from '../problem-page.ts'
import type { LoginInfo } from '../strategy.ts'
import type { Exchange, RouteParts } from './exchange.ts'

/** What the strategy reads; Passport's own options have to be there for its types. */
interface Step extends AuthenticateOptions {
  readonly step: 'login' | 'callback'
  readonly returnTo?: unknown
  readonly loginHint?: string | undefined
}

/** A sign-in that passed, as Passport hands it on. */
interface SignedIn {
  readonly user: Express.User
  readonly proof: LoginProof
  readonly idToken: string | undefined
}

type Answered = (error: unknown, user: unknown, info: unknown) => void

/** `GET /login`: sends the browser to the provider. */
export function loginRoutes(parts: RouteParts): Router {
  const router = Router()
  router.get('/login', (req, res, next) => {
    startLogin(parts, { req, res, next }, { returnTo: req.query['return_to'] })
  })
  return router
}

/** Sends the browser to the provider to sign in. `returnTo` is judged on the way; `loginHint` is bounded by then. */
export function startLogin(parts: RouteParts, exchange: Exchange, wanted: Pick<Step, 'returnTo' | 'loginHint'>): void {
  authenticate(parts, exchange, { step: 'login', ...wanted })
}

/** Judges the answer to a login and begins the session. */
export function finishLogin(parts: RouteParts): RequestHandler {
  return function finishLoginMiddleware(req: Request, res: Response, next: NextFunction) {
    authenticate(parts, { req, res, next }, { step: 'callback' })
  }
}

function authenticate(parts: RouteParts, exchange: Exchange, options: Step): void {
  const { req, res, next } = exchange
  const answered: Answered = (error, user, info) => {
    // What is ours to repair goes to the application's error handler; what passes by itself is a page.
    if (error instanceof OidcError && error.status === 503) return answerProblem(parts, exchange, error)
    if (error) return next(error)
    if (!isLoginInfo(info) || !isUser(user)) return answerProblem(parts, exchange, refusal(info))
    void finish(parts, exchange, { user, proof: info.oidc, idToken: idTokenOf(info) })
    return undefined
  }
  // One of its own for each request, as Passport itself makes it when it is given a name: it puts its actions on it.
  const strategy: RouteParts['strategy'] = Object.create(parts.strategy)
  parts.passport.authenticate(strategy, options, answered)(req, res, next)
}

async function finish(
  parts: RouteParts,
  { req, res, next }: Exchange,
  { user, proof, idToken }: SignedIn,
): Promise<void> {
  const { secondDoor, flow } = parts
  const { login, succeeded, writes, returnTo } = proof
  try {
    await secondDoor().sessions.start(req, login, { extra: [succeeded], writes, logIn: () => logIn(req, user) })
  } catch (error) {
    await flow.failed(flowRequest(req), new OidcError('ERR_OIDC_SESSION'), {
      lineage: login.lineage,
      flow: login.flow,
    })
    return next(error)
  }
  await parts.signedIn?.()
  await keepHint(parts, req, { lineage: login.lineage, idToken })
  return res.redirect(303, returnTo)
}

/** For a provider that people can be signed out at; at another it would be kept for nothing. */
async function keepHint(
  { flow, hints, issuer, origin, provider }: RouteParts,
  req: Request,
  hint: Pick<LogoutHint, 'lineage' | 'idToken'>,
): Promise<void> {
  const there = await flow.protocol.endSessionUrl(origin).catch(() => undefined)
  if (there !== undefined) await hints.keep(flowRequest(req).cookies, { ...hint, issuer, provider })
}

function logIn(req: Request, user: Express.User): Promise<void> {
  return new Promise((resolve, reject) => {
    req.logIn(user, (error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new OidcError('ERR_OIDC_SESSION', { cause: error })
}

/** What the strategy said of its refusal; a verify callback's own words are the application's business. */
function refusal(info: unknown): Problem {
  const code = typeof info === 'object' && info !== null && 'code' in info ? info.code : undefined
  return new OidcError(isOidcErrorCode(code) ? code : 'ERR_OIDC_USER_REFUSED')
}

function isLoginInfo(info: unknown): info is LoginInfo {
  return typeof info === 'object' && info !== null && 'oidc' in info
}

function isUser(user: unknown): user is Express.User {
  return typeof user === 'object' && user !== null
}
