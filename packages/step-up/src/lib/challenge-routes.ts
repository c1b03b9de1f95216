import type { Reason } from '@sallyport/audit'
import { Router } from 'express'

import type { Verified } from './answer.ts'
import { afterwards, carryOn, withQuery } from './afterwards.ts'
import { answerJson, answerPage, answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import { cancelChallenge, denyChallenge } from './challenge-ends.ts'
import { showChallengePage } from './challenge-page.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { readInput } from './own-forms.ts'
import { refusal, wrongAnswer } from './refusals.ts'
import { ownPage, requireOwnForm, type Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import { findStepUp } from './step-ups.ts'
import type { Factor } from './types.ts'
import { verifyAnswer } from './verification.ts'
import { isNotEnough } from './wrong-answers.ts'

/** The routes of a step-up: its page, the forms of its factors, and the ways out. */
export function challengeRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  router.get(
    '/challenges/:id',
    ownPage(sessions, (own) => showChallengePage(core, own)),
  )
  router.post(
    '/challenges/:id/cancel',
    ownForm,
    ownPage(sessions, (own) => cancelChallenge(core, own)),
  )
  router.post(
    '/challenges/:id/deny',
    ownForm,
    ownPage(sessions, (own) => denyChallenge(core, own)),
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

async function start(core: Core, own: Own): Promise<void> {
  const { req, res } = own
  if (!wantsPage(req)) return await showChallengePage(core, own)

  const { id, factor } = req.params
  const page = `${core.mountPath}/challenges/${encodeURIComponent(String(id))}`
  answerRedirect(res, withQuery(page, { ...carryOn(req), factor: String(factor) }))
}

async function verify(core: Core, sessions: SessionAuthority, own: Own): Promise<void> {
  const { req, session } = own
  const stepUp = await findStepUp(core, session, String(req.params['id']))
  const factor = [...core.factors.values()].find(({ name }) => name === req.params['factor'])
  if (stepUp === undefined || factor === undefined) return answerRefusal(core, own, refusal('unknown'))

  const input = readInput(req)
  if (input === undefined) return answerRefusal(core, own, refusal('input'))

  const verified = await verifyAnswer(core, sessions, { req, session, stepUp, factor, input, events: [], writes: [] })
  if (verified.ok) acceptAnswer(core, own, { verified, factor: factor.name })
  else await refuseAnswer(core, own, { reason: verified.reason, factor })
}

/** The page of the step-up: it offers what else would do. */
function challengeUrl(core: Core, { req }: Own): string {
  return withQuery(`${core.mountPath}/challenges/${encodeURIComponent(String(req.params['id']))}`, carryOn(req))
}

function acceptAnswer(
  core: Core,
  { req, res, session }: Own,
  accepted: {
    readonly verified: Extract<Verified, { ok: true }>
    readonly factor: Extract<Parameters<typeof answerPage>[2], { page: 'shown_once' }>['factor']
  },
): void {
  const { more, stepUp, view } = accepted.verified
  const shown = view.length === 0 ? {} : { view }
  if (!wantsPage(req)) return answerJson(res, { ok: true, more, ...shown })

  const next = more ? withQuery(`${core.mountPath}/challenges/${stepUp.id}`, carryOn(req)) : afterwards(core, req)
  if (view.length === 0) return answerRedirect(res, next)
  const { account } = session.record
  answerPage(core, res, { page: 'shown_once', account, factor: accepted.factor, view, continueUrl: next })
}

async function refuseAnswer(
  core: Core,
  own: Own,
  { reason, factor }: { readonly reason: Reason; readonly factor: Factor },
): Promise<void> {
  if (reason === 'too_many_attempts') return answerRefusal(core, own, refusal('wrong_too_often'))
  if (isNotEnough(reason)) return answerRefusal(core, own, refusal('not_enough', challengeUrl(core, own)))
  const known = wrongAnswer(reason, factor)
  // Answered in another tab, replaced there or too late: the page goes on from where the step-up is now.
  if (known === undefined && wantsPage(own.req)) return await showChallengePage(core, own, 'try_again')
  if (known === undefined) return answerRefusal(core, own, refusal('ended'))
  if (wantsPage(own.req)) await showChallengePage(core, own, known.problem)
  else answerProblem(own.res, { status: known.status, code: known.code, title: known.title })
}
