/** Where a time came from that is compared with the process's own. */
export type TimeSource = 'database' | 'provider'

/** The clock of the open ledger. */
export interface AuditClock {
  /**
   * Tells the ledger what time somebody else has: heartbeats carry the last offset of each source, and one beyond
   * `clockToleranceMs` is recorded as `ledger.clock_deviated`. Never throws; a time that is none is ignored.
   *
   * @param source Whose clock it is: the identity provider's `Date` header, for one.
   * @param at Milliseconds since the epoch, as the other has it; not trusted, only compared.
   */
  observeTime(source: TimeSource, at: number): void
}
