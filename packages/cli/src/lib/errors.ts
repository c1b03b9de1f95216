/**
 * What stops a command.
 *
 * - `ERR_CLI_USAGE`: the arguments are wrong; the message comes after the usage of the command.
 * - `ERR_CLI_EXISTS`: a file that would be written is already there.
 * - `ERR_CLI_UNREADABLE`: the ledger or a key cannot be read.
 * - `ERR_CLI_UNWRITABLE`: a public key file or the folder of an export cannot be written, or another export is writing to
 *   the latter.
 * - `ERR_CLI_TOO_EARLY`: a key would be taken out before the ledger knows the one that follows it.
 * - `ERR_CLI_LISTEN`: the address of a service cannot be listened on.
 */
export type CliErrorCode =
  | 'ERR_CLI_USAGE'
  | 'ERR_CLI_EXISTS'
  | 'ERR_CLI_UNREADABLE'
  | 'ERR_CLI_UNWRITABLE'
  | 'ERR_CLI_TOO_EARLY'
  | 'ERR_CLI_LISTEN'

/** The error of this package; its message is one line for the person at the terminal. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode

  /**
   * @param code which of the closed list.
   * @param message one sentence; quotes arguments and paths, never keys or entries.
   * @param options the underlying error, if any.
   */
  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Says what an unknown error says, as far as it is one of ours; others may quote what they read.
 *
 * @param error what was thrown.
 */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'An unknown error.'
  if ('code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_')) return error.message
  return `An unexpected error (${error.name}).`
}
