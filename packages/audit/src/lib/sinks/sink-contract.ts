import type { LedgerEvent } from '../events/types.ts'
import type { RevealPolicy, Requester } from '../privacy/privacy-contract.ts'

/** A reader of the ledger that forwards copies: at least once, in ledger order, de-duplicated by event id. */
export interface Sink {
  /** Names the cursor: 1 to 64 characters of a–z, 0–9, `-`. */
  readonly name: string
  /** Tells which events it wants; all of them if not given. What it does not want is passed over for good. */
  readonly filter?: ((event: LedgerEvent) => boolean) | undefined
  /** What may be opened for it; nothing if not given. It comes in `revealed`. */
  readonly reveal?: RevealPolicy | undefined
  /** How many events a batch has at most, 1 to 1,024; 256 if not given. */
  readonly batchSize?: number | undefined
  /**
   * After so many refusals of one event, of which a later event is taken at once, the event is passed over and recorded
   * as `sink.dead_lettered`, 1 to 1,000; if not given, an event that is refused holds up the sink for ever.
   */
  readonly deadLetterAfter?: number | undefined
  /**
   * Takes a batch; a rejection is retried with the same events, and what takes longer than 130 seconds with half as many,
   * from the first one on.
   */
  write(events: readonly LedgerEvent[]): Promise<void>
  close?(): Promise<void>
}

/** How far a sink has come. */
export interface SinkStatus {
  readonly name: string
  /** The index of the next event that it will be offered. */
  readonly next: number
  /** How many entries it is behind the ledger. */
  readonly lag: number
  /** The ledger says that it has failed, and not yet that it has recovered. */
  readonly failing: boolean
  /** Events that were passed over since the ledger was begun. */
  readonly deadLettered: number
}

/** Sinks of the open ledger. */
export interface AuditSinks {
  /** Starts forwarding copies of all events to a sink, from its own cursor. */
  addSink(sink: Sink): void
  /** How far every sink of this ledger has come, also those that other instances serve; at most 1,000. */
  sinks(): Promise<readonly SinkStatus[]>
  /**
   * Forgets a sink, or as `witness-<name>` a witness, that is there no more: until then nothing is pruned that it has not
   * had. Recorded as `config.changed`. A sink of that name that is added later begins at the first entry. Gives `false`
   * when none of that name has ever come; rejects with `ERR_AUDIT_INPUT` for one that is in use.
   */
  forgetSink(name: string, options: { readonly by: Requester }): Promise<boolean>
}
