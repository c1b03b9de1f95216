/** The codes of this package's errors. */
export type WebAuthnErrorCode =
  /** An option is missing, unknown, out of its range, or contradicts another; thrown at start-up. */
  | 'ERR_WEBAUTHN_OPTIONS'
  /** The injected `randomBytes` gave another number of bytes than asked. */
  | 'ERR_WEBAUTHN_RANDOM'
  /** A stored or pending state is not one that this factor made. */
  | 'ERR_WEBAUTHN_STATE'

/** An error of the passkey factor; test its `code`. Answers that do not hold are outcomes, never errors. */
export class WebAuthnError extends Error {
  override readonly name = 'WebAuthnError'
  readonly code: WebAuthnErrorCode

  constructor(code: WebAuthnErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
