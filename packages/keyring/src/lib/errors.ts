/** Every code a `KeyringError` can carry. A code never changes its meaning. */
export type KeyringErrorCode =
  | 'ERR_KEYRING_FILE_MISSING'
  | 'ERR_KEYRING_FILE_EXPOSED'
  | 'ERR_KEYRING_FILE_DAMAGED'
  | 'ERR_KEYRING_FILE_EXISTS'
  | 'ERR_KEYRING_FILE_BUSY'
  | 'ERR_KEYRING_FILE_UNAVAILABLE'
  | 'ERR_KEYRING_UNSEAL'
  | 'ERR_KEYRING_UNAVAILABLE'
  | 'ERR_KEYRING_KEYS'
  | 'ERR_KEYRING_INPUT'

/** Reports a key file that cannot be trusted, a value that does not unseal, a key service that is down, or misuse. Branch on `code`. */
export class KeyringError extends Error {
  readonly code: KeyringErrorCode

  /**
   * @param code which of the closed list
   * @param message one sentence; may quote a path of the configuration, never a key or a value
   * @param options `cause` is an error of the file system or of a key service that is down, never one of a parser: those
   *   quote what they read
   */
  constructor(code: KeyringErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KeyringError'
    this.code = code
  }
}
