/** The codes of this package's errors, answers and problems. */
export type StepUpErrorCode =
  /** An option of `createStepUp` or `requireStepUp` is unknown, contradicts another or is out of bounds. */
  | 'ERR_STEP_UP_OPTION'
  /** A gate ran without the `session` middleware in front. */
  | 'ERR_STEP_UP_NO_RESOLVER'
  /** The `session` middleware ran without express-session in front. */
  | 'ERR_STEP_UP_NO_SESSION'
  /** The session lives in a cookie and cannot be ended by the server. */
  | 'ERR_STEP_UP_COOKIE_SESSION'
  /** The session cookie can be read on the way or by a script. */
  | 'ERR_STEP_UP_COOKIE'
  /** A body came that no parser in front of the gate has read. */
  | 'ERR_STEP_UP_BODY_UNPARSED'
  /** The body cannot be bound to an action. */
  | 'ERR_STEP_UP_BODY_UNBOUND'
  /** The routes are mounted elsewhere than `mountPath` says. */
  | 'ERR_STEP_UP_MOUNT'
  /** The store, the ledger or the key ring cannot be used: nothing was let through. */
  | 'ERR_STEP_UP_UNAVAILABLE'
  /** A receipt was asked for of a request that no gate has let through on the record. */
  | 'ERR_STEP_UP_NO_RECEIPT'
  /** What the store holds is not what this package writes. */
  | 'ERR_STEP_UP_RECORD'
  /** Answer: sign in first. */
  | 'ERR_LOGIN_REQUIRED'
  /** Answer: this account is locked; nobody signs in to it. */
  | 'ERR_ACCOUNT_LOCKED'
  /** Answer: the session went on under a new cookie; send the request again. */
  | 'ERR_SESSION_ROTATED'
  /** Answer: prove more. */
  | 'ERR_STEP_UP_REQUIRED'
  /** Answer: the address or form is not from this page, this browser or this user. */
  | 'ERR_STEP_UP_FORBIDDEN'
  /** Answer: there is no such step-up, challenge, enrolment or request for this session. */
  | 'ERR_STEP_UP_UNKNOWN'
  /** Answer: the challenge has ended. */
  | 'ERR_STEP_UP_ENDED'
  /** Answer: the input has the wrong form. */
  | 'ERR_STEP_UP_INPUT'
  /** Answer: the code is wrong. */
  | 'ERR_STEP_UP_WRONG_CODE'
  /** Answer: the passkey's answer did not hold. */
  | 'ERR_STEP_UP_PASSKEY'
  /** Answer: this kind of authenticator, or this very one, cannot be added. */
  | 'ERR_STEP_UP_NOT_ALLOWED'
  /** Answer: the code was used before. */
  | 'ERR_STEP_UP_CODE_REUSED'
  /** Answer: too many tries; wait. */
  | 'ERR_STEP_UP_LIMIT'
  /** Answer: the request cannot be kept for later. */
  | 'ERR_STEP_UP_NOT_RESUMABLE'

/** An error of the second door; test its `code`. `status` is what Express answers with when nobody else does. */
export class StepUpError extends Error {
  override readonly name = 'StepUpError'
  readonly code: StepUpErrorCode
  readonly status: number
  /** Whether the message may be shown to the client: never, it is for the operator. */
  readonly expose = false

  constructor(
    code: StepUpErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly status?: number },
  ) {
    super(message, options)
    this.code = code
    this.status = options?.status ?? 500
  }
}

/** Wraps trouble of store, ledger or keys, so that the route stays closed with 503. */
export function unavailable(cause: unknown): StepUpError {
  if (cause instanceof StepUpError) return cause
  return new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The store or the ledger of the second door cannot be used.', {
    cause,
    status: 503,
  })
}
