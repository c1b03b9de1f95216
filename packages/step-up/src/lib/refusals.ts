import type { Reason } from '@sallyport/audit'

import type { Refusal } from './answers.ts'
import type { PageProblem } from './page-models.ts'
import type { Factor } from './types.ts'

/** The name of a refusal. */
export type RefusalName =
  | 'account_locked'
  | 'cancelled'
  | 'denied'
  | 'discarded'
  | 'ended'
  | 'forbidden'
  | 'input'
  | 'login_required'
  | 'not_enough'
  | 'not_resumable'
  | 'rotated'
  | 'sent_already'
  | 'sign_in_again'
  | 'too_large'
  | 'too_many'
  | 'unknown'
  | 'unknown_form'
  | 'wrong_too_often'

/** Everything that the second door refuses, in the words of programs (`code`, `title`) and of people (`message`). */
const REFUSALS: Readonly<Record<RefusalName, Refusal>> = {
  account_locked: {
    status: 403,
    code: 'ERR_ACCOUNT_LOCKED',
    title: 'This account is locked',
    message: 'account_locked',
  },
  denied: { status: 200, code: 'ERR_STEP_UP_ENDED', title: 'Refused, and signed out everywhere', message: 'denied' },
  cancelled: { status: 200, code: 'ERR_STEP_UP_ENDED', title: 'Cancelled', message: 'cancelled' },
  discarded: { status: 200, code: 'ERR_STEP_UP_ENDED', title: 'Discarded', message: 'discarded' },
  ended: { status: 410, code: 'ERR_STEP_UP_ENDED', title: 'This has ended', message: 'challenge_ended' },
  forbidden: {
    status: 403,
    code: 'ERR_STEP_UP_FORBIDDEN',
    title: 'This request came from another site',
    message: 'forbidden_origin',
  },
  input: { status: 400, code: 'ERR_STEP_UP_INPUT', title: 'The input has the wrong form', message: 'invalid_input' },
  login_required: { status: 401, code: 'ERR_LOGIN_REQUIRED', title: 'Sign in first', message: 'login_required' },
  not_enough: {
    status: 403,
    code: 'ERR_STEP_UP_REQUIRED',
    title: 'No factor here is enough for this',
    message: 'not_enough',
  },
  not_resumable: {
    status: 409,
    code: 'ERR_STEP_UP_NOT_RESUMABLE',
    title: 'This form cannot be kept while you confirm',
    message: 'not_resumable',
  },
  rotated: {
    status: 401,
    code: 'ERR_SESSION_ROTATED',
    title: 'The session went on under a new cookie',
    message: 'session_rotated',
  },
  sent_already: {
    status: 409,
    code: 'ERR_STEP_UP_UNKNOWN',
    title: 'This request was sent already, or was kept too long',
    message: 'resume_unknown',
  },
  sign_in_again: {
    status: 403,
    code: 'ERR_LOGIN_REQUIRED',
    title: 'Sign in again to add your first authenticator',
    message: 'sign_in_again',
  },
  too_large: { status: 413, code: 'ERR_STEP_UP_INPUT', title: 'This is too large', message: 'too_large' },
  too_many: { status: 429, code: 'ERR_STEP_UP_LIMIT', title: 'Too many at once', message: 'too_many' },
  unknown: {
    status: 404,
    code: 'ERR_STEP_UP_UNKNOWN',
    title: 'There is no such thing here',
    message: 'challenge_unknown',
  },
  unknown_form: {
    status: 404,
    code: 'ERR_STEP_UP_UNKNOWN',
    title: 'There is nothing to continue',
    message: 'resume_unknown',
  },
  wrong_too_often: { status: 429, code: 'ERR_STEP_UP_LIMIT', title: 'Too many wrong answers', message: 'locked' },
}

/** Gives a refusal, with the way back that its page shows: home if not given. */
export function refusal(name: RefusalName, backUrl = '/'): Refusal {
  return { ...REFUSALS[name], backUrl }
}

/** A wrong answer that may be given again: what the page and what a program says of it. */
export interface WrongAnswer {
  readonly problem: PageProblem
  readonly status: 422 | 429
  readonly code: Refusal['code']
  readonly title: string
}

// One answer for an unknown passkey and for one that did not hold: nobody learns which are known here.
const PASSKEY: WrongAnswer = {
  problem: 'passkey_failed',
  status: 422,
  code: 'ERR_STEP_UP_PASSKEY',
  title: 'The passkey could not be confirmed',
}
const LOCKED: WrongAnswer = {
  problem: 'authenticator_locked',
  status: 429,
  code: 'ERR_STEP_UP_LIMIT',
  title: 'This way to confirm is locked after too many wrong answers: use another, or wait',
}

const WRONG_ANSWERS: Readonly<Partial<Record<Reason, WrongAnswer>>> = {
  wrong_code: { problem: 'wrong_code', status: 422, code: 'ERR_STEP_UP_WRONG_CODE', title: 'The code is wrong' },
  code_reused: {
    problem: 'code_reused',
    status: 422,
    code: 'ERR_STEP_UP_CODE_REUSED',
    title: 'This code was used before: wait for the next one',
  },
  signature_invalid: PASSKEY,
  authenticator_unknown: PASSKEY,
  counter_regressed: PASSKEY,
  wrong_origin: PASSKEY,
  user_not_verified: {
    problem: 'user_not_verified',
    status: 422,
    code: 'ERR_STEP_UP_PASSKEY',
    title: 'The authenticator did not verify its user',
  },
  authenticator_not_allowed: {
    problem: 'not_allowed',
    status: 422,
    code: 'ERR_STEP_UP_NOT_ALLOWED',
    title: 'This kind of authenticator is not allowed here',
  },
  already_used: {
    problem: 'enrolled_already',
    status: 422,
    code: 'ERR_STEP_UP_NOT_ALLOWED',
    title: 'This authenticator is set up already',
  },
  authenticator_locked: LOCKED,
  authenticator_disabled: LOCKED,
  invalid_input: {
    problem: 'invalid_input',
    status: 422,
    code: 'ERR_STEP_UP_INPUT',
    title: 'The answer has the wrong form',
  },
}

/** Gives the wrong answer of a reason; `undefined` when it was something else that went wrong. */
export function wrongAnswer(reason: Reason, { guessable }: Pick<Factor, 'guessable'>): WrongAnswer | undefined {
  // Nobody types an answer that is signed: to a person, one of the wrong form did not hold.
  if (reason === 'invalid_input' && !guessable) return PASSKEY

  return WRONG_ANSWERS[reason]
}
