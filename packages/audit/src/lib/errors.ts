/** The codes of this package's errors. */
export type AuditErrorCode =
  /** An option or an argument breaks its documented bounds. */
  | 'ERR_AUDIT_INPUT'
  /** A barrier event was emitted alone; it belongs into a commit. */
  | 'ERR_AUDIT_BARRIER'
  /** An event's bytes would exceed 16 kB. */
  | 'ERR_AUDIT_TOO_LARGE'
  /** A stored entry is not an event in canonical form. */
  | 'ERR_AUDIT_ENTRY'
  /** A value has no canonical form (RFC 8785). */
  | 'ERR_AUDIT_CANONICAL'
  /** Sealed personal data was altered, or its key cannot be read. */
  | 'ERR_AUDIT_ENVELOPE'
  /** The stored log is shorter than what was signed. */
  | 'ERR_AUDIT_ROLLED_BACK'
  /** The stored tree does not lead to the signed root. */
  | 'ERR_AUDIT_TREE_CORRUPT'
  /** The file of the newest checkpoint cannot be read or written, or holds no checkpoint of this ledger. */
  | 'ERR_AUDIT_CHECKPOINT_FILE'
  /** The key ring holds none of the ledger's keys, its key was retired, or the ledger's key manifests were altered. */
  | 'ERR_AUDIT_KEYS'
  /** The ledger has no such event. */
  | 'ERR_AUDIT_NOT_FOUND'
  /** No checkpoint covers the event or the ledger: nobody signs, the signer is behind, or closing took too long. */
  | 'ERR_AUDIT_UNSIGNED'
  /** The folder of an export holds something else than this ledger's files; nothing was overwritten. */
  | 'ERR_AUDIT_EXPORT'
  /** The ledger was closed. */
  | 'ERR_AUDIT_CLOSED'

/** An error of the ledger; test its `code`. */
export class AuditError extends Error {
  override readonly name = 'AuditError'
  readonly code: AuditErrorCode

  constructor(code: AuditErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
