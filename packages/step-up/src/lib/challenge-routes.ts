import { event, type FactorName, type Reason } from '@sallyport/audit'
import { Router } from 'express'

import { afterwards, carryOn, resumeId, withQuery } from './afterwards.ts'
import { answerPage, answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import { listAuthenticators, offeredFactors } from './authenticators.ts'
import { endChallenge, isOverdue, openChallengeOf, showChallenge, type ShownChallenge } from './challenges.ts'
import { decide } from './decide.ts'
import { helpfulFactors } from './helpful-factors.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { formToken, readInput } from './own-forms.ts'
import type { PageProblem, ShownAction } from './page-models.ts'
import { refusal, wrongAnswer } from './refusals.ts'
import { ownPage, requireOwnForm, type Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import { openAction } from './shown-action.ts'
import { deviceOf } from './visit.ts'
import { findStash } from './stash.ts'
import { findStepUp, needData, putStepUp, stepUpContext, type OpenStepUp } from './step-ups.ts'
import { verifyAnswer } from './verification.ts'

/** The routes of a step-up: its page, and the forms of its factors. */
export function challengeRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  router.get(
    '/challenges/:id',
    ownPage(sessions, (own) => show(core, own)),
  )
  router.post(
    '/challenges/:id/cancel',
    ownForm,
    ownPage(sessions, (own) => cancel(core, own)),
  )
  router.post(
    '/challenges/:id/:factor/start',
    ownForm,
    ownPage(sessions, (own) => start(core, own)),
  )
  router.post(
    '/challenges/:id/:factor/verify',
    ownForm,
    ownPage(sessions, (own) => verify(core, sessions, own)),
  )
  return router
}

async function show(core: Core, own: Own, problem?: PageProblem): Promise<void> {
  const { req, res, session } = own
  const stepUp = await findStepUp(core, session, String(req.params['id']))
  if (stepUp === undefined) return answerRefusal(core, own, refusal('unknown'))
  if (stepUp.value.status === 'satisfied') return answerRedirect(res, afterwards(core, req))
  if (stepUp.value.status === 'cancelled') return answerRefusal(core, own, refusal('ended'))

  const helpful = neededFactors(core, own, stepUp)
  const offered = offeredFactors(core, await listAuthenticators(core, stepUp.value.user))
  const factors = helpful.filter((name) => offered.includes(name))
  const asked = req.params['factor'] ?? req.query['factor']
  const factor = factors.find((name) => name === asked) ?? factors[0]
  if (helpful.length === 0) return answerRefusal(core, own, refusal('not_enough'))
  if (factor === undefined) return await showEnrolFirst(core, own, stepUp)

  const shown = await issue(core, own, { stepUp, factor })
  if (shown === undefined) return answerRefusal(core, own, refusal('ended'))
  await showPage(core, own, { shown, others: factors.filter((name) => name !== factor), problem })
}

async function showPage(
  core: Core,
  own: Own,
  drawn: {
    readonly shown: ShownChallenge
    readonly others: readonly FactorName[]
    readonly problem: PageProblem | undefined
  },
): Promise<void> {
  const { req, res, session } = own
  const { shown, others, problem } = drawn
  const { challenge, stepUp, view } = shown
  const base = `${core.mountPath}/challenges/${stepUp.id}`
  const carry = carryOn(req)
  const { factor, until } = challenge.value
  const action = await shownAction(core, stepUp)
  if (!wantsPage(req))
    return void res.set('Cache-Control', 'no-store').json({
      stepUp: stepUp.id,
      factor,
      factors: [factor, ...others],
      verifyUrl: `${base}/${factor}/verify`,
      expiresAt: until,
      action: action === undefined ? null : { name: action.name, show: Object.fromEntries(action.show) },
    })

  answerPage(core, res, {
    page: 'challenge',
    account: session.record.account,
    ...(action === undefined ? {} : { action }),
    factor,
    verifyUrl: withQuery(`${base}/${factor}/verify`, carry),
    view,
    others: others.map((name) => ({ factor: name, url: withQuery(base, { ...carry, factor: name }) })),
    cancelUrl: withQuery(`${base}/cancel`, carry),
    secondsLeft: Math.max(0, Math.floor((until - core.store.now()) / 1_000)),
    ...(problem === undefined ? {} : { problem }),
    csrf: await formToken(core, session),
  })
}

async function shownAction(core: Core, { id, value }: OpenStepUp): Promise<ShownAction | undefined> {
  return value.action === null ? undefined : await openAction(core, id, value.action)
}

async function showEnrolFirst(core: Core, { req, res, session }: Own, stepUp: OpenStepUp): Promise<void> {
  const base = `${core.mountPath}/challenges/${stepUp.id}`
  const here = withQuery(base, carryOn(req))
  const authenticatorsUrl = `${core.mountPath}/authenticators?return_to=${encodeURIComponent(here)}`
  if (!wantsPage(req))
    return answerProblem(res, {
      status: 403,
      code: 'ERR_STEP_UP_REQUIRED',
      title: 'Add an authenticator first',
      authenticatorsUrl,
    })

  const action = await shownAction(core, stepUp)
  answerPage(core, res, {
    page: 'enrol_first',
    account: session.record.account,
    ...(action === undefined ? {} : { action }),
    authenticatorsUrl,
    cancelUrl: withQuery(`${base}/cancel`, carryOn(req)),
    csrf: await formToken(core, session),
  })
}

/** Issues the challenge of a factor, also against parallel requests that do the same. */
async function issue(
  core: Core,
  { req, session }: Own,
  wanted: { readonly stepUp: OpenStepUp; readonly factor: FactorName },
): Promise<ShownChallenge | undefined> {
  let stepUp: OpenStepUp | undefined = wanted.stepUp
  for (let round = 0; round < 5 && stepUp?.value.status === 'open'; round += 1) {
    const shown = await showChallenge(core, { req, stepUp, factor: wanted.factor })
    if (shown !== undefined) return shown
    stepUp = await findStepUp(core, session, stepUp.id)
  }
  return undefined
}

/** The factors that would help now: asked for, not proved yet, and able to show what is demanded. */
function neededFactors(core: Core, { session }: Own, { value }: OpenStepUp): readonly FactorName[] {
  const { requirement, collected, action } = value
  const proved = action === null ? session.evidence : collected
  const decision = decide(requirement, proved, core.store.now())
  return helpfulFactors(core, requirement, decision.satisfied ? requirement.anyOf : decision.factors)
}

async function start(core: Core, own: Own): Promise<void> {
  const { req, res } = own
  if (!wantsPage(req)) return await show(core, own)

  const { id, factor } = req.params
  const page = `${core.mountPath}/challenges/${String(id)}`
  answerRedirect(res, withQuery(page, { ...carryOn(req), factor: String(factor) }))
}

async function verify(core: Core, sessions: SessionAuthority, own: Own): Promise<void> {
  const { req, res, session } = own
  const stepUp = await findStepUp(core, session, String(req.params['id']))
  const factor = [...core.factors.values()].find(({ name }) => name === req.params['factor'])
  if (stepUp === undefined || factor === undefined) return answerRefusal(core, own, refusal('unknown'))

  const input = readInput(req)
  if (input === undefined) return answerRefusal(core, own, refusal('input'))

  const verified = await verifyAnswer(core, sessions, { req, session, stepUp, factor, input })
  if (!verified.ok) return await refuseAnswer(core, own, verified.reason)
  if (!wantsPage(req)) return void res.set('Cache-Control', 'no-store').json({ ok: true, more: verified.more })
  answerRedirect(
    res,
    verified.more ? withQuery(`${core.mountPath}/challenges/${stepUp.id}`, carryOn(req)) : afterwards(core, req),
  )
}

async function refuseAnswer(core: Core, own: Own, reason: Reason): Promise<void> {
  if (reason === 'too_many_attempts') return answerRefusal(core, own, refusal('wrong_too_often'))
  const known = wrongAnswer(reason)
  // Answered in another tab, replaced there or too late: the page goes on from where the step-up is now.
  if (known === undefined && wantsPage(own.req)) return await show(core, own, 'try_again')
  if (known === undefined) return answerRefusal(core, own, refusal('ended'))
  if (wantsPage(own.req)) await show(core, own, known.problem)
  else answerProblem(own.res, { status: 422, code: known.code, title: known.title })
}

async function cancel(core: Core, own: Own): Promise<void> {
  const { req, session } = own
  const stepUp = await findStepUp(core, session, String(req.params['id']))
  if (stepUp === undefined) return answerRefusal(core, own, refusal('unknown'))
  if (stepUp.value.status !== 'open') return answerRefusal(core, own, refusal('ended'))

  const open = await openChallengeOf(core, stepUp)
  const ending = open && endChallenge(req, open, isOverdue(core, open) ? 'challenge.expired' : 'challenge.cancelled')
  const stash = await findStash(core, session, { id: resumeId(req) ?? '', device: deviceOf(req) })
  const refused = event('step_up.refused', {
    ...stepUpContext(req, stepUp),
    outcome: 'failure',
    reason: 'cancelled',
    data: needData(stepUp.value),
  })
  const committed = await core.audit.commit({
    writes: [
      ...(ending?.writes ?? []),
      putStepUp(stepUp.id, { ...stepUp.value, challenge: null, status: 'cancelled' }, stepUp.version),
      ...(stash === undefined ? [] : [{ op: 'remove', key: stash.key, expect: stash.version } as const]),
    ],
    events: [...(ending?.events ?? []), refused],
  })
  if (!committed.ok) return answerRefusal(core, own, refusal('ended'))
  answerRefusal(core, own, refusal('cancelled'))
}
