import type { FactorName } from '@sallyport/audit'
import type { Request } from 'express'

/** Who does something to another person's account, and in which request. */
export interface By {
  /** The application's own id of the administrator; written as actor, as a pseudonym. */
  readonly administrator: string
  /** The administrator's request, for its address and device; none for a job. */
  readonly req?: Request | undefined
}

/** One authenticator of a user, without its secret. */
export interface AuthenticatorSummary {
  readonly id: string
  readonly factor: FactorName
  readonly label: string
  /** Milliseconds since the epoch. */
  readonly enrolledAt: number
  readonly lastUsedAt?: number
  /** Disabled by too many wrong answers: it counts no more. */
  readonly disabled: boolean
}

/** One sign-in of a user that is alive. */
export interface SessionSummary {
  readonly lineage: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly seenAt: number
  /** Browser and system in a few words; empty when unknown. */
  readonly client: string
}

/**
 * What an administrator may do to another person's account. Each change is one commit with its event, tells the person by
 * `notify`, and counts from the next request on, on every instance. Nothing here shows or sets a secret. The routes that
 * call it are the application's: put authorisation and `requireStepUp()` in front.
 *
 * Every method rejects with `ERR_STEP_UP_UNAVAILABLE` (503) when it could not be written.
 */
export interface Administration {
  /** Lists a user's authenticators. */
  authenticators(user: string): Promise<readonly AuthenticatorSummary[]>
  /** Removes all authenticators of a user, and with them all evidence: they begin again with a fresh login. Resolves to how many there were. */
  resetAuthenticators(user: string, by: By): Promise<number>
  /** Removes one; resolves to whether there was such a one. */
  removeAuthenticator(user: string, id: string, by: By): Promise<boolean>
  /** Lists a user's live sessions, the newest first; at most 100. */
  sessions(user: string): Promise<readonly SessionSummary[]>
  /** Ends all sessions of a user. */
  endSessions(user: string, by: By): Promise<void>
  /** Ends all sessions of a user and refuses new ones until `unlock`. */
  lock(user: string, by: By): Promise<void>
  unlock(user: string, by: By): Promise<void>
  /**
   * Seals the stored secrets again under the newest seal key, so that older ones can be removed from the key ring after it.
   * Resolves to how many were sealed again. Safe to run at any time and on several instances.
   */
  reseal(): Promise<number>
}
