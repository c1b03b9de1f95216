/** The codes of this package's errors. */
export type TotpErrorCode =
  /** An option of `totp` is unknown or out of its range; thrown at start-up. */
  | 'ERR_TOTP_OPTIONS'
  /** The injected `randomBytes` gave another number of bytes than asked. */
  | 'ERR_TOTP_RANDOM'
  /** A stored or pending state is not one that this factor made. */
  | 'ERR_TOTP_STATE'

/** An error of the authenticator app factor; test its `code`. Wrong answers of people are outcomes, never errors. */
export class TotpError extends Error {
  override readonly name = 'TotpError'
  readonly code: TotpErrorCode

  constructor(code: TotpErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
