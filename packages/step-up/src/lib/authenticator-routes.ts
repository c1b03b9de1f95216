import { Router, type RequestHandler } from 'express'

import { removeAuthenticator, renameAuthenticator } from './authenticator-changes.ts'
import { showAuthenticators } from './authenticator-list.ts'
import { createChangeGate } from './change-gate.ts'
import { beginEnrolment, cancel, finish, showPending } from './enrolment-routes.ts'
import { isEnrolled } from './given.ts'
import type { Core } from './options.ts'
import { ownPage, requireOwnForm, type Own, type OwnHandler } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import type { EnrolledFactor } from './types.ts'

/** The routes by which people see, add, rename and remove their authenticators. */
export function authenticatorRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  const gate = createChangeGate(core, sessions)
  const page = (handler: OwnHandler): RequestHandler => ownPage(sessions, handler)
  const named = (
    handler: (core: Core, own: Own, factor: EnrolledFactor | undefined) => Promise<void>,
  ): RequestHandler => page((own) => handler(core, own, findFactor(core, own.req.params['factor'])))

  router.get(
    '/authenticators',
    page((own) => showAuthenticators(core, sessions, own)),
  )
  router.post('/authenticators/:factor/start', ownForm, gate, named(beginEnrolment))
  router.get('/authenticators/:factor/finish', named(showPending))
  router.post('/authenticators/:factor/finish', ownForm, named(finish))
  router.post('/authenticators/:factor/cancel', ownForm, named(cancel))
  router.post(
    '/authenticators/:id/rename',
    ownForm,
    gate,
    page((own) => renameAuthenticator(core, own)),
  )
  router.post(
    '/authenticators/:id/remove',
    ownForm,
    gate,
    page((own) => removeAuthenticator(core, own)),
  )
  router.post(
    '/recovery-codes',
    ownForm,
    gate,
    page((own) => beginEnrolment(core, own, findFactor(core, 'recovery_code'))),
  )
  return router
}

/** Only what people set up themselves: of what they are given there is nothing to add here. */
function findFactor(core: Core, name: unknown): EnrolledFactor | undefined {
  return [...core.factors.values()].filter(isEnrolled).find((factor) => factor.name === name)
}
