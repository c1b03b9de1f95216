import { contextOf } from '@sallyport/audit'
import type { RequestHandler } from 'express'

import { allowVisit } from './allow.ts'
import { answerRefusal } from './answers.ts'
import { askVisitor } from './ask.ts'
import { unavailable } from './errors.ts'
import type { Core } from './options.ts'
import { parseRequirement, type StepUpOptions } from './requirement.ts'
import type { SessionAuthority } from './sessions.ts'
import { aboutVisit, judgeVisit, routeOf, type Arrival, type Gate, type Visit } from './visit.ts'

/** Makes the gate of a route; see `StepUp.requireStepUp`. */
export function createGate(core: Core, sessions: SessionAuthority, options: StepUpOptions): RequestHandler {
  const gate: Gate = { core, sessions, options, requirement: parseRequirement(options, [...core.factors.keys()]) }
  return async function requireStepUpMiddleware(req, res, next) {
    let opened: boolean
    try {
      opened = await mayPass(gate, { req, res, next })
    } catch (error) {
      next(unavailable(error))
      return
    }
    // The only way to the handler; whatever threw above went past it.
    if (opened) next()
  }
}

/** Signed in, then proved enough: every other outcome answers the request and keeps the gate closed. */
async function mayPass(gate: Gate, arrival: Arrival): Promise<boolean> {
  const found = gate.sessions.live(arrival.req)
  // Read again: what stands in front of the gate may have taken its time.
  const session = found && (await gate.sessions.reload(found))
  if (session === undefined) return await refuseStranger(gate, arrival)

  const visit = await judgeVisit(gate, arrival, session)
  if (visit === undefined) return refuseUnkept(gate, arrival)
  if (gate.options.mode === 'report') return await reportVisit(gate, visit)

  const { decision } = visit
  if (decision.satisfied) return (await allowVisit(gate, visit)) || (await askVisitor(gate, visit, 'missing'))

  const needed = gate.options.when === undefined || (await gate.options.when(arrival.req))
  return needed ? await askVisitor(gate, visit, decision.shortfall) : await allowVisit(gate, visit)
}

async function refuseStranger({ core, options, sessions }: Gate, { req, res }: Arrival): Promise<false> {
  const route = routeOf(req)
  const data = { requirement: options.name ?? route }
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

function refuseUnkept({ core }: Gate, arrival: Arrival): false {
  const title = 'This request was sent already, or was kept too long'
  answerRefusal(core, arrival, {
    status: 409,
    code: 'ERR_STEP_UP_UNKNOWN',
    title,
    message: 'resume_unknown',
    backUrl: '/',
  })
  return false
}

/** Lets everybody signed in through, and writes down what would have happened. */
async function reportVisit({ core }: Gate, visit: Visit): Promise<true> {
  const would = visit.decision.satisfied ? 'allow' : 'challenge'
  await core.audit.emit('step_up.reported', { ...aboutVisit(visit), data: { requirement: visit.name, would } })
  return true
}
