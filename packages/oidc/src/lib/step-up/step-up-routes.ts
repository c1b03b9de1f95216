import { Router } from 'express'
import { isSameDoor } from '../door-name.ts'
import { OidcError, storeUnavailable } from '../errors.ts'
import { failingOf } from '../login-flow.ts'
import { holdSession, refuseUnavailable } from '../held-session.ts'
import { userId } from '../login-proof.ts'
import { member } from '../member.ts'
import { flowRequest, queryOf } from '../request.ts'
import { answerError } from '../routes/exchange.ts'
import { refuseSideways } from '../routes/navigation.ts'
import type { PendingEvent, Reason } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'
import type { OidcErrorCode } from '../errors.ts'
import type { Passed } from '../login-flow.ts'
import type { SecondDoor } from '../second-door.ts'
import type { ProofResult } from './step-up-proof.ts'
import type { Purpose, Transaction } from '../transaction.ts'
import type { Exchange, RouteParts } from '../routes/exchange.ts'

/** A round trip that was begun for a step-up. */
interface StepUpTransaction extends Transaction {
  readonly purpose: Extract<Purpose, { for: 'step_up' }>
}

type Answered = Awaited<ReturnType<SecondDoor['answer']>>

/** By these a round trip says that its person cannot do better: the challenge ends with them. All others leave it open. */
const ENDING: readonly Reason[] = ['level_not_reached', 'factor_too_old', 'wrong_subject']
const CODES: Partial<Record<Reason, OidcErrorCode>> = {
  level_not_reached: 'ERR_OIDC_ACR',
  factor_too_old: 'ERR_OIDC_AUTH_TIME',
  factor_too_weak: 'ERR_OIDC_TOO_WEAK',
  login_required: 'ERR_OIDC_SESSION_CHANGED',
  session_ended: 'ERR_OIDC_SESSION_CHANGED',
  session_rotated: 'ERR_OIDC_SESSION_CHANGED',
}

/** `GET /step-up`: sends the holder of a session to the provider for fresh proof, as one challenge asks for it. */
export function stepUpRoutes(parts: RouteParts): Router {
  const router = Router()
  router.get('/step-up', refuseSideways, async (req, res) => {
    const { flow, seals, ask } = parts
    const { sessions } = parts.secondDoor()
    const current = sessions.current(req)
    if (current.state !== 'live') return sessions.refuse(req, res)
    const returnTo = flow.wayBack(req.query['return_to'])
    try {
      const ticket = await seals.openTicket(req.query['ticket'])
      // Of this door alone: another one of the same issuer may judge by other rules.
      if (ticket?.user !== current.user || !isSameDoor(ticket, parts)) throw new OidcError('ERR_OIDC_TICKET')
      const { stepUp, bind, user, acrValues, maxAge, prompt } = ticket
      const purpose = { for: 'step_up', user, stepUp, bind } as const
      const correlation = { lineage: current.lineage, flow: stepUp }
      const asked = { acrValues, maxAge, prompt, scope: [], authorizationParams: ask.authorizationParams }
      return res.redirect(303, await flow.begin(flowRequest(req), { ...asked, returnTo, purpose, correlation }))
    } catch (error) {
      return answerError(parts, { req, res }, { error, during: 'step_up', startUrl: returnTo })
    }
  })
  return router
}

/**
 * Judges the answer to a step-up and hands what it proves to the second door. Passport has no part in it.
 *
 * @param begun The transaction as it was looked at: whatever comes of it, the way on is back to the challenge.
 */
export async function finishStepUp(parts: RouteParts, exchange: Exchange, begun: Transaction): Promise<void> {
  const { req, res } = exchange
  try {
    await judge(parts, req, await complete(parts, req, begun))
    return res.redirect(303, begun.returnTo)
  } catch (error) {
    // To a session that is not there any more no way leads back: who signs in anew is asked anew.
    const isGone = member(error, 'code') === 'ERR_OIDC_SESSION_CHANGED'
    return answerError(parts, exchange, { error, during: 'step_up', startUrl: isGone ? undefined : begun.returnTo })
  }
}

