/** The codes of this package's errors. */
export type AuditWinstonErrorCode =
  /** An option or the logger itself is not what it should be; thrown at start-up. */
  | 'ERR_AUDIT_WINSTON_OPTIONS'
  /** The logger, or every transport of it, is silent: events would vanish without a word. */
  | 'ERR_AUDIT_WINSTON_SILENT'
  /** The level of the events is unknown to the logger or no transport lets it pass. */
  | 'ERR_AUDIT_WINSTON_LEVEL'
  /** The logger has no transports, or was closed. */
  | 'ERR_AUDIT_WINSTON_NO_TRANSPORT'
  /** A transport, or the logger's format, failed; the `cause` is its error. */
  | 'ERR_AUDIT_WINSTON_TRANSPORT'
  /** A transport was taken off the logger while an event was being written. */
  | 'ERR_AUDIT_WINSTON_UNPIPED'
  /** The transports did not take an event within `timeoutMs`. */
  | 'ERR_AUDIT_WINSTON_STALLED'
  /** The logger was ended, or the sink closed. */
  | 'ERR_AUDIT_WINSTON_CLOSED'

/** An error on the way from the ledger to winston; test its `code`. The ledger keeps what was not taken. */
export class AuditWinstonError extends Error {
  override readonly name = 'AuditWinstonError'
  readonly code: AuditWinstonErrorCode

  constructor(code: AuditWinstonErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
