import { event, type PendingEvent, type Reason } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import type { OpenChallenge } from './challenges.ts'
import type { LiveSession } from './session-state.ts'
import { stepUpContext, type OpenStepUp } from './step-ups.ts'
import type { Tries } from './tries.ts'
import type { Factor, FactorEvent, FactorInput, ViewBlock } from './types.ts'

/** How an answer to a challenge was taken. */
export type Verified =
  /** The step-up is satisfied, or `more` must be proved for it; `view` is to be shown once before. */
  | { readonly ok: true; readonly more: boolean; readonly stepUp: OpenStepUp; readonly view: readonly ViewBlock[] }
  | { readonly ok: false; readonly reason: Reason }

/** An answer as it came in. */
export interface Answer {
  readonly req: Request
  readonly session: LiveSession
  readonly stepUp: OpenStepUp
  readonly factor: Factor
  readonly input: FactorInput
  /** What the caller has to tell, whatever comes of the answer; goes into the same commit. */
  readonly events: readonly PendingEvent[]
  /** What the caller has to write down together with a success, and only then. */
  readonly writes: readonly Write[]
}

/** An answer with the challenge that it is for, and whose tries it uses. */
export interface AnswerInHand extends Answer {
  readonly challenge: OpenChallenge
  readonly tries: Tries
  /** The authenticator that the judgement is about, if it is about one. */
  readonly named: string | undefined
}

/** Makes the events that a factor adds to its judgement. */
export function factorEvents(
  { req, stepUp, challenge }: AnswerInHand,
  events: readonly FactorEvent[],
  authenticator: string | undefined,
): readonly PendingEvent[] {
  const { factor } = challenge.value
  const authn = { factor, ...(authenticator === undefined ? {} : { authenticator }) }
  return events.map(({ type, data }) =>
    event(type, { ...stepUpContext(req, stepUp), authn, challenge: challenge.id, data }),
  )
}
