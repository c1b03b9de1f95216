import { Router } from 'express'
import { idTokenOf } from '../door.ts'
import { OidcError, isOidcErrorCode } from '../errors.ts'
import { member } from '../member.ts'
import { flowRequest } from '../request.ts'
import { answerError } from './exchange.ts'
import { refuseSideways } from './navigation.ts'
import type { Request } from 'express'
import type { AuthenticateOptions } from 'passport'
import type { LoginProof } from '../login-proof.ts'
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

/** What the strategy came to, as Passport hands it on, and where the person wanted to go. */
interface Outcome {
  readonly error: unknown
  readonly user: unknown
  readonly info: unknown
  readonly returnTo: string | undefined
}

/** `GET /login`: sends the browser to the provider. */
export function loginRoutes(parts: RouteParts): Router {
  const router = Router()
  router.get('/login', refuseSideways, (req, res, next) => {
    startLogin(parts, { req, res, next }, { returnTo: req.query['return_to'] })
  })
  return router
}

/** Sends the browser to the provider to sign in. `returnTo` is judged on the way; `loginHint` is bounded by then. */
export function startLogin(parts: RouteParts, exchange: Exchange, wanted: Pick<Step, 'returnTo' | 'loginHint'>): void {
  authenticate(parts, exchange, { step: 'login', ...wanted })
}

/** Judges the answer to a login and begins the session. `returnTo` is where it was to lead to, as far as that is known. */
export function finishLogin(parts: RouteParts, exchange: Exchange, returnTo: string | undefined): void {
  authenticate(parts, exchange, { step: 'callback', returnTo })
}

function authenticate(parts: RouteParts, exchange: Exchange, options: Step): void {
  const { req, res, next } = exchange
  const answered: Answered = (error, user, info) => {
    conclude(parts, exchange, { error, user, info, returnTo: returnToOf(parts, options) }).catch(next)
  }
  // One of its own for each request, as Passport itself makes it when it is given a name: it puts its actions on it.
  const strategy: RouteParts['strategy'] = Object.create(parts.strategy)
  parts.passport.authenticate(strategy, options, answered)(req, res, next)
}

function returnToOf({ flow }: RouteParts, { returnTo }: Step): string | undefined {
  return returnTo === undefined ? undefined : flow.wayBack(returnTo)
}

/** Goes on with what the strategy came to. */
async function conclude(parts: RouteParts, exchange: Exchange, outcome: Outcome): Promise<void> {
  const { error, user, info, returnTo } = outcome
  const failed = (failure: unknown): void => answerError(parts, exchange, { error: failure, returnTo })
  if (error) return failed(error)
  if (!isLoginInfo(info) || !isUser(user)) return failed(refusal(info))
  return await finish(parts, exchange, { user, proof: info.oidc, idToken: idTokenOf(info) }).catch(failed)
}

async function finish(parts: RouteParts, { req, res }: Exchange, { user, proof, idToken }: SignedIn): Promise<void> {
  const { secondDoor, flow } = parts
  const { login, succeeded, writes, returnTo } = proof
  try {
    await secondDoor().sessions.start(req, login, { extra: [succeeded], writes, logIn: () => logIn(req, user) })
  } catch (error) {
    const refused = refusalOf(error)
    const about = { lineage: login.lineage, flow: login.flow }
    await flow.failed(flowRequest(req), refused ?? new OidcError('ERR_OIDC_SESSION'), about)
    throw refused ?? error
  }
  await keepHint(parts, req, { lineage: login.lineage, idToken })
  return res.redirect(303, returnTo)
}

/** What the second door says of a person, and what passes by itself; the rest is trouble of the application's. */
function refusalOf(error: unknown): OidcError | undefined {
  const code = member(error, 'code')
  if (code === 'ERR_ACCOUNT_LOCKED') return new OidcError('ERR_OIDC_LOCKED')
  // With a cause it is trouble; without one, what the session was to begin with has changed since it was looked up.
  const isChange = code === 'ERR_STEP_UP_UNAVAILABLE' && member(error, 'cause') === undefined
  return isChange ? new OidcError('ERR_OIDC_STORE_UNAVAILABLE') : undefined
}

/** For a provider that people can be signed out at; at another it would be kept for nothing. */
async function keepHint(
  { flow, hints, issuer, origin }: RouteParts,
  req: Request,
  { lineage, idToken }: { readonly lineage: string; readonly idToken: string | undefined },
): Promise<void> {
  const there = idToken && (await flow.protocol.endSessionUrl(origin).catch(() => undefined))
  if (idToken && there) await hints.keep(flowRequest(req).cookies, { lineage, issuer, idToken })
}

function logIn(req: Request, user: Express.User): Promise<void> {
  return new Promise((resolve, reject) => {
    req.logIn(user, (error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The session could not be begun.', { cause: error })
}

/** What the strategy said of its refusal; a verify callback's own words are the application's business. */
function refusal(info: unknown): OidcError {
  const code = member(info, 'code')
  return new OidcError(isOidcErrorCode(code) ? code : 'ERR_OIDC_USER_REFUSED')
}

function isLoginInfo(info: unknown): info is LoginInfo {
  return typeof info === 'object' && info !== null && 'oidc' in info
}

function isUser(user: unknown): user is Express.User {
  return typeof user === 'object' && user !== null
}
