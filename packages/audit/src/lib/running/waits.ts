/** How long the ledger waits, in milliseconds. */
export interface Waits {
  /** When it is closed, for each kind of work that is not its own: jobs, sinks, witnesses, and the closing of sinks. */
  readonly othersMs: number
  /** When it is closed, until its own work is done: all is recorded and signed. */
  readonly closeMs: number
  /** Until it says that signing does not come to an end. */
  readonly signMs: number
}

/** A store or key service that is merely slow has time enough; one that hangs keeps nobody for ever. */
export const WAITS: Waits = { othersMs: 5_000, closeMs: 30_000, signMs: 10_000 }
