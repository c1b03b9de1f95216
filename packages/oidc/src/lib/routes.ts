import { event } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import { Router } from 'express'
import { OidcError, isOidcErrorCode } from './errors.ts'
import { sendProblem } from './problem-page.ts'
import { isSameOrigin } from './same-origin.ts'
import { flowOf } from './strategy.ts'
import type { Sessions } from '@sallyport/step-up'
import type { NextFunction, Request, RequestHandler, Response } from 'express'
import type { AuthenticateOptions, Authenticator } from 'passport'
import type { LoginProof } from './login-proof.ts'
import type { Problem } from './problem-page.ts'
import type { LoginInfo, Strategy } from './strategy.ts'

/** What the routes are made from. */
export interface RouteParts {
  readonly strategy: Strategy
  readonly passport: Pick<Authenticator, 'authenticate'>
  readonly sessions: Pick<Sessions, 'current' | 'start' | 'end'>
  readonly issuer: string
  /** The application's own origin. */
  readonly origin: string
  readonly afterLogoutPath: string
  /** Where a person starts over; by default the login route. */
  readonly loginUrl: string | undefined
}

interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

/** What the strategy reads; Passport's own options have to be there for its types. */
interface Step extends AuthenticateOptions {
  readonly step: 'login' | 'callback'
  readonly returnTo?: unknown
}

type Answered = (error: unknown, user: unknown, info: unknown) => void

/** Makes `GET /login`, `GET /callback` and `POST /logout`. */
export function createRoutes(parts: RouteParts): Router {
  const router = Router()
  router.use(noStore)
  router.get('/login', (req, res, next) => {
    const options = { step: 'login', returnTo: req.query['return_to'] } as const
    authenticate(parts, { req, res, next }, options)
  })
  router.get('/callback', (req, res, next) => authenticate(parts, { req, res, next }, { step: 'callback' }))
  router.post('/logout', async (req, res) => logout(parts, req, res))
  return router
}

const noStore: RequestHandler = (_, res, next) => {
  // The callback's address carries a code: nobody is told of it.
  res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
  next()
}

function authenticate(parts: RouteParts, exchange: Exchange, options: Step): void {
  const { req, res, next } = exchange
  const answered: Answered = (error, user, info) => {
    // What is ours to repair goes to the application's error handler; what passes by itself is a page.
    if (error instanceof OidcError && error.status === 503) return problem(parts, exchange, error)
    if (error) return next(error)
    if (!isLoginInfo(info) || !isUser(user)) return problem(parts, exchange, refusal(info))
    void finish(parts, exchange, { user, proof: info.oidc })
    return undefined
  }
  // By name: given the object, Passport would share it between requests.
  parts.passport.authenticate(parts.strategy.name, options, answered)(req, res, next)
}

async function finish(
  { sessions, strategy }: RouteParts,
  { req, res, next }: Exchange,
  { user, proof }: { readonly user: Express.User; readonly proof: LoginProof },
): Promise<void> {
  const { login, succeeded, returnTo } = proof
  try {
    await sessions.start(req, login, { extra: [succeeded], logIn: () => logIn(req, user) })
  } catch (error) {
    const cookies = { header: undefined, set: (): void => undefined }
    const { lineage, flow } = login
    await flowOf(strategy).failed({ cookies, context: contextOf(req) }, new OidcError('ERR_OIDC_SESSION'), {
      lineage,
      flow,
    })
    return next(error)
  }
  return res.redirect(303, returnTo)
}

function logIn(req: Request, user: Express.User): Promise<void> {
  return new Promise((resolve, reject) => {
    req.logIn(user, (error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new OidcError('ERR_OIDC_SESSION', { cause: error })
}

async function logout(parts: RouteParts, req: Request, res: Response): Promise<void> {
  const { issuer, origin, sessions, strategy } = parts
  if (!isSameOrigin(req, origin)) return problem(parts, { req, res }, new OidcError('ERR_OIDC_ORIGIN'))
  const current = sessions.current(req)
  if (current.state === 'live') {
    const { lineage, user } = current
    const about = { context: contextOf(req), actor: { user }, outcome: 'success', lineage } as const
    await sessions.end(req, 'logout', [event('oidc.logout.completed', { ...about, data: { issuer } })])
  }
  // Our own session is over by now; a provider that cannot be asked keeps nobody signed in here.
  const back = new URL(parts.afterLogoutPath, origin).href
  const there = await flowOf(strategy)
    .protocol.endSessionUrl(back)
    .catch(() => undefined)
  res.redirect(303, there ?? parts.afterLogoutPath)
}

function problem(parts: RouteParts, { req, res }: Pick<Exchange, 'req' | 'res'>, { code, status }: Problem): void {
  sendProblem(req, res, { code, status, startUrl: parts.loginUrl ?? `${req.baseUrl}/login` })
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
