import { Router } from 'express'

import { carryOn, withQuery } from './afterwards.ts'
import { answerJson, answerRedirect, answerRefusal } from './answers.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import type { ListNotice } from './page-models.ts'
import { refusal } from './refusals.ts'
import { ownPage, requireOwnForm, type Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'

/**
 * The routes by which people end their other sessions and drop what they have proved. They need a live session and no
 * step-up: taking trust away is never harder than giving it (NIST SP 800-63B-4 §4.5).
 */
export function sessionRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  router.post(
    '/sessions/end-others',
    ownForm,
    ownPage(sessions, async (own) => {
      await sessions.endOthers(own.req)
      answerDone(core, own, 'sessions_ended')
    }),
  )
  router.post(
    '/sessions/:lineage/end',
    ownForm,
    ownPage(sessions, async (own) => {
      if (await sessions.endOne(own.req, String(own.req.params['lineage']))) answerDone(core, own, 'session_ended')
      else answerRefusal(core, own, refusal('unknown', `${core.mountPath}/authenticators`))
    }),
  )
  router.post(
    '/elevation/drop',
    ownForm,
    ownPage(sessions, async (own) => {
      if (await sessions.dropElevation(own.req)) answerDone(core, own, 'dropped')
      else sessions.refuse(own.req, own.res)
    }),
  )
  return router
}

function answerDone({ mountPath }: Core, { req, res }: Own, notice: ListNotice): void {
  if (wantsPage(req)) answerRedirect(res, withQuery(`${mountPath}/authenticators`, { notice, ...carryOn(req) }))
  else answerJson(res, { ok: true })
}
