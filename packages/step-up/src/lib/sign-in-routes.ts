import type { Reason } from '@sallyport/audit'
import { Router, type Request, type RequestHandler } from 'express'

import { withQuery } from './afterwards.ts'
import { answerJson, answerPage, answerProblem, answerRedirect, answerRefusal, type Exchange } from './answers.ts'
import { StepUpError, unavailable } from './errors.ts'
import { localPath, wantsPage } from './negotiation.ts'
import type { Core } from './options.ts'
import { readInput } from './own-forms.ts'
import type { PageProblem } from './page-models.ts'
import { refusal, wrongAnswer } from './refusals.ts'
import { isOwnPost } from './same-origin.ts'
import type { SessionAuthority } from './sessions.ts'
import { readOpenSignIns, writeOpenSignIns, type OpenSignIn } from './sign-in-cookie.ts'
import type { SignInFactor } from './sign-in-judgement.ts'
import { answerSignIn, refuseUnread, startSignIn } from './sign-in.ts'
import type { Factor } from './types.ts'

/**
 * The routes by which people sign in with a passkey, without saying first who they are.
 *
 * A GET writes nothing but a cookie, and a session begins only by the person's own doing at their authenticator. Every
 * wrong answer gets the same refusal, whether the passkey is unknown, disabled, of a locked user or simply did not hold.
 *
 * @param core With `signIn`.
 * @param sessions The authority that begins the session.
 * @throws `StepUpError` with `ERR_STEP_UP_OPTION` when no factor can be signed in with.
 */
export function signInRoutes(core: Core, sessions: SessionAuthority): Router {
  const factors = [...core.factors.values()].filter(canSignIn)
  const [first] = factors
  if (first === undefined)
    throw new StepUpError(
      'ERR_STEP_UP_OPTION',
      'signIn needs a factor that people can sign in with, such as webauthn().',
    )

  const chosen = (name: unknown): SignInFactor | undefined => factors.find((factor) => factor.name === name)
  const router = Router()
  router.get(
    '/sign-in',
    handled(async (exchange) => await show(core, exchange, { factor: chosen(exchange.req.query['factor']) ?? first })),
  )
  router.post(
    '/sign-in/:factor/verify',
    handled(
      async (exchange) => await verify(core, sessions, { ...exchange, factor: chosen(exchange.req.params['factor']) }),
    ),
  )
  return router
}

function canSignIn(factor: Factor): factor is SignInFactor {
  return factor.signIn !== undefined
}

function handled(handler: (exchange: Exchange) => Promise<void>): RequestHandler {
  return async (req, res, next) => {
    try {
      await handler({ req, res })
    } catch (error) {
      next(unavailable(error))
    }
  }
}

interface Showing {
  readonly factor: SignInFactor
  readonly problem?: PageProblem
  /** The challenge that was answered: it is over. */
  readonly over?: OpenSignIn | undefined
}

/** Shows a new challenge. */
async function show(core: Core, { req, res }: Exchange, { factor, problem, over }: Showing): Promise<void> {
  const others = (await readOpenSignIns(core, req)).filter(({ id }) => id !== over?.id)
  const open = await startSignIn(core, factor, over?.returnTo ?? returnPath(core, req))
  const view = await factor.signIn.view(open.state)
  await writeOpenSignIns(core, res, [...others, open])

  const path = `${core.mountPath}/sign-in/${factor.name}/verify`
  // The path goes along, for the page that is shown when the challenge has been lost.
  const verifyUrl = withQuery(path, { challenge: open.id, return_to: open.returnTo })
  if (!wantsPage(req)) return answerJson(res, { factor: factor.name, verifyUrl, view, expiresAt: open.until })
  answerPage(core, res, {
    page: 'sign_in',
    factor: factor.name,
    view,
    verifyUrl,
    ...(core.signIn?.otherUrl === undefined ? {} : { otherUrl: core.signIn.otherUrl }),
    ...(problem === undefined ? {} : { problem }),
    csrf: await signInToken(core, open.id),
  })
}

async function verify(
  core: Core,
  sessions: SessionAuthority,
  exchange: Exchange & { readonly factor: SignInFactor | undefined },
): Promise<void> {
  const { req, res, factor } = exchange
  const id = req.query['challenge']
  if (factor === undefined || typeof id !== 'string' || !/^[0-9A-Z]{26}$/.test(id))
    return answerRefusal(core, exchange, refusal('unknown', signInUrl(core)))
  if (!(await isOwnPost(core, req, () => signInToken(core, id))))
    return answerRefusal(core, exchange, refusal('forbidden', signInUrl(core)))
  const input = readInput(req)
  if (input === undefined) return answerRefusal(core, exchange, refusal('input', signInUrl(core)))

  const all = await readOpenSignIns(core, req)
  const open = all.find((one) => one.id === id && one.factor === factor.name)
  if (open === undefined || open.until <= core.store.now()) {
    const why = open === undefined ? 'transaction_unknown' : 'expired'
    const { reason } = await refuseUnread(core, { req, open, factor }, why)
    return await refuse(core, exchange, { factor, over: open, reason })
  }
  const signedIn = await answerSignIn(core, sessions, { req, factor, open, input })
  if (!signedIn.ok) return await refuse(core, exchange, { factor, over: open, reason: signedIn.reason })

  const others = all.filter((one) => one !== open)
  await writeOpenSignIns(core, res, others)
  if (wantsPage(req)) answerRedirect(res, open.returnTo)
  else answerJson(res, { ok: true, returnTo: open.returnTo })
}

const OVER: readonly Reason[] = ['transaction_unknown', 'expired', 'already_used']

/** Answers what did not hold: in words that say nothing about which passkeys are known here. */
async function refuse(
  core: Core,
  exchange: Exchange,
  refused: Omit<Showing, 'problem'> & { readonly reason: Reason },
): Promise<void> {
  const { reason } = refused
  if (reason === 'too_many_attempts') return answerRefusal(core, exchange, refusal('wrong_too_often', signInUrl(core)))
  const isOver = OVER.includes(reason)
  const { problem, ...wrong } = sameForAll()
  if (wantsPage(exchange.req)) await show(core, exchange, { ...refused, problem: isOver ? 'try_again' : problem })
  else if (isOver) answerRefusal(core, exchange, refusal('ended'))
  else answerProblem(exchange.res, wrong)
}

function sameForAll(): NonNullable<ReturnType<typeof wrongAnswer>> {
  const wrong = wrongAnswer('signature_invalid', { guessable: false })
  if (wrong === undefined) throw new Error('sameForAll: no words for a signature that does not hold')
  return wrong
}

/** The token of a sign-in's form. There is no session yet that it could belong to: it belongs to the challenge. */
async function signInToken(core: Core, id: string): Promise<string> {
  return await core.keyring.pseudonym('step-up.sign-in.csrf', id)
}

function signInUrl({ mountPath }: Core): string {
  return `${mountPath}/sign-in`
}

function returnPath({ signIn }: Core, req: Request): string {
  return localPath(req.query['return_to']) ?? signIn?.afterUrl ?? '/'
}
