import { isOver, sendProblem } from '../problem-page.ts'
import type { NextFunction, Request, Response } from 'express'
import type { Authenticator } from 'passport'
import type { AssuranceRule } from '../assurance.ts'
import type { LinkingParts } from '../linking.ts'
import type { LoginFlow } from '../login-flow.ts'
import type { LogoutHints } from '../logout-hint.ts'
import type { Problem } from '../problem-page.ts'
import type { Asked, Extras } from '../protocol/protocol.ts'
import type { FindSecondDoor } from '../second-door.ts'
import type { StepUpSeals } from '../step-up-proof.ts'
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
  /** The provider's name, where there are several. */
  readonly provider: string | undefined
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
  /** Told when somebody signed in here; never rejects. */
  readonly signedIn?: (() => Promise<void>) | undefined
  /** When people may link identities. */
  readonly linking?: LinkingParts | undefined
}

/** A request with its answer. */
export interface Exchange {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

/** Answers with what went wrong, and where to start again: `startUrl` is a path of this application, checked. */
export function answerProblem(
  parts: Pick<RouteParts, 'loginUrl'> & Partial<Pick<RouteParts, 'flow' | 'secondDoor'>>,
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  { code, status, during, startUrl }: Problem & { readonly startUrl?: string | undefined },
): void {
  const isLive = isOver({ code, status, during }) && parts.secondDoor?.().sessions.current(req).state === 'live'
  const signedIn = isLive ? parts.flow?.wayBack(undefined) : undefined
  const start = startUrl ?? parts.loginUrl ?? `${req.baseUrl}/login`
  sendProblem(req, res, { code, status, during, startUrl: start, signedIn })
}
