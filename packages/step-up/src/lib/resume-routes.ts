import { event } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import { Router } from 'express'

import { RESUME_FIELD } from './action.ts'
import { answerPage, answerRefusal } from './answers.ts'
import type { Core } from './options.ts'
import { formToken } from './own-forms.ts'
import type { Kept, StashRecord } from './records.ts'
import { refusal } from './refusals.ts'
import { ownPage, requireOwnForm, type Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import { findStash, openStash, type KeptForm } from './stash.ts'
import { deviceOf } from './visit.ts'

/** The summary of a kept form, and the way to discard it. Nothing here executes anything. */
export function resumeRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  router.get(
    '/resume/:id',
    ownPage(sessions, (own) => show(core, own)),
  )
  router.post(
    '/resume/:id/discard',
    ownForm,
    ownPage(sessions, (own) => discard(core, own)),
  )
  return router
}

/** A form to the original address, sent by the person's own press of a button; reloading it loses nothing. */
async function show(core: Core, own: Own): Promise<void> {
  const { req, res, session } = own
  const stash = await find(core, own)
  if (stash === undefined) return answerRefusal(core, own, refusal('unknown_form'))

  const form = await openStash(core, stash)
  answerPage(core, res, {
    page: 'resume',
    account: session.record.account,
    ...(form.action === null ? {} : { action: form.action }),
    method: 'post',
    url: form.url,
    fields: [...freshFields(core, own, form), [RESUME_FIELD, String(req.params['id'])]],
    discardUrl: `${core.mountPath}/resume/${String(req.params['id'])}/discard`,
    csrf: await formToken(core, session),
  })
}

async function discard(core: Core, own: Own): Promise<void> {
  const stash = await find(core, own)
  if (stash === undefined) return answerRefusal(core, own, refusal('unknown_form'))

  const { user, lineage } = stash.value
  const refused = event('step_up.refused', {
    context: contextOf(own.req),
    actor: { user },
    lineage,
    outcome: 'failure',
    reason: 'cancelled',
    data: { requirement: 'resume' },
  })
  const committed = await core.audit.commit({
    writes: [{ op: 'remove', key: stash.key, expect: stash.version }],
    events: [refused],
  })
  if (!committed.ok) return answerRefusal(core, own, refusal('unknown_form'))
  answerRefusal(core, own, refusal('discarded'))
}

async function find(core: Core, { req, session }: Own): Promise<Kept<StashRecord> | undefined> {
  return await findStash(core, session, { id: String(req.params['id']), device: deviceOf(req) })
}

/** The kept fields, with the application's CSRF token of today in place of the one of then. */
function freshFields(core: Core, { req, res }: Own, form: KeptForm): KeptForm['fields'] {
  const token = core.csrf?.(req, res)
  if (token === undefined) return form.fields
  return [...form.fields.filter(([name]) => name !== token.name), [token.name, token.value]]
}