async function complete(parts: RouteParts, req: Request, begun: Transaction): Promise<Passed> {
  const completing = { purpose: 'step_up', userinfo: async () => false } as const
  try {
    return await parts.flow.complete(flowRequest(req), queryOf(req), completing)
  } catch (error) {
    const ends = error instanceof OidcError && ENDING.includes(error.reason)
    if (ends && isStepUp(begun)) await end(parts, req, { transaction: begun, reason: error.reason })
    throw error
  }
}

/** Hands the proof on. Rejects with an `OidcError` for what does not satisfy the step-up; it is in the ledger by then. */
async function judge(parts: RouteParts, req: Request, { transaction, completed, proof }: Passed): Promise<void> {
  const { evidence, user } = proof.login
  if (!isStepUp(transaction) || evidence === undefined) throw new OidcError('ERR_OIDC_TRANSACTION_UNKNOWN')
  const otherwise = strangerCode(transaction, completed.claims.sub)
  const signedIn = { transaction, user, otherwise }
  await refuseMisfit(parts, req, signedIn).catch(async (cause: unknown) => {
    const error = storeUnavailable(cause)
    await parts.flow.failed(flowRequest(req), error, failingOf(transaction))
    if (ENDING.includes(error.reason)) await end(parts, req, { transaction, reason: error.reason })
    throw cause
  })
  const result = { ok: true, evidence } as const
  const { succeeded, writes } = proof
  const handed = { transaction, result, events: [succeeded], writes }
  const answered = await answer(parts, req, handed).catch(async (cause: unknown) => {
    await parts.flow.failed(flowRequest(req), storeUnavailable(cause), failingOf(transaction))
    throw cause
  })
  if (answered.ok) return
  // Whom the identity signs in as has changed since it was looked up.
  if (answered.reason === 'not_permitted') throw new OidcError(otherwise)
  throw new OidcError(CODES[answered.reason] ?? 'ERR_OIDC_STEP_UP_ENDED')
}

/** Rejects for what does not fit: the session is another one, or the identity signs in as somebody else than its person. */
async function refuseMisfit(
  parts: RouteParts,
  req: Request,
  {
    transaction,
    user,
    otherwise,
  }: { readonly transaction: StepUpTransaction; readonly user: string; readonly otherwise: OidcErrorCode },
): Promise<void> {
  const { purpose, lineage } = transaction
  // It may have gone on under another id: the challenge knows it by its lineage.
  await holdSession(parts, req, { user: purpose.user, lineage })
  if (user !== purpose.user) throw new OidcError(otherwise)
}

/**
 * How an identity is refused that signs in as another user than the session's. Where it is the one whose own user that is, it
 * was linked to somebody since: nobody can prove themselves for this session any more, and only a new sign-in leads on.
 */
function strangerCode({ issuer, purpose }: StepUpTransaction, subject: string): OidcErrorCode {
  return userId(issuer, subject) === purpose.user ? 'ERR_OIDC_SESSION_CHANGED' : 'ERR_OIDC_WRONG_SUBJECT'
}

/** Ends the challenge, if it is still this session's: its person cannot do better, or was somebody else. */
async function end(
  parts: RouteParts,
  req: Request,
  { transaction, reason }: { readonly transaction: StepUpTransaction; readonly reason: Reason },
): Promise<void> {
  await answer(parts, req, { transaction, result: { ok: false, reason }, events: [], writes: [] })
}

async function answer(
  { seals, secondDoor, issuer, provider }: RouteParts,
  req: Request,
  given: {
    readonly transaction: StepUpTransaction
    readonly result: ProofResult
    readonly events: readonly PendingEvent[]
    readonly writes: readonly Write[]
  },
): Promise<Answered> {
  const { transaction, result, ...together } = given
  const { stepUp, bind, user } = transaction.purpose
  const proof = await seals.sealProof({ stepUp, bind, user, issuer, provider, result })
  const outside = { stepUp, factor: 'oidc', input: { proof }, ...together } as const
  return await secondDoor().answer(req, outside).catch(refuseUnavailable)
}

function isStepUp(transaction: Transaction): transaction is StepUpTransaction {
  return transaction.purpose.for === 'step_up'
}
