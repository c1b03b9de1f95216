/** The codes of this package's errors. */
export type RequestContextErrorCode =
  /** An option is unknown or breaks its documented bounds, or a middleware was passed uncalled; thrown at start-up. */
  | 'ERR_REQUEST_CONTEXT_OPTIONS'
  /** A database of networks cannot be read; the message names the file. */
  | 'ERR_REQUEST_CONTEXT_DATABASE'
  /** `recordAccess` ran on a request that `requestContext` has not seen: it is mounted too early, or `requestContext` not at all. */
  | 'ERR_REQUEST_CONTEXT_MISSING'

/** An error in the use of the request context; test its `code`. Hostile requests never cause one. */
export class RequestContextError extends Error {
  override readonly name = 'RequestContextError'
  readonly code: RequestContextErrorCode

  constructor(code: RequestContextErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
