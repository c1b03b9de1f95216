import type { Reason } from '@sallyport/audit'
import type { Request } from 'express'

import { openState } from './authenticators.ts'
import type { Core, SignInOptions } from './options.ts'
import { strengthOf } from './proved.ts'
import type { OpenSignIn } from './sign-in-cookie.ts'
import { findPasskey, type Known } from './sign-in-records.ts'
import { triesOf, type Tries } from './tries.ts'
import type { EnrolledFactor, FactorEvent, FactorInput, FactorOutcome } from './types.ts'

/** A factor by which people can sign in. */
export type SignInFactor = EnrolledFactor & Required<Pick<EnrolledFactor, 'signIn'>>

/** An answer to an open sign-in. */
export interface SignInAnswer {
  readonly req: Request
  readonly factor: SignInFactor
  readonly open: OpenSignIn
  /** Controlled by the client. */
  readonly input: FactorInput
}

/** A right answer: whose it is, and what the application says of them. */
export interface RightSignIn {
  readonly ok: true
  readonly known: Known
  readonly tries: Tries
  readonly outcome: Extract<FactorOutcome, { ok: true }>
  readonly person: NonNullable<Awaited<ReturnType<SignInOptions['load']>>>
}

/** Why an answer is not right; whose it would be and whose tries it uses, when it names a passkey that is known. */
export interface WrongSignIn {
  readonly ok: false
  readonly reason: Reason
  readonly known?: Known | undefined
  readonly tries?: Tries | undefined
  readonly events?: readonly FactorEvent[]
}

/** Judges an answer, from the passkey that it names to the person who may sign in. Nothing is written. */
export async function judgeSignIn(core: Core, answer: SignInAnswer): Promise<RightSignIn | WrongSignIn> {
  const { req, factor, open, input } = answer
  const name = factor.signIn.named(input)
  if (name === undefined) return { ok: false, reason: 'invalid_input' }
  const known = await findPasskey(core, factor, name)
  if (known === undefined) return { ok: false, reason: 'authenticator_unknown' }

  const { user, authenticator } = known
  const tried = factor.guessable ? [{ id: authenticator.id, uses: authenticator.value.uses }] : []
  const tries = await triesOf(core, req, { challenge: open.id, user, factor, authenticators: tried })
  const outcome = await judgeKnown(core, answer, known)
  if (!outcome.ok) return { ...outcome, known, tries }

  // Asked for, and read from the answer all the same: without it a passkey is one factor and not two.
  if (!strengthOf({ factor, outcome }).includes('user_verified'))
    return { ok: false, reason: 'user_not_verified', known, tries }
  const person = await core.signIn?.load(user)
  if (person === undefined) return { ok: false, reason: 'account_locked', known, tries }
  return { ok: true, known, tries, outcome, person }
}

async function judgeKnown(core: Core, { factor, open, input }: SignInAnswer, known: Known): Promise<FactorOutcome> {
  if (known.locked) return { ok: false, reason: 'account_locked' }
  if (known.authenticator.value.disabled) return { ok: false, reason: 'authenticator_disabled' }

  const opened = await openState(core, known.user, known.authenticator)
  const { randomBytes } = core
  return await factor.verify(opened, { state: open.state, input, now: core.store.now(), randomBytes })
}
