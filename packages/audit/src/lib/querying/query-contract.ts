import type { EventType } from '../events/event-payloads.ts'
import type { FactorName, LedgerEvent, Outcome } from '../events/types.ts'

/** Which events to find: all that is given must match. */
export interface LedgerQuery {
  readonly type?: EventType | readonly EventType[] | undefined
  /** The application's id of a person; searched under all pseudonym keys. */
  readonly user?: string | undefined
  /**
   * The application's id of whom something was done to by somebody else, such as an administrator; searched under all
   * pseudonym keys.
   */
  readonly subject?: string | undefined
  /** A pseudonym as it stands in the entries. */
  readonly actor?: string | undefined
  /** A route as mounted, such as `/transfer`; not together with `subject`. */
  readonly target?: string | undefined
  readonly lineage?: string | undefined
  readonly flow?: string | undefined
  readonly outcome?: Outcome | undefined
  readonly factor?: FactorName | undefined
  readonly device?: string | undefined
  /** A whole address in any spelling; searched under all pseudonym keys. */
  readonly address?: string | undefined
  /** ISO 3166-1 alpha-2, upper-case. */
  readonly country?: string | undefined
  readonly tenant?: string | undefined
  /** Milliseconds since the epoch, inclusive. */
  readonly since?: number | undefined
  /** Milliseconds since the epoch, exclusive. */
  readonly until?: number | undefined
}

/** One page of a query. */
export interface LedgerPage {
  readonly events: readonly LedgerEvent[]
  /** The `before` of the following page: stays good however much is recorded meanwhile. */
  readonly next?: number
}

/** What events can be counted by; `hour` and `day` are UTC, `2026-11-21T08Z` and `2026-11-21`. */
export const GROUPINGS = ['hour', 'day', 'type', 'outcome', 'reason', 'factor', 'country', 'tenant'] as const

/** One of `GROUPINGS`. */
export type Grouping = (typeof GROUPINGS)[number]

/** One row of a count: the value of each grouping in the order asked, `null` where an event has none. */
export interface CountedGroup {
  readonly values: readonly (string | null)[]
  readonly count: number
}

/** How many events match. */
export interface LedgerCount {
  readonly total: number
  /** The largest first; ties in the order of their values. */
  readonly groups: readonly CountedGroup[]
  /** False when there were more events or groups than were asked for: `total` is then a lower bound. */
  readonly complete: boolean
}

/** What one login, enrolment or step-up did, in plain lines. */
export interface Story {
  readonly flow: string
  readonly events: readonly LedgerEvent[]
  /** One line for each event, oldest first: time, and a sentence without any text from a client. */
  readonly lines: readonly string[]
  /** How it ended, in one sentence. */
  readonly ending: string
}
