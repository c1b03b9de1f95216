import { event, type Authn, type EventInput, type PendingEvent, type Reason } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Request } from 'express'

import { authnOf } from './evidence-authn.ts'
import type { OpenSignIn } from './sign-in-cookie.ts'
import type { Known } from './sign-in-records.ts'
import type { Evidence, Factor, FactorEvent, FactorOutcome } from './types.ts'

/** What the events of one answer have in common. */
export interface AboutAnswer {
  readonly req: Request
  /** None when the browser has no such sign-in open. */
  readonly open?: OpenSignIn | undefined
  readonly factor: Pick<Factor, 'name'>
  /** Whose passkey the answer names; nobody is named as actor before. */
  readonly known?: Known | undefined
}

/** The name of a sign-in among the requirements in the ledger. */
const SIGN_IN = 'sign_in'

/** Says why nobody was signed in. */
export function deniedInput(about: AboutAnswer, reason: Reason): EventInput<'access.denied'> {
  return { ...context(about), outcome: 'failure', reason, data: { requirement: SIGN_IN } }
}

/** Says that somebody was, with what proves it; and what the factor has to add. */
export function allowedEvents(
  about: AboutAnswer,
  proved: {
    readonly outcome: Extract<FactorOutcome, { ok: true }>
    readonly evidence: Evidence
    readonly lineage: string
  },
): readonly PendingEvent[] {
  const { outcome, evidence, lineage } = proved
  const allowed = event('access.allowed', {
    ...context(about),
    authn: authnOf(evidence),
    outcome: 'success',
    lineage,
    sealed: outcome.proof,
    data: { requirement: SIGN_IN },
  })
  return [allowed, ...factorEvents(about, outcome.events)]
}

/** Makes the events that a factor adds to its judgement. */
export function factorEvents(about: AboutAnswer, events: readonly FactorEvent[] = []): readonly PendingEvent[] {
  return events.map(({ type, data }) => event(type, { ...context(about), data }))
}

function context({ req, open, factor, known }: AboutAnswer): Omit<EventInput<'access.denied'>, 'data'> {
  const authn: Authn = {
    factor: factor.name,
    ...(known === undefined ? {} : { authenticator: known.authenticator.id }),
  }
  return {
    context: contextOf(req),
    authn,
    ...(known === undefined ? {} : { actor: { user: known.user } }),
    ...(open === undefined ? {} : { flow: open.id, challenge: open.id }),
  }
}
