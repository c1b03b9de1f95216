import type { EventContext, LedgerEvent } from '../events/types.ts'

/**
 * Which sealed fields may be opened: none, all, or those named: `ip`, `userAgent`, `hints`, `region`, `identity.email`,
 * `detail.label`; `identity.*` and `detail.*` stand for all of their kind. At most 64 names.
 */
export type RevealPolicy = 'nothing' | 'everything' | readonly string[]

/** Who asks for something to be done to or with the ledger; written as the event's actor. */
export interface Requester {
  /** The application's own id of the person; a job of the application has none. */
  readonly user?: string | undefined
  readonly context?: EventContext | undefined
}

/** What became of an erasure. */
export type Erased =
  | {
      readonly ok: true
      /** The id of `privacy.subject.erased`: its receipt proves the erasure. */
      readonly eventId: string
      /** How many keys were destroyed; 0 when nothing was sealed for the person. */
      readonly keys: number
      /** From when on no backup holds a key any more, in milliseconds since the epoch; absent without `subjectBackupDays`. */
      readonly backupsCleanAt?: number
    }
  | {
      readonly ok: false
      readonly code: 'held'
      readonly hold: string
      /** The erasure was asked for before the hold came: some keys may be gone, the others go when it is released. */
      readonly waits?: true
    }

/** A legal hold: while it stands, nothing of what it covers is erased or pruned. */
export interface Hold {
  /** 1 to 64 characters of a–z, 0–9, `-`. */
  readonly name: string
  /** The pseudonym of the person whom it covers; everybody and every entry if absent. */
  readonly subject?: string
  /** The case it belongs to: 1 to 64 characters of A–Z, a–z, 0–9, `.`, `_`, `/`, `-`; no names. */
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly placedAt: number
}

/** What became of a hold that was to be placed. */
export type Placed =
  /** It stands, and nothing of what it covers is being destroyed: what there is now stays. */
  | { readonly ok: true }
  /**
   * `under_way`: it stands, but keys of what it covers were being destroyed when it came: some of them may be gone or still
   * go, what is left then stays. `exists`: there is one of that name, and nothing was changed.
   */
  | { readonly ok: false; readonly code: 'under_way' | 'exists' }

/** Privacy and legal duties over the open ledger. */
export interface AuditPrivacy {
  /**
   * Destroys the keys of a person, so that nobody can read what is sealed for them in any copy of the ledger; every proof
   * still holds. Recorded as `privacy.erasure.requested` before and `privacy.subject.erased` after; an erasure that a
   * crash interrupts is completed by whichever instance opens the ledger next. Pseudonyms stay.
   */
  eraseSubject(user: string, options: { readonly by: Requester }): Promise<Erased>
  /**
   * Gives everything the ledger says of a person, as actor and as subject, oldest first, with what is sealed for them
   * opened; never what is sealed for somebody else. Recorded as `privacy.subject.exported` before the first event is given.
   */
  exportSubject(user: string, options: { readonly by: Requester }): AsyncIterable<LedgerEvent>
  /** Places a legal hold, on one person or on everything. Only `ok` says that all it covers is safe. */
  placeHold(
    hold: Pick<Hold, 'name' | 'reference'> & { readonly user?: string | undefined },
    options: { readonly by: Requester },
  ): Promise<Placed>
  /** Releases a legal hold; `false` when there is none of that name. */
  releaseHold(name: string, options: { readonly by: Requester }): Promise<boolean>
  /** The legal holds that stand, at most 1,000. */
  holds(): Promise<readonly Hold[]>
  /**
   * Wraps the keys of persons anew under the newest seal key, so that older seal keys can be taken out of the key ring.
   * Recorded as `privacy.keys.rewrapped` with the number. Safe to be repeated after an interruption.
   */
  rewrapKeys(options: { readonly by: Requester }): Promise<{ readonly rewrapped: number }>
}
