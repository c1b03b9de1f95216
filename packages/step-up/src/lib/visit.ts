import { type EventInput } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { NextFunction, Request, Response } from 'express'

import { bindAction, DIGEST_CONTEXT, requireParsedBody, RESUME_FIELD } from './action.ts'
import { askApplication } from './application-error.ts'
import { stillEnrolled } from './authenticators.ts'
import { decide, type Decision } from './decide.ts'
import type { Core } from './options.ts'
import { readRecord, type BoundAction, type GrantRecord, type Kept, type StashRecord } from './records.ts'
import { authnOf } from './evidence-authn.ts'
import type { Requirement, StepUpOptions } from './requirement.ts'
import type { SessionAuthority } from './sessions.ts'
import type { LiveSession } from './session-state.ts'
import { findStash } from './stash.ts'

const MAX_NAME = 200

/** A route's gate, with its options judged. */
export interface Gate {
  readonly core: Core
  readonly sessions: SessionAuthority
  readonly options: StepUpOptions
  readonly requirement: Requirement
}

/** A request as Express hands it to a gate. */
export interface Arrival {
  readonly req: Request
  readonly res: Response
  readonly next: NextFunction
}

/** A signed-in user's request at a gate, with all that its judgement hangs on. */
export interface Visit extends Arrival {
  readonly session: LiveSession
  /** How the ledger names the requirement. */
  readonly name: string
  readonly route: string
  readonly action: BoundAction | null
  readonly grant: Kept<GrantRecord> | undefined
  /** The kept form that this request sends again. */
  readonly stash: Kept<StashRecord> | undefined
  readonly decision: Decision
}

/**
 * Reads what the decision hangs on, and decides.
 *
 * @returns The visit, or `undefined` when the request claims to be a kept form that is not kept for it.
 */
export async function judgeVisit(gate: Gate, arrival: Arrival, session: LiveSession): Promise<Visit | undefined> {
  const { core, requirement } = gate
  const { req } = arrival
  const resumed = takeResumeField(req)
  const { user, lineage } = session.record
  const action = await bindKeyed(gate, req, user)
  const stash =
    resumed === undefined ? undefined : await findStash(core, session, { id: resumed, device: deviceOf(req) })
  if (resumed !== undefined && stash?.value.digest !== digestOf(action)) return undefined

  const [found] = action === null ? [] : await core.store.get([['grant', lineage, action.digest]])
  const grant = readRecord('grant', found)
  const granted = grant?.value.drops === session.lineage.value.drops ? grant.value.evidence : []
  const evidence = action === null ? session.evidence : await stillEnrolled(core, user, granted)
  const route = routeOf(req)
  return {
    ...arrival,
    session,
    name: requirementName(gate, route),
    route,
    action,
    grant,
    stash,
    decision: decide(requirement, evidence, core.store.now()),
  }
}

/** Binds the action under a key: the digest stands in the ledger, and nobody may guess there what a person typed. */
async function bindKeyed({ core, options }: Gate, req: Request, user: string): Promise<BoundAction | null> {
  const { action } = options
  if (action === undefined) return null

  requireParsedBody(req)
  const description = await askApplication(() => action(req))
  const bound = bindAction(req, description, { user, csrfFields: core.csrfFields })
  return { ...bound, digest: await core.keyring.pseudonym(DIGEST_CONTEXT, bound.digest) }
}

/** What a kept form is bound to. */
export function digestOf(action: BoundAction | null): string {
  return action?.digest ?? '-'
}

/** The keyed id of the request's browser. */
export function deviceOf(req: Request): string | null {
  return contextOf(req)?.device?.id ?? null
}

/**
 * The pattern of the route as it is mounted, without the values of this request. Only `requestContext` has seen the pattern
 * of a mount; without it the mount is `/:value`, since all that is known of it is what was asked for.
 */
export function routeOf(req: Request): string {
  return contextOf(req)?.route?.() ?? (`${req.baseUrl === '' ? '' : '/:value'}${ownRouteOf(req)}` || '/')
}

function ownRouteOf(req: Request): string {
  const path: unknown = req.route?.path
  return path === undefined ? '' : [path].flat(9).map(String).join('|')
}

/** How the ledger names a requirement: as the route was told to, or by its pattern. */
export function requirementName({ options }: Pick<Gate, 'options'>, route: string): string {
  return options.name ?? route.slice(0, MAX_NAME).toWellFormed()
}

/** What every access event says of a visit. */
export function aboutVisit({
  req,
  session,
  route,
  decision,
  grant,
}: Visit): Pick<
  EventInput<'access.allowed'>,
  'context' | 'actor' | 'target' | 'authn' | 'lineage' | 'flow' | 'stepUp'
> {
  const [proof] = decision.satisfied ? decision.by : []
  const stepUp = grant?.value.stepUp
  return {
    context: contextOf(req),
    actor: { user: session.record.user },
    target: { route, method: req.method },
    authn: proof && authnOf(proof),
    lineage: session.record.lineage,
    flow: stepUp,
    stepUp,
  }
}

/** Takes the resume field off the body, so that the handler sees the form as it was first sent. */
function takeResumeField(req: Request): string | undefined {
  const body: unknown = req.body
  if (typeof body !== 'object' || body === null || !(RESUME_FIELD in body)) return undefined

  const id = body[RESUME_FIELD]
  Reflect.deleteProperty(body, RESUME_FIELD)
  return typeof id === 'string' ? id : ''
}
