import type { FactorName } from '@sallyport/audit'
import type { Request } from 'express'

import { afterwards, carryOn, withQuery, withWayBack } from './afterwards.ts'
import { answerJson, answerPage, answerProblem, answerRedirect, answerRefusal } from './answers.ts'
import { listAuthenticators, type EnrolledAuthenticator } from './authenticators.ts'
import { showChallenge, type ShownChallenge } from './challenges.ts'
import { decide } from './decide.ts'
import { isEnrolled, offeredFactors } from './given.ts'
import { helpfulFactors } from './helpful-factors.ts'
import { wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { formToken } from './own-forms.ts'
import type { OtherWay, PageProblem, ShownAction } from './page-models.ts'
import { refusal } from './refusals.ts'
import type { Own } from './route.ts'
import { openAction } from './shown-action.ts'
import { findStepUp, type OpenStepUp } from './step-ups.ts'
import { spentFactor } from './wrong-answers.ts'

/** Shows where a step-up is now: a challenge of a factor that would help, what to set up first, or that it is over. */
export async function showChallengePage(core: Core, own: Own, problem?: PageProblem): Promise<void> {
  const { req, res, session } = own
  const stepUp = await findStepUp(core, session, String(req.params['id']))
  if (stepUp === undefined) return answerRefusal(core, own, refusal('unknown'))
  if (stepUp.value.status === 'satisfied') return answerRedirect(res, afterwards(core, req))
  if (stepUp.value.status !== 'open') return answerRefusal(core, own, refusal('ended'))

  const helpful = neededFactors(core, own, stepUp)
  if (helpful.length === 0) return answerRefusal(core, own, refusal('not_enough'))
  const factors = await offered(core, own, { stepUp, helpful })
  const wish = wished(own, stepUp, factors)
  const factor = wish ?? factors[0]
  // Programs are told of every way there is; people, what to do now that theirs was not enough.
  const isSpent = wish === undefined && factor === spentFactor(stepUp.value) && wantsPage(req)
  if (factor === undefined || (isSpent && helpful.some((name) => canAdd(core, name))))
    return await showEnrolFirst(core, own, { stepUp, others: factors })

  const shown = await issue(core, own, { stepUp, factor })
  if (shown === undefined) return answerRefusal(core, own, refusal('ended'))
  await showPage(core, own, { shown, others: factors.filter((name) => name !== factor), problem })
}

/** The factors that would help now: asked for, not proved yet, and able to show what is demanded. */
function neededFactors(core: Core, { session }: Own, { value }: OpenStepUp): readonly FactorName[] {
  const { requirement, collected, action } = value
  const proved = action === null ? session.evidence : collected
  const decision = decide(requirement, proved, core.store.now())
  return helpfulFactors(core, session, {
    requirement,
    wanted: decision.satisfied ? requirement.anyOf : decision.factors,
  })
}

/** The factor that the address names, of those that are offered; one that was come back from only while it may still do. */
function wished({ req }: Own, { value }: OpenStepUp, factors: readonly FactorName[]): FactorName | undefined {
  const asked = req.params['factor'] ?? req.query['factor']
  const from = req.query['from']
  return factors.find((name) => name === asked || (name === from && name !== spentFactor(value)))
}

/**
 * Of these the ones that the person has, first the one that they used last: most people use one. What was not enough comes
 * last.
 */
async function offered(
  core: Core,
  { session }: Own,
  { stepUp, helpful }: { readonly stepUp: OpenStepUp; readonly helpful: readonly FactorName[] },
): Promise<readonly FactorName[]> {
  const usable = (await listAuthenticators(core, session.record.user)).filter(({ value }) => !value.disabled)
  const factors = offeredFactors(core, session, usable).filter((name) => helpful.includes(name))
  const spent = spentFactor(stepUp.value)
  const order = (a: FactorName, b: FactorName): number => lastUse(usable, b) - lastUse(usable, a)
  return factors.toSorted((a, b) => Number(a === spent) - Number(b === spent) || order(a, b))
}

/** Whether the factor is one that people set up themselves. */
function canAdd(core: Core, name: FactorName): boolean {
  const factor = core.factors.get(name)
  return factor !== undefined && isEnrolled(factor)
}

function lastUse(authenticators: readonly EnrolledAuthenticator[], factor: FactorName): number {
  const uses = authenticators.filter(({ value }) => value.factor === factor).map(({ value }) => value.lastUsedAt ?? 0)
  return Math.max(0, ...uses)
}

/** Issues the challenge of a factor, also against parallel requests that do the same. */
async function issue(
  core: Core,
  { req, session }: Own,
  wanted: { readonly stepUp: OpenStepUp; readonly factor: FactorName },
): Promise<ShownChallenge | undefined> {
  let stepUp: OpenStepUp | undefined = wanted.stepUp
  for (let round = 0; round < 5 && stepUp?.value.status === 'open'; round += 1) {
    const shown = await showChallenge(core, { req, session, stepUp, factor: wanted.factor })
    if (shown !== undefined) return shown
    stepUp = await findStepUp(core, session, stepUp.id)
  }
  return undefined
}

/** A challenge with what stands around it. */
interface Drawn {
  readonly shown: ShownChallenge
  readonly others: readonly FactorName[]
  readonly problem: PageProblem | undefined
}

async function showPage(core: Core, own: Own, { shown, others, problem }: Drawn): Promise<void> {
  const { req, res, session } = own
  const { challenge, stepUp, view } = shown
  const base = `${core.mountPath}/challenges/${stepUp.id}`
  const carry = carryOn(req)
  const { factor, until } = challenge.value
  const action = await shownAction(core, stepUp)
  const ways = view.map((block) => withWayBack(block, base, { ...carry, from: factor }))
  if (!wantsPage(req))
    return answerJson(res, {
      stepUp: stepUp.id,
      factor,
      factors: [factor, ...others],
      view: ways,
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
    view: ways,
    others: linked(base, req, others),
    cancelUrl: withQuery(`${base}/cancel`, carry),
    denyUrl: withQuery(`${base}/deny`, carry),
    secondsLeft: Math.max(0, Math.floor((until - core.store.now()) / 1_000)),
    ...(problem === undefined ? {} : { problem }),
    csrf: await formToken(core, session),
  })
}

/** Factors with the page's own address for each. */
function linked(base: string, req: Request, factors: readonly FactorName[]): readonly OtherWay[] {
  return factors.map((factor) => ({ factor, url: withQuery(base, { ...carryOn(req), factor }) }))
}

async function shownAction(core: Core, { id, value }: OpenStepUp): Promise<ShownAction | undefined> {
  return value.action === null ? undefined : await openAction(core, id, value.action)
}

/** Shown to whoever has nothing that would do; in `others` is what they have and was not enough. */
async function showEnrolFirst(
  core: Core,
  { req, res, session }: Own,
  { stepUp, others }: { readonly stepUp: OpenStepUp; readonly others: readonly FactorName[] },
): Promise<void> {
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
    others: linked(base, req, others),
    authenticatorsUrl,
    cancelUrl: withQuery(`${base}/cancel`, carryOn(req)),
    csrf: await formToken(core, session),
  })
}
