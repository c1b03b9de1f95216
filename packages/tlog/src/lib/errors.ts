/** Every code a `TlogError` can carry. A code never changes its meaning. */
export type TlogErrorCode =
  | 'ERR_TLOG_SIZE'
  | 'ERR_TLOG_HASH'
  | 'ERR_TLOG_TILE'
  | 'ERR_TLOG_TILE_PATH'
  | 'ERR_TLOG_NOTE_MALFORMED'
  | 'ERR_TLOG_NOTE_UNSIGNED'
  | 'ERR_TLOG_NOTE_BAD_SIGNATURE'
  | 'ERR_TLOG_KEY_MALFORMED'
  | 'ERR_TLOG_KEY_UNSUPPORTED'
  | 'ERR_TLOG_CHECKPOINT_MALFORMED'
  | 'ERR_TLOG_PROOF_MALFORMED'
  | 'ERR_TLOG_REQUEST_MALFORMED'
  | 'ERR_TLOG_POLICY_MALFORMED'
  | 'ERR_TLOG_POLICY_UNMET'

/** Reports input that is not what its format demands, or a signature that does not hold. Branch on `code`. */
export class TlogError extends Error {
  readonly code: TlogErrorCode

  /**
   * @param code which of the closed list
   * @param message one fixed sentence; never holds the rejected input
   */
  constructor(code: TlogErrorCode, message: string) {
    super(message)
    this.name = 'TlogError'
    this.code = code
  }
}
