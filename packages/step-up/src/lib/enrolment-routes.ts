import { carryOn, withQuery } from './afterwards.ts'
import { answerJson, answerPage, answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import { listAuthenticators } from './authenticators.ts'
import { authenticatorsUrl, listUrl } from './authenticator-urls.ts'
import type { Enrolled } from './enrolment-records.ts'
import { enrolmentBar } from './enrolment-rules.ts'
import { cancelEnrolment, finishEnrolment, showEnrolment, startEnrolment, type ShownEnrolment } from './enrolments.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { formToken, readInput } from './own-forms.ts'
import type { PageProblem } from './page-models.ts'
import { refusal, wrongAnswer } from './refusals.ts'
import type { Own } from './route.ts'
import type { EnrolledFactor } from './types.ts'

/** Begins to add an authenticator; goes behind the change gate. */
export async function beginEnrolment(core: Core, own: Own, factor: EnrolledFactor | undefined): Promise<void> {
  if (factor === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  const enrolled = await listAuthenticators(core, own.session.record.user)
  const bar = enrolmentBar(core, own.session, { factor, enrolled })
  if (bar === 'sign_in_again') return answerRefusal(core, own, refusal('sign_in_again', loginUrl(core)))
  if (bar !== undefined) return answerRefusal(core, own, refusal(bar, authenticatorsUrl(core)))

  const shown = await startEnrolment(core, own, factor)
  if (shown === undefined) return answerRefusal(core, own, refusal('too_many', authenticatorsUrl(core)))
  await drawEnrolment(core, own, { factor, shown })
}

/** Shows an enrolment under way once more, for a page that is loaded again. */
export async function showPending(core: Core, own: Own, factor: EnrolledFactor | undefined): Promise<void> {
  const id = enrolmentId(own)
  if (factor === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  const shown = await showEnrolment(core, own, { id, factor })
  if (shown === undefined) return answerRefusal(core, own, refusal('ended', authenticatorsUrl(core)))
  await drawEnrolment(core, own, { factor, shown })
}

/** Ends an enrolment under way; nothing was added. */
export async function cancel(core: Core, own: Own, factor: EnrolledFactor | undefined): Promise<void> {
  if (factor === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))

  await cancelEnrolment(core, own, { id: enrolmentId(own), factor })
  if (wantsPage(own.req)) answerRedirect(own.res, withQuery(authenticatorsUrl(core), carryOn(own.req)))
  else answerJson(own.res, { ok: true })
}

/** Takes the answer that ends an enrolment. */
export async function finish(core: Core, own: Own, factor: EnrolledFactor | undefined): Promise<void> {
  const { req, res } = own
  const input = readInput(req)
  const id = enrolmentId(own)
  if (factor === undefined) return answerRefusal(core, own, refusal('unknown', authenticatorsUrl(core)))
  if (input === undefined) return answerRefusal(core, own, refusal('input', authenticatorsUrl(core)))

  const enrolled = await finishEnrolment(core, own, { id, factor, input })
  if (!enrolled.ok) return await refuseFinish(core, own, { id, factor, enrolled })
  if (wantsPage(req)) answerRedirect(res, listUrl(core, req, 'enrolled'))
  else answerJson(res, { ok: true, authenticator: id }, 201)
}

async function refuseFinish(
  core: Core,
  own: Own,
  refused: {
    readonly id: string
    readonly factor: EnrolledFactor
    readonly enrolled: Extract<Enrolled, { ok: false }>
  },
): Promise<void> {
  const { id, factor, enrolled } = refused
  const { reason, view } = enrolled
  if (view === undefined) {
    const name = reason === 'too_many_attempts' ? 'wrong_too_often' : 'ended'
    return answerRefusal(core, own, refusal(name, authenticatorsUrl(core)))
  }
  const wrong = wrongAnswer(reason, factor)
  if (wantsPage(own.req)) {
    const problem = wrong?.problem ?? 'try_again'
    return await drawEnrolment(core, own, { factor, shown: { id, view }, problem })
  }
  const { code, title } = wrong ?? { code: 'ERR_STEP_UP_INPUT', title: 'The answer does not fit' }
  answerProblem(own.res, { status: 422, code, title, finishUrl: finishUrl(core, factor, id), view })
}

async function drawEnrolment(
  core: Core,
  { req, res, session }: Own,
  drawn: { readonly factor: EnrolledFactor; readonly shown: ShownEnrolment; readonly problem?: PageProblem },
): Promise<void> {
  const { factor, shown, problem } = drawn
  const { id, view } = shown
  const base = `${authenticatorsUrl(core)}/${factor.name}`
  if (!wantsPage(req)) {
    const body = { enrolment: id, factor: factor.name, finishUrl: finishUrl(core, factor, id), view }
    return answerJson(res, body)
  }
  answerPage(core, res, {
    page: 'enrolment',
    account: session.record.account,
    factor: factor.name,
    view,
    finishUrl: withQuery(`${base}/finish`, { enrolment: id, ...carryOn(req) }),
    cancelUrl: withQuery(`${base}/cancel`, { enrolment: id, ...carryOn(req) }),
    ...(problem === undefined ? {} : { problem }),
    csrf: await formToken(core, session),
  })
}

function finishUrl(core: Core, { name }: EnrolledFactor, id: string): string {
  return withQuery(`${authenticatorsUrl(core)}/${name}/finish`, { enrolment: id })
}

function enrolmentId({ req }: Own): string {
  const id = req.query['enrolment']
  return typeof id === 'string' ? id : ''
}

function loginUrl(core: Core): string {
  return `${core.loginPath}?return_to=${encodeURIComponent(authenticatorsUrl(core))}`
}
