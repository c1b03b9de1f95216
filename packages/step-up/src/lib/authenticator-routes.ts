import { contextOf, event, type PendingEvent } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import { Router, type Request } from 'express'

import { carryOn, withQuery } from './afterwards.ts'
import { answerPage, answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import { listAuthenticators, putAuthenticator, type EnrolledAuthenticator } from './authenticators.ts'
import { createChangeGate } from './change-gate.ts'
import { finishEnrolment, nextEpoch, startEnrolment, type ShownEnrolment } from './enrolments.ts'
import { LIMITS } from './limits.ts'
import { localPath, wantsPage } from './negotiation.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import { formToken, readInput } from './own-forms.ts'
import type { PageProblem } from './page-models.ts'
import { refusal, wrongAnswer } from './refusals.ts'
import { ownPage, requireOwnForm, type Own } from './route.ts'
import type { SessionAuthority } from './sessions.ts'
import type { Factor } from './types.ts'

const NOTICES = ['enrolled', 'removed', 'renamed'] as const
const MAX_LABEL = 64

/** The routes by which people see, add, rename and remove their authenticators. */
export function authenticatorRoutes(core: Core, sessions: SessionAuthority): Router {
  const router = Router()
  const ownForm = requireOwnForm(core, sessions)
  const gate = createChangeGate(core, sessions)
  router.get(
    '/authenticators',
    ownPage(sessions, (own) => list(core, own)),
  )
  router.post(
    '/authenticators/:factor/start',
    ownForm,
    gate,
    ownPage(sessions, (own) => start(core, own)),
  )
  router.post(
    '/authenticators/:factor/finish',
    ownForm,
    ownPage(sessions, (own) => finish(core, own)),
  )
  router.post(
    '/authenticators/:id/rename',
    ownForm,
    gate,
    ownPage(sessions, (own) => rename(core, own)),
  )
  router.post(
    '/authenticators/:id/remove',
    ownForm,
    gate,
    ownPage(sessions, (own) => remove(core, own)),
  )
  return router
}

async function list(core: Core, { req, res, session }: Own): Promise<void> {
  const enrolled = await listAuthenticators(core, session.record.user)
  const listed = enrolled.map(({ id, value }) => ({
    id,
    factor: value.factor,
    label: value.label,
    enrolledAt: value.enrolledAt,
    ...(value.lastUsedAt === null ? {} : { lastUsedAt: value.lastUsedAt }),
  }))
  if (!wantsPage(req))
    return void res.set('Cache-Control', 'no-store').json({ authenticators: listed, factors: [...core.factors.keys()] })

  const continueUrl = localPath(req.query['return_to'])
  const notice = NOTICES.find((name) => name === req.query['notice'])
  const base = `${core.mountPath}/authenticators`
  const carry = carryOn(req)
  answerPage(core, res, {
    page: 'authenticators',
    account: session.record.account,
    authenticators: listed.map((each) => ({
      ...each,
      renameUrl: withQuery(`${base}/${each.id}/rename`, carry),
      removeUrl: withQuery(`${base}/${each.id}/remove`, carry),
    })),
    factors: [...core.factors.keys()].map((factor) => ({
      factor,
      startUrl: withQuery(`${base}/${factor}/start`, carry),
    })),
    ...(continueUrl === undefined ? {} : { continueUrl }),
    ...(notice === undefined ? {} : { notice }),
    csrf: await formToken(core, session),
  })
}

async function start(core: Core, own: Own): Promise<void> {
  const factor = factorOf(core, own.req)
  if (factor === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  const enrolled = await listAuthenticators(core, own.session.record.user)
  const isFirst = enrolled.length === 0
  if (isFirst && core.store.now() - own.session.record.startedAt > LIMITS.firstEnrolmentMs)
    return answerRefusal(core, own, refusal('sign_in_again', loginUrl(core)))
  if (enrolled.length >= LIMITS.authenticators)
    return answerRefusal(core, own, refusal('too_many', authenticatorsUrl(core)))

  const shown = await startEnrolment(core, own, factor)
  if (shown === undefined) return answerRefusal(core, own, refusal('too_many', authenticatorsUrl(core)))
  await showEnrolment(core, own, { factor, shown })
}

async function finish(core: Core, own: Own): Promise<void> {
  const { req, res } = own
  const factor = factorOf(core, req)
  const input = readInput(req)
  const id = req.query['enrolment']
  if (factor === undefined || typeof id !== 'string')
    return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))
  if (input === undefined) return answerRefusal(core, own, refusal('input', authenticatorsUrl(core)))

  const enrolled = await finishEnrolment(core, own, { id, factor, input })
  if (enrolled.ok && wantsPage(req)) return answerRedirect(res, listUrl(core, req, 'enrolled'))
  if (enrolled.ok) return void res.set('Cache-Control', 'no-store').status(201).json({ ok: true, authenticator: id })
  if (enrolled.reason === 'too_many_attempts')
    return answerRefusal(core, own, refusal('wrong_too_often', authenticatorsUrl(core)))
  if (enrolled.view === undefined) return answerRefusal(core, own, refusal('ended', authenticatorsUrl(core)))
  const wrong = wrongAnswer(enrolled.reason)
  if (!wantsPage(req)) {
    const { code, title } = wrong ?? { code: 'ERR_STEP_UP_INPUT', title: 'The answer does not fit' }
    return answerProblem(res, { status: 422, code, title })
  }
  const problem = wrong?.problem ?? 'try_again'
  await showEnrolment(core, own, { factor, shown: { id, view: enrolled.view }, problem })
}

