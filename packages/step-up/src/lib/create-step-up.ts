import { IncomingMessage } from 'node:http'

import express, { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express'

import type { Administration } from './administration-contract.ts'
import { createAdministration } from './administration.ts'
import { answerRefusal } from './answers.ts'
import { createAttempts, type Attempts } from './attempts.ts'
import { authenticatorRoutes } from './authenticator-routes.ts'
import { challengeRoutes } from './challenge-routes.ts'
import { createCloser } from './closer.ts'
import { StepUpError } from './errors.ts'
import { createGate } from './gate.ts'
import { takeAnswer, type OutsideAnswer, type TakenAnswer } from './outside-answers.ts'
import { tellHolder, type OutsideChange } from './notices.ts'
import { resolveOptions, type Core, type CreateStepUpOptions } from './options.ts'
import { refusal } from './refusals.ts'
import { receiptOf } from './receipt-of.ts'
import type { Report } from './reports.ts'
import type { StepUpOptions } from './requirement.ts'
import { resumeRoutes } from './resume-routes.ts'
import type { Sessions } from './session-contract.ts'
import { sessionRoutes } from './session-routes.ts'
import { createSessions, type SessionAuthority } from './sessions.ts'
import { signInRoutes } from './sign-in-routes.ts'

/** The second door of one application. */
export interface StepUp {
  /** Goes after express-session and `passport.session()`, in front of everything that asks who is signed in. */
  readonly session: RequestHandler
  /** The pages and forms; mounted at `mountPath`. */
  readonly routes: Router
  /** For the first door: begins and ends sessions. */
  readonly sessions: Sessions
  /**
   * Makes the gate of one route: its handler runs only for a signed-in user whose proof satisfies the options.
   *
   * Goes after the parsers, the CSRF check and the application's own authorisation, so that a challenge never tells a
   * stranger who is privileged. Store or ledger trouble goes to `next` as a `StepUpError` with status 503.
   *
   * @param options What the route demands; any strong factor of the last five minutes if not given.
   * @throws `StepUpError` with `ERR_STEP_UP_OPTION` for unknown names and contradictions.
   */
  readonly requireStepUp: (options?: StepUpOptions) => RequestHandler
  /**
   * Gives the receipt of the decision that let a request through: a text by which anybody proves, with the ledger's public
   * key alone, that this person was let in to this route at this time, on this proof. See `Audit.receipt`.
   *
   * Nothing is made unless it is asked for. It resolves when a checkpoint covers the decision, about a second later: answer
   * the request first. Of several gates, it is the decision of the last. A client that has hung up changes nothing.
   *
   * @param req The request, in or after a handler behind the gate.
   * @returns The text; rejects with `StepUpError` `ERR_STEP_UP_NO_RECEIPT` when no gate has let the request through on the
   * record (there is none, it is in report mode, or `accessEvents` is off and the route has no action), and as
   * `Audit.receipt` does.
   */
  readonly receiptOf: (req: Request) => Promise<string>
  /**
   * Takes an answer to a step-up's open challenge that came in by another way than its form, such as the callback of an
   * identity provider. It is judged, limited and written down just as the form's is, and a right one goes on in a new session
   * id, whose cookie the caller's answer sets: this never answers the response itself, and it says nothing of a factor's
   * `view`. Each challenge is answered once, whatever comes in parallel.
   *
   * @param req The request, behind express-session and `session`.
   * @param answer Which step-up, by which factor, and what the factor's `verify` gets; `events` of the caller's own are
   * committed together with what comes of it, also when it is refused, `writes` together with a success.
   * @returns Whether the step-up is satisfied or `more` must be proved, or the reason why not, in the ledger's words:
   * `login_required`, `session_ended` or `session_rotated` without a live session; `challenge_ended` when it was answered,
   * replaced or cancelled meanwhile, or is not this session's; `expired`; `too_many_attempts`; `factor_too_old`,
   * `factor_too_weak` or `level_not_reached` for a proof that is not what was demanded; `not_permitted` where `writes` conflict;
   * or the factor's own.
   * @throws `StepUpError` with `ERR_STEP_UP_UNAVAILABLE` (503) when it cannot be written, `ERR_STEP_UP_NO_RESOLVER` without
   * `session` in front, and `ERR_STEP_UP_OPTION` for a factor that `createStepUp` was not given.
   */
  readonly answer: (req: Request, answer: OutsideAnswer) => Promise<TakenAnswer>
  /**
   * Tells the holder of a request's session, through the application's `notify`, of a change to their account that another
   * part of the application made: after it is on disk. Recorded as `notification.sent` or `notification.failed`. Never
   * rejects; nobody is told where there is no live session or no `notify`.
   */
  readonly tell: (req: Request, about: OutsideChange) => Promise<void>
  /** What an administrator may do to other people's accounts. */
  readonly administration: Administration
  /** Gives the limits of the second door to a sign-in of the application's own, such as one by password. */
  readonly attempts: Attempts
  /** What routes in report mode would have done, counted in this process since its start. */
  reports(): readonly Report[]
}

const BODY_LIMIT = '64kb'

/**
 * Makes the second door: sessions, the gate, its pages, and the job that ends what nobody ended.
 *
 * @param options What it is made of.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION`, naming the fix.
 * @example
 * const { session, requireStepUp, routes, sessions } = createStepUp({ store, audit, keyring, factors: [totp()], origin, appName })
 * app.use(session)
 * app.use('/step-up', routes)
 * app.post('/password', requireStepUp(), change)
 */
export function createStepUp(options: CreateStepUpOptions): StepUp {
  const core = resolveOptions(options)
  const sessions = createSessions(core)
  core.audit.addJob(createCloser(core))
  return {
    session: sessions.middleware,
    sessions,
    routes: createRoutes(core, sessions),
    administration: createAdministration(core),
    attempts: createAttempts(core),
    reports: () => core.reports.list(),
    answer: async (req, answer) => await takeAnswer(core, sessions, { req, answer }),
    tell: async (req, about) => await tellHolder(core, sessions, { req, about }),
    receiptOf: async (req) => await receiptOf(core, req),
    requireStepUp: (stepUpOptions = {}) => {
      if (typeof stepUpOptions === 'function' || stepUpOptions instanceof IncomingMessage) {
        throw new StepUpError(
          'ERR_STEP_UP_OPTION',
          'requireStepUp was given to Express itself: call it, as in app.post("/keys", requireStepUp(), create).',
        )
      }
      return createGate(core, sessions, stepUpOptions)
    },
  }
}

function createRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  router.use(checkMount(core))
  router.use(express.urlencoded({ extended: false, limit: BODY_LIMIT }), express.json({ limit: BODY_LIMIT }))
  router.use(challengeRoutes(core, sessions), authenticatorRoutes(core, sessions), resumeRoutes(core, sessions))
  router.use(sessionRoutes(core, sessions))
  if (core.signIn !== undefined) router.use(signInRoutes(core, sessions))
  router.use(refuseUnreadable(core))
  return router
}

/** Every link and form of the pages leads to `mountPath`; mounted elsewhere they would lead nowhere. */
function checkMount(core: Core): RequestHandler {
  return function checkMountMiddleware(req, _res, next) {
    // Express mounts without regard to case.
    if (req.baseUrl.toLowerCase() === core.mountPath.toLowerCase()) next()
    else
      next(
        new StepUpError(
          'ERR_STEP_UP_MOUNT',
          `The routes of the second door expect app.use(${JSON.stringify(core.mountPath)}, routes); set mountPath to where they are.`,
        ),
      )
  }
}

/** What the parsers could not read is the client's mistake: a 4xx with a code, not a fault. */
function refuseUnreadable(core: Core): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  // oxlint-disable-next-line max-params
  return function refuseUnreadableMiddleware(error: unknown, req, res, next) {
    const status =
      typeof error === 'object' && error !== null && 'status' in error && !(error instanceof StepUpError)
        ? error.status
        : undefined
    if (typeof status !== 'number' || status < 400 || status > 499) next(error)
    else answerRefusal(core, { req, res }, refusal(status === 413 ? 'too_large' : 'input'))
  }
}
