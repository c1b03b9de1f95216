/** The codes of this package's errors. */
export type SessionStoreErrorCode =
  /** An option of `createSessionStore` is unknown or out of its range; thrown at start-up. */
  | 'ERR_SESSION_STORE_OPTIONS'
  /** A session's data has more than 65,536 bytes of JSON; nothing was written. */
  | 'ERR_SESSION_STORE_TOO_LARGE'
  /** A stored session is not one that this package wrote. */
  | 'ERR_SESSION_STORE_RECORD'
  /** So many requests wrote one session at once that this write found no turn. */
  | 'ERR_SESSION_STORE_BUSY'

/** An error of the session store; test its `code`. Errors of the database itself are passed on as they are. */
export class SessionStoreError extends Error {
  override readonly name = 'SessionStoreError'
  readonly code: SessionStoreErrorCode

  constructor(code: SessionStoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
