import type { FactorName, PendingEvent, Reason } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { StepUpError, unavailable } from './errors.ts'
import type { Core } from './options.ts'
import { copyInput } from './own-forms.ts'
import type { SessionAuthority } from './sessions.ts'
import { findStepUp } from './step-ups.ts'
import type { Factor, FactorInput } from './types.ts'
import { verifyAnswer } from './verification.ts'
import { refuseUnjudged } from './wrong-answers.ts'

/** An answer that came in by another way than the form of its challenge, such as the callback of an identity provider. */
export interface OutsideAnswer {
  /** The id of the step-up, as the factor's `start` got it; may come from the client. */
  readonly stepUp: string
  readonly factor: FactorName
  /** What the factor's `verify` gets: at most 32 texts of at most 32,768 characters. */
  readonly input: FactorInput
  /** Events of the caller's own; committed together with what comes of the answer, or alone when nothing else is written. */
  readonly events?: readonly PendingEvent[] | undefined
  /**
   * Records of the caller's own, committed together with a success and with nothing else. Where they conflict, everything is
   * judged once more, and then refused as `not_permitted`.
   */
  readonly writes?: readonly Write[] | undefined
}

/** How such an answer was taken: the step-up is satisfied, or `more` has to be proved for it; or why not. */
export type TakenAnswer =
  | { readonly ok: true; readonly more: boolean }
  | { readonly ok: false; readonly reason: Reason }

interface Taking {
  readonly req: Request
  readonly answer: OutsideAnswer
}

/** Takes an answer that came in from outside of our forms; see `StepUp.answer`. */
export async function takeAnswer(core: Core, sessions: SessionAuthority, taking: Taking): Promise<TakenAnswer> {
  try {
    const factor = core.factors.get(taking.answer.factor)
    if (factor !== undefined) return await take(core, sessions, { ...taking, factor })
  } catch (error) {
    throw unavailable(error)
  }
  throw new StepUpError('ERR_STEP_UP_OPTION', 'answer names a factor that createStepUp was not given.')
}

async function take(
  core: Core,
  sessions: SessionAuthority,
  { req, answer, factor }: Taking & { readonly factor: Factor },
): Promise<TakenAnswer> {
  const told = { events: answer.events ?? [], writes: answer.writes ?? [] }
  // Read again: the round trip that ends here may have taken its time.
  const session = await sessions.refresh(req)
  if (session === undefined) return await refuseUnjudged(core, told, whyNot(sessions, req))
  const stepUp = await findStepUp(core, session, answer.stepUp)
  if (stepUp === undefined) return await refuseUnjudged(core, told, 'challenge_ended')
  const input = copyInput(Object.entries(answer.input))
  if (input === undefined) return await refuseUnjudged(core, told, 'invalid_input')

  const verified = await verifyAnswer(core, sessions, { req, session, stepUp, factor, input, ...told })
  return verified.ok ? { ok: true, more: verified.more } : verified
}

function whyNot(sessions: SessionAuthority, req: Request): Reason {
  const found = sessions.current(req)
  if (found.state !== 'ended') return 'login_required'
  return found.because === 'rotated' ? 'session_rotated' : 'session_ended'
}
