import type { Requester } from '../privacy/privacy-contract.ts'

/** What an event's personal data is kept for; see `EventSpec.retention`. */
export const RETENTION_CLASSES = ['authentication', 'access', 'administration', 'operations'] as const

/** One of `RETENTION_CLASSES`. */
export type RetentionClass = (typeof RETENTION_CLASSES)[number]

/**
 * How long things are kept, in days (1 to 36,500). What is not said is kept for ever.
 *
 * Personal data goes first: it is sealed under keys by person, class and calendar month (UTC), and `personalDays` after
 * the month has ended the key is destroyed. Entries go later, in whole ranges of 256 from the beginning of the ledger:
 * `entryDays` after the newest of a range was recorded.
 */
export interface RetentionPolicy {
  readonly personalDays?: { readonly [name in RetentionClass]?: number | undefined } | undefined
  readonly entryDays?: number | undefined
}

/** What became of pruning. */
export type Pruned =
  /** `from` and `to` are indexes, `to` exclusive; they are the same when nothing is old enough. */
  | { readonly ok: true; readonly from: number; readonly to: number }
  | { readonly ok: false; readonly code: 'held'; readonly hold: string }
  /**
   * Entries are old enough, but nowhere among them can they be cut: so many challenges are open everywhere, thousands of them,
   * that the statement cannot name them all. It goes on by itself as soon as there is a place.
   */
  | { readonly ok: false; readonly code: 'under_way' }

/** Retention over the open ledger. */
export interface AuditRetention {
  /**
   * Drops the entries that the policy lets go: whole ranges from the beginning, as far as they are signed and every sink
   * and witness has had them. Recorded as `ledger.pruned` in the same commit. Also runs by itself once an hour.
   * Rejects with `ERR_AUDIT_INPUT` when the ledger was opened without `entryDays`.
   */
  prune(options: { readonly by: Requester }): Promise<Pruned>
}
