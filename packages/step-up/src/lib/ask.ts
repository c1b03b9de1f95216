import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'

import { answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import type { Shortfall } from './decide.ts'
import { helpfulFactors } from './helpful-factors.ts'
import { wantsPage } from './negotiation.ts'
import { refusal } from './refusals.ts'
import { keepableForm, stashForm } from './stash.ts'
import { askForStepUp } from './step-ups.ts'
import { aboutVisit, deviceOf, digestOf, type Gate, type Visit } from './visit.ts'

/** Turns a visit away to its step-up: people to its page, with their form kept, programs by a 401 that says where to go. */
export async function askVisitor(gate: Gate, visit: Visit, shortfall: Shortfall): Promise<false> {
  const { core, requirement } = gate
  const { req, res, session, name, route, action } = visit
  const kept = await keepForm(gate, visit)
  if (kept === 'unkeepable') return await refuseUnkeepable(gate, visit)

  const need = { name, route, requirement, action, shortfall }
  const asked = await askForStepUp(core, { req, session, need, extra: kept === undefined ? [] : [kept.write] })
  if (!asked.ok) {
    answerRefusal(core, visit, refusal('too_many'))
    return false
  }
  const url = `${core.mountPath}/challenges/${asked.id}`
  const afterwards = kept === undefined ? `return_to=${encodeURIComponent(req.originalUrl)}` : `resume=${kept.id}`
  if (wantsPage(req)) answerRedirect(res, `${url}?${afterwards}`)
  else answerChallenge(gate, visit, { stepUp: asked.id, url, shortfall })
  return false
}

function answerChallenge(
  { core, requirement }: Gate,
  { res, session, decision }: Visit,
  open: { readonly stepUp: string; readonly url: string; readonly shortfall: Shortfall },
): void {
  const wanted = decision.satisfied ? requirement.anyOf : decision.factors
  res.set('WWW-Authenticate', `StepUp challenge="${open.url}", max_age=${Math.floor(requirement.maxAgeMs / 1_000)}`)
  answerProblem(res, {
    status: 401,
    code: 'ERR_STEP_UP_REQUIRED',
    title: 'Prove once more that it is you',
    stepUp: open.stepUp,
    challengeUrl: open.url,
    factors: helpfulFactors(core, session, { requirement, wanted }),
    maxAgeMs: requirement.maxAgeMs,
    reason: open.shortfall,
  })
}

/** Keeps what a person typed; a GET needs no keeping, and programs send their request again themselves. */
async function keepForm(
  { core }: Gate,
  { req, session, action }: Visit,
): Promise<{ readonly id: string; readonly write: Write } | 'unkeepable' | undefined> {
  if (!wantsPage(req) || req.method === 'GET' || req.method === 'HEAD') return undefined

  const form = keepableForm(req, action)
  if (form === undefined) return 'unkeepable'
  return await stashForm(core, session, { form, purpose: { digest: digestOf(action), device: deviceOf(req) } })
}

async function refuseUnkeepable({ core }: Gate, visit: Visit): Promise<false> {
  await core.audit.emit('access.denied', {
    ...aboutVisit(visit),
    context: contextOf(visit.req),
    outcome: 'failure',
    reason: 'factor_missing',
    data: { requirement: visit.name },
  })
  answerRefusal(core, visit, refusal('not_resumable'))
  return false
}