async function showEnrolment(
  core: Core,
  { req, res, session }: Own,
  drawn: { readonly factor: Factor; readonly shown: ShownEnrolment; readonly problem?: PageProblem },
): Promise<void> {
  const { factor, shown, problem } = drawn
  const finish = `${authenticatorsUrl(core)}/${factor.name}/finish`
  const finishUrl = withQuery(finish, { enrolment: shown.id })
  if (!wantsPage(req))
    return void res
      .set('Cache-Control', 'no-store')
      .json({ enrolment: shown.id, factor: factor.name, finishUrl, view: shown.view })

  answerPage(core, res, {
    page: 'enrolment',
    account: session.record.account,
    factor: factor.name,
    view: shown.view,
    finishUrl: withQuery(finish, { enrolment: shown.id, ...carryOn(req) }),
    cancelUrl: withQuery(authenticatorsUrl(core), carryOn(req)),
    ...(problem === undefined ? {} : { problem }),
    csrf: await formToken(core, session),
  })
}

async function rename(core: Core, own: Own): Promise<void> {
  const authenticator = await findOwn(core, own)
  const label = readInput(own.req)?.['label']?.trim().toWellFormed()
  if (authenticator === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))
  if (label === undefined || label === '' || label.length > MAX_LABEL || /\p{Cc}/u.test(label))
    return answerRefusal(core, own, refusal('input', authenticatorsUrl(core)))

  const { user } = own.session.record
  const write = putAuthenticator(user, authenticator.id, {
    record: { ...authenticator.value, label },
    expect: authenticator.version,
  })
  const { factor } = authenticator.value
  await change(core, own, {
    writes: [write],
    event: event('authenticator.renamed', { ...aboutChange(own, authenticator), data: { factor } }),
    notice: 'renamed',
  })
}

async function remove(core: Core, own: Own): Promise<void> {
  const authenticator = await findOwn(core, own)
  if (authenticator === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  const { factor } = authenticator.value
  const left = (await listAuthenticators(core, own.session.record.user)).length - 1
  const writes: readonly Write[] = [
    { op: 'remove', key: authenticator.key, expect: authenticator.version },
    nextEpoch(own.session),
  ]
  const removed = event('authenticator.removed', { ...aboutChange(own, authenticator), data: { factor, left } })
  if (await change(core, own, { writes, event: removed, notice: 'removed' }))
    await notifyOf(core, own, { about: 'authenticator.removed', factor })
}

async function change(
  core: Core,
  own: Own,
  made: { readonly writes: readonly Write[]; readonly event: PendingEvent; readonly notice: 'removed' | 'renamed' },
): Promise<boolean> {
  const committed = await core.audit.commit({ writes: made.writes, events: [made.event] })
  if (!committed.ok) answerRefusal(core, own, refusal('ended', authenticatorsUrl(core)))
  else if (wantsPage(own.req)) answerRedirect(own.res, listUrl(core, own.req, made.notice))
  else own.res.set('Cache-Control', 'no-store').json({ ok: true })
  return committed.ok
}

function aboutChange({ req, session }: Own, { id, value }: EnrolledAuthenticator) {
  const { user, lineage } = session.record
  return {
    context: contextOf(req),
    actor: { user },
    lineage,
    outcome: 'success' as const,
    authn: { authenticator: id, factor: value.factor },
  }
}

async function findOwn(core: Core, { req, session }: Own): Promise<EnrolledAuthenticator | undefined> {
  const enrolled = await listAuthenticators(core, session.record.user)
  return enrolled.find(({ id }) => id === req.params['id'])
}

function factorOf(core: Core, req: Request): Factor | undefined {
  return [...core.factors.values()].find(({ name }) => name === req.params['factor'])
}

function listUrl(core: Core, req: Request, notice: (typeof NOTICES)[number]): string {
  return withQuery(authenticatorsUrl(core), { notice, ...carryOn(req) })
}

function authenticatorsUrl({ mountPath }: Core): string {
  return `${mountPath}/authenticators`
}

/** The first authenticator decides what all later proofs are worth: an old session may not choose it. */
function loginUrl(core: Core): string {
  return `${core.loginPath}?return_to=${encodeURIComponent(authenticatorsUrl(core))}`
}
