/**
 * What went wrong in a store.
 *
 * - `ERR_STORE_UNAVAILABLE`: the database cannot be reached or refuses work; nothing was written.
 * - `ERR_STORE_OUTCOME_UNKNOWN`: the commit may or may not be on disk; repeat it with the same id to learn which.
 * - `ERR_STORE_CLOSED`: the store was used after `close()`.
 * - `ERR_STORE_INPUT`: the caller broke a bound of the contract; nothing was written.
 */
export type StoreErrorCode =
  | 'ERR_STORE_UNAVAILABLE'
  | 'ERR_STORE_OUTCOME_UNKNOWN'
  | 'ERR_STORE_CLOSED'
  | 'ERR_STORE_INPUT'

/**
 * The one error every store rejects with. Branch on `code`; the message is for people and never quotes stored data.
 */
export class StoreError extends Error {
  readonly code: StoreErrorCode

  /**
   * Makes an error with one of the closed codes.
   *
   * @param code which of the four things happened
   * @param message one fixed sentence; must not contain record, entry or request data
   * @param options `cause`: the underlying error, kept for operators
   */
  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** Makes the error for a broken bound of the contract. */
export function inputError(message: string): StoreError {
  return new StoreError('ERR_STORE_INPUT', message)
}
