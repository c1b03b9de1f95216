/** The codes of this package's errors. */
export type WitnessErrorCode =
  /** An option is unknown or out of its bounds; thrown at start-up. */
  | 'ERR_WITNESS_OPTIONS'
  /** The stored state of a log is not one that this package wrote. */
  | 'ERR_WITNESS_RECORD'
  /** Others wrote the state of one log so often that this request found no turn. */
  | 'ERR_WITNESS_BUSY'
  /** The other witness cannot be reached, or took too long. */
  | 'ERR_WITNESS_UNREACHABLE'
  /** The other witness's answer is too long, or holds no good cosignature of its key. */
  | 'ERR_WITNESS_ANSWER'

/** An error of this package; test its `code`. Errors of the store and of the signing function are passed on. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError'
  readonly code: WitnessErrorCode

  constructor(code: WitnessErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
