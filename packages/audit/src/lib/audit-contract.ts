import type { Commit, Committed, Write } from '@sallyport/store'
import type { AuditClock } from './clock/clock-contract.ts'
import type { EventType } from './events/event-payloads.ts'
import type { AuditEvent, EventInput, PendingEvent } from './events/types.ts'
import type { AuditPrivacy } from './privacy/privacy-contract.ts'
import type { AuditReading } from './querying/reading-contract.ts'
import type { AuditRetention } from './retention/retention-contract.ts'
import type { AuditSinks } from './sinks/sink-contract.ts'

/** The open ledger: what the application and the other packages write through. */
export interface Audit extends AuditReading, AuditSinks, AuditClock, AuditRetention, AuditPrivacy {
  /**
   * Records an event that accompanies no record write. `durable` events are awaited until they are on disk or the
   * budget is spent; `counted` events never wait. Never rejects for the ledger's own trouble: what was delayed or lost
   * is recorded as `ledger.gap_recorded`. Rejects on `barrier` types, which belong into a commit.
   *
   * @returns `recorded` when it is on disk, `pending` when nobody waited to the end or the event is counted with others of
   * its source, `left_out` when the levels say so, `lost` when the ledger refused it: whoever must not act unrecorded goes
   * no further then.
   */
  emit<T extends EventType>(type: T, input: EventInput<T>): Promise<'recorded' | 'pending' | 'lost' | 'left_out'>
  /**
   * Commits record writes together with their events: both on disk when it resolves, or neither. Rejects with the
   * store's error when the ledger cannot be written; the caller then refuses the action.
   */
  commit(commit: {
    readonly id?: Commit['id'] | undefined
    readonly writes: readonly Write[]
    readonly events: readonly PendingEvent[]
  }): Promise<Committed>
  /** Opens the sealed personal data of an event; `undefined` when there is none or its key was destroyed. */
  reveal(event: AuditEvent): Promise<Readonly<Record<string, string>> | undefined>
  /**
   * Makes the receipt of an event: a text that proves, to whoever has the ledger's public key and nothing else, that this
   * event stands in the ledger. Resolves when a checkpoint covers the event, which takes about a second after it was
   * recorded; asking hastens nothing. Judge it with `verifyReceipt` or `sallyport verify-receipt`.
   *
   * Rejects with `ERR_AUDIT_NOT_FOUND` for an id that is not in the ledger, with `ERR_AUDIT_UNSIGNED` when after 10 seconds
   * no checkpoint covers the event, with `ERR_AUDIT_TREE_CORRUPT` when entry, tree and checkpoint do not fit together.
   */
  receipt(eventId: string): Promise<string>
  /** Runs a piece of work at intervals on one instance at a time, under a lease. */
  addJob(job: Job): void
  /**
   * Resolves when all that was committed before is signed and offered to every sink whose lease this instance holds;
   * what another one holds, alive or not, is offered by it or after its lease has lapsed.
   */
  settle(): Promise<void>
  /**
   * Drains, records `ledger.closed` together with the numbers of what was lost, signs the last checkpoint and stops the
   * jobs. Does not close the store. Events that come meanwhile are refused, and counted as lost until that last word.
   *
   * Rejects with what store, key ring or signing reject with, and with `ERR_AUDIT_UNSIGNED` when 30 seconds were not
   * enough for its own work. It may then be called again, and does what is left; sinks and leases are let go already.
   */
  close(): Promise<void>
}

/** A piece of work that one instance does for all. */
export interface Job {
  /** 1 to 64 characters of a–z, 0–9, `-`. */
  readonly name: string
  readonly everyMs: number
  run(): Promise<void>
}
