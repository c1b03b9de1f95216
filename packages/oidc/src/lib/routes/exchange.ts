import { OidcError } from '../errors.ts'
import { isOver, sendProblem } from '../problem-page.ts'
import type { NextFunction, Request, Response } from 'express'
import type { Authenticator } from 'passport'
import type { AssuranceRule } from '../assurance.ts'
import type { LinkingParts } from '../linking/linking.ts'
import type { LoginFlow } from '../login-flow.ts'
import type { LogoutHints } from '../logout-hint.ts'
import type { Problem } from '../problem-page.ts'
import type { Asked, Extras } from '../protocol/protocol.ts'
import type { FindSecondDoor } from '../second-door.ts'
import type { StepUpSeals } from '../step-up/step-up-proof.ts'
import type { Strategy } from '../strategy.ts'

/** What the routes of one provider are made from. */
export interface RouteParts {
  readonly strategy: Strategy
  readonly flow: LoginFlow
  /** What the provider is asked for, as it was configured. */
  readonly ask: Asked & Extras
  readonly passport: Pick<Authenticator, 'authenticate'>
  readonly secondDoor: FindSecondDoor
  readonly issuer: string
  /** The name under which the application knows the provider. */
  readonly provider: string
  /** What the provider's claims are worth. */
  readonly assurance: readonly AssuranceRule[]
  /** Of what travels for a step-up. */
  readonly seals: StepUpSeals
  /** The application's own origin. */
  readonly origin: string
  /** The path below which the provider's routes are. */
  readonly mount: string
  readonly afterLogoutPath: string
  /** Where a person starts over; by default the login route. */
  readonly loginUrl: string | undefined
  readonly hints: LogoutHints
  /** When people may link identities. */
  readonly linking?: LinkingParts | undefined
}

/** A request with its answer. */
export interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

// Every route is a function whose promise Express waits for: what it rejects with goes to the application's error handler,
// also when somebody else, such as a request timeout, has answered meanwhile. Passport alone calls back.

/** Where a problem came up, and the ways on from there: checked paths of this application. */
export interface Whereabouts extends Pick<Problem, 'during'> {
  /** The way on; by default to where people start over. */
  readonly startUrl?: string | undefined
  /** Where they wanted to go, which they do not lose by starting over. */
  readonly returnTo?: string | undefined
}

type AnswerParts = Pick<RouteParts, 'loginUrl'> & Partial<Pick<RouteParts, 'flow' | 'secondDoor'>>

/**
 * The one rule for errors: what people can do something about, or what passes by itself, is a page of ours. What is the
 * application's to repair (500), and what nobody has foreseen, is thrown again, for its error handler.
 */
export function answerError(
  parts: AnswerParts,
  exchange: Pick<Exchange, 'req' | 'res'>,
  { error, ...where }: Whereabouts & { readonly error: unknown },
): void {
  if (!(error instanceof OidcError) || error.status === 500) throw error
  answerProblem(parts, exchange, { code: error.code, status: error.status, ...where })
}

/** Answers with what went wrong. A request that somebody else has answered meanwhile is left alone. */
export function answerProblem(
  parts: AnswerParts,
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  { code, status, during, startUrl, returnTo }: Problem & Whereabouts,
): void {
  if (res.headersSent) return
  const usual = parts.flow?.wayBack(undefined)
  const isLive = isOver({ code, status, during }) && parts.secondDoor?.().sessions.current(req).state === 'live'
  const again = withReturnTo(parts.loginUrl ?? `${req.baseUrl}/login`, returnTo === usual ? undefined : returnTo)
  sendProblem(req, res, { code, status, during, startUrl: startUrl ?? again, signedIn: isLive ? usual : undefined })
}

function withReturnTo(path: string, returnTo: string | undefined): string {
  if (returnTo === undefined) return path
  return `${path}${path.includes('?') ? '&' : '?'}return_to=${encodeURIComponent(returnTo)}`
}
