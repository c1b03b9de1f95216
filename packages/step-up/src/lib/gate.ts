import { contextOf } from '@sallyport/audit/context'
import type { RequestHandler } from 'express'

import { allowVisit } from './allow.ts'
import { answerRefusal } from './answers.ts'
import { ApplicationError, askApplication } from './application-error.ts'
import { askVisitor } from './ask.ts'
import { listAuthenticators } from './authenticators.ts'
import { StepUpError, unavailable } from './errors.ts'
import { offeredFactors } from './given.ts'
import { helpfulFactors } from './helpful-factors.ts'
import { leaveGate } from './leave-context.ts'
import type { Core } from './options.ts'
import { refusal } from './refusals.ts'
import type { Would } from './reports.ts'
import { parseRequirement, type StepUpOptions } from './requirement.ts'
import type { LiveSession } from './session-state.ts'
import type { SessionAuthority } from './sessions.ts'
import { aboutVisit, judgeVisit, requirementName, routeOf, type Arrival, type Gate, type Visit } from './visit.ts'

/** Makes the gate of a route; see `StepUp.requireStepUp`. */
export function createGate(core: Core, sessions: SessionAuthority, options: StepUpOptions): RequestHandler {
  const requirement = parseRequirement(options, core.factors)
  const gate: Gate = { core, sessions, options, requirement }
  return async function requireStepUpMiddleware(req, res, next) {
    let opened: boolean
    try {
      opened = await mayPass(gate, { req, res, next })
    } catch (error) {
      next(error instanceof ApplicationError ? error.cause : unavailable(error))
      return
    }
    // The only way to the handler; whatever threw above went past it.
    if (opened) next()
    else leaveGate(req, 'denied')
  }
}

/** Signed in, then proved enough: every other outcome answers the request and keeps the gate closed. */
async function mayPass(gate: Gate, arrival: Arrival): Promise<boolean> {
  // Read again: what stands in front of the gate may have taken its time.
  const session = await gate.sessions.refresh(arrival.req)
  if (session === undefined) return await refuseStranger(gate, arrival)

  if (gate.options.mode === 'report') return await reportArrival(gate, arrival, session)
  const visit = await judgeVisit(gate, arrival, session)
  if (visit === undefined) return await refuseUnkept(gate, arrival, session)

  const { decision } = visit
  if (!decision.satisfied && (await isAsked(gate, arrival))) return await askVisitor(gate, visit, decision.shortfall)
  if (await allowVisit(gate, visit)) return true

  // Another request was faster with the same kept form or the same grant.
  return visit.stash === undefined
    ? await askVisitor(gate, visit, 'missing')
    : await refuseUnkept(gate, arrival, session)
}

async function refuseStranger(gate: Gate, { req, res }: Arrival): Promise<false> {
  const { core, sessions } = gate
  const route = routeOf(req)
  const data = { requirement: requirementName(gate, route) }
  await core.audit.emit('access.denied', {
    context: contextOf(req),
    target: { route, method: req.method },
    outcome: 'failure',
    reason: 'login_required',
    data,
  })
  sessions.refuse(req, res)
  return false
}

async function refuseUnkept(gate: Gate, arrival: Arrival, session: LiveSession): Promise<false> {
  const { core } = gate
  const { req } = arrival
  const route = routeOf(req)
  const { user, lineage } = session.record
  await core.audit.emit('access.denied', {
    context: contextOf(req),
    actor: { user },
    target: { route, method: req.method },
    outcome: 'failure',
    reason: 'already_used',
    lineage,
    data: { requirement: requirementName(gate, route) },
  })
  answerRefusal(core, arrival, refusal('sent_already'))
  return false
}

/** Whether the application wants a step-up of this request at all. */
async function isAsked({ options }: Gate, { req }: Arrival): Promise<boolean> {
  const { when } = options
  return when === undefined || (await askApplication(() => when(req)))
}

/** Lets a request through whatever the gate would have made of it: also one that it would have turned away for its form. */
async function reportArrival(gate: Gate, arrival: Arrival, session: LiveSession): Promise<true> {
  const visit = await judgeVisit(gate, arrival, session).catch((error: unknown) => {
    if (error instanceof StepUpError && error.code.startsWith('ERR_STEP_UP_BODY_')) return undefined
    throw error
  })
  if (visit !== undefined) return await reportVisit(gate, visit)

  const { core } = gate
  const { req } = arrival
  const { user, lineage } = session.record
  const route = routeOf(req)
  const requirement = requirementName(gate, route)
  core.reports.count(requirement, 'refuse')
  await core.audit.emit('step_up.reported', {
    context: contextOf(req),
    actor: { user },
    target: { route, method: req.method },
    reason: 'invalid_input',
    lineage,
    data: { requirement, would: 'refuse' },
  })
  return true
}

/** Lets everybody signed in through, and writes down what would have happened. Nothing is consumed by it. */
async function reportVisit(gate: Gate, visit: Visit): Promise<true> {
  const { core } = gate
  const would = visit.decision.satisfied || !(await isAsked(gate, visit)) ? 'allow' : await refusalOf(gate, visit)
  core.reports.count(visit.name, would)
  await core.audit.emit('step_up.reported', { ...aboutVisit(visit), data: { requirement: visit.name, would } })
  return true
}

/** A challenge for who could pass it with what they have, a refusal for who would have to set something up first. */
async function refusalOf({ core, requirement }: Gate, { session, decision }: Visit): Promise<Would> {
  const wanted = decision.satisfied ? [] : decision.factors
  const enrolled = await listAuthenticators(core, session.record.user)
  const usable = offeredFactors(
    core,
    session,
    enrolled.filter(({ value }) => !value.disabled),
  )
  const able = helpfulFactors(core, session, { requirement, wanted }).filter((name) => usable.includes(name))
  const isEnough = requirement.allOf.length > 0 ? able.length === wanted.length : able.length > 0
  return isEnough ? 'challenge' : 'refuse'
}
