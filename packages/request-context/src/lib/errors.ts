/** The codes of this package's errors. */
export type RequestContextErrorCode =
  /** An option of `requestContext` is unknown or breaks its documented bounds; thrown at start-up. */
  'ERR_REQUEST_CONTEXT_OPTIONS'

/** An error in the use of the request context; test its `code`. Hostile requests never cause one. */
export class RequestContextError extends Error {
  override readonly name = 'RequestContextError'
  readonly code: RequestContextErrorCode

  constructor(code: RequestContextErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
