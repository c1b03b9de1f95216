import type { LedgerEvent } from '../events/types.ts'
import type { RevealPolicy, Requester } from '../privacy/privacy-contract.ts'
import type { Verification } from '../verifying/verify.ts'
import type { Grouping, LedgerCount, LedgerPage, LedgerQuery, Story } from './query-contract.ts'

/** How the open ledger is read. */
export interface AuditReading {
  /** Finds events, newest first; `next` is the `before` of the following page. */
  query(
    query: LedgerQuery,
    page?: { readonly before?: number | undefined; readonly limit?: number | undefined },
  ): Promise<LedgerPage>
  /** Counts events, alone or in groups, for reports. Looks at no more than 1,000,000 events and 10,000 groups. */
  count(query: LedgerQuery, by?: readonly Grouping[]): Promise<LedgerCount>
  /** Tells one flow in plain lines; `undefined` when no event has it. */
  story(flow: string): Promise<Story | undefined>
  /**
   * Makes a reader for a person, `by.user`, who looks into the ledger: what they read is recorded as `audit.viewed` before they get
   * it, and envelopes are opened only as far as the policy says. What cannot be recorded is not shown.
   */
  reader(options: {
    readonly by: Requester & { readonly user: string }
    readonly reveal?: RevealPolicy | undefined
  }): AuditReader
  /** Verifies the ledger against the key ring's own public keys, and records the verdict as `audit.verified`. */
  verify(options?: { readonly by?: Requester | undefined; readonly quick?: boolean | undefined }): Promise<Verification>
}

/** A reader whose reading is recorded. */
export interface AuditReader extends Pick<AuditReading, 'query' | 'count' | 'story'> {
  /** All events that match, newest first, for a file; recorded as `audit.exported` with the number when it ends. */
  export(query: LedgerQuery, format: string): AsyncIterable<LedgerEvent>
}
