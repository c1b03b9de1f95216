import type { FactorName, Reason } from '@sallyport/audit'
import type { Found, Json, Key } from '@sallyport/store'

import { StepUpError } from './errors.ts'
import type { Requirement } from './requirement.ts'
import type { Evidence } from './types.ts'

/** Everything that step-up keeps, by kind. Secrets and what a person typed into a form of the
 * application stand in them sealed only. */
export interface Records {
  /** `['session', handle]`: a live session, or the tombstone of an ended one. */
  readonly session: LiveRecord | EndedRecord
  /** `['user', user]`: what ends things for a whole user at once. */
  readonly user: UserRecord
  /** `['lineage', user, lineage]`: one sign-in with all its rotations; without it the session is over. */
  readonly lineage: LineageRecord
  /** `['step-up', id]`: the open need of one refused request. */
  readonly 'step-up': StepUpRecord
  /** `['step-up-of', lineage, digest]`: finds the step-up that equal refusals share. */
  readonly 'step-up-of': { readonly stepUp: string }
  /** `['challenge', id]`: one factor's open attempt; removed at its end. */
  readonly challenge: ChallengeRecord
  /** `['authenticator', user, id]`: one enrolled authenticator. */
  readonly authenticator: AuthenticatorRecord
  /** `['unique', factor, name]`: whose authenticator has this name, such as a credential id. */
  readonly unique: { readonly user: string; readonly authenticator: string }
  /** `['device', user, device]`: a browser in which this user has proved a factor, at that epoch; it has tries of its own. */
  readonly device: { readonly epoch: number }
  /** `['sign-in', id]`: a sign-in that was answered; nobody answers it again. */
  readonly 'sign-in': Readonly<Record<string, never>>
  /** `['enrolment', id]`: one authenticator that is being added. */
  readonly enrolment: EnrolmentRecord
  /** `['grant', lineage, digest]`: evidence for one action, good for one use. */
  readonly grant: GrantRecord
  /** `['stash', id]`: a form that waits for its second door. */
  readonly stash: StashRecord
}

/** A session that is alive. */
export interface LiveRecord {
  readonly state: 'live'
  readonly user: string
  readonly account: string
  readonly lineage: string
  /** What the login itself proved: it stays when what was proved since is dropped, and nothing newer takes its place. */
  readonly login?: Evidence
  /** What was proved since; in a session that began before `login` was kept apart, everything. */
  readonly evidence: readonly Evidence[]
  /** The user's epoch at which the evidence was gained. */
  readonly epoch: number
  /** The user's generation at which the session began; another one ends it. */
  readonly generation: number
  readonly device: string | null
  readonly startedAt: number
  readonly until: number
}

/** A session that ended: kept so that its late use is noticed. */
export interface EndedRecord {
  readonly state: 'ended'
  readonly because: SessionEnd
  readonly user: string
  readonly lineage: string
  readonly device: string | null
  readonly endedAt: number
}

/** How a session can end; `failed`: it could not be handed to the browser. */
export type SessionEnd = 'rotated' | 'logout' | 'replaced' | 'revoked' | 'expired' | 'failed'

/** What is known of a user; absent, it is all zero. */
export interface UserRecord {
  /** Moves when authenticators change: older evidence dies with the older epoch. */
  readonly epoch: number
  /** Moves when all sessions are ended at once. */
  readonly generation: number
  /** Nobody is signed in as this user, nor can be. */
  readonly locked: boolean
}

/** A sign-in, as its owner sees it in the list of sessions. */
export interface LineageRecord {
  readonly startedAt: number
  /** The last request, to within a twentieth of the idle time. */
  readonly seenAt: number
  readonly device: string | null
  /** Browser and system in a few words, from the request's context. */
  readonly client: string
  /** The user's generation at which it began; another one ends it. */
  readonly generation: number
  readonly until: number
  /** How often its elevation was dropped: what was proved or begun at another number counts no more. */
  readonly drops: number
}

/** What a step-up is about, as the person sees it and as it is bound. */
export interface BoundAction {
  readonly name: string
  readonly show: readonly (readonly [string, string])[]
  readonly digest: string
}

/** An action as it is stored: what it shows is made of what the person typed. */
export interface SealedAction {
  readonly name: string
  readonly digest: string
  /** `BoundAction.show`, sealed for this step-up. */
  readonly show: string
}

/** The open need of one refused request. Its id is the flow of all its events. */
export interface StepUpRecord {
  readonly status: 'open' | 'satisfied' | 'cancelled' | 'denied'
  readonly user: string
  readonly lineage: string
  readonly name: string
  readonly requirement: Requirement
  readonly action: SealedAction | null
  /** What was proved for it so far; counts for the action only, when there is one. */
  readonly collected: readonly Evidence[]
  /** `LineageRecord.drops` at which it was proved. */
  readonly drops: number
  readonly challenge: string | null
  /** How the last challenge of a given factor failed in it, whatever came of it for the person. */
  readonly failure?: { readonly factor: FactorName; readonly reason: Reason }
  readonly until: number
}

/** One factor's attempt, from issued to exactly one end. */
export interface ChallengeRecord {
  readonly stepUp: string
  readonly user: string
  readonly lineage: string
  readonly factor: FactorName
  readonly state: Json
  readonly until: number
}

/** One enrolled authenticator. */
export interface AuthenticatorRecord {
  readonly factor: FactorName
  readonly label: string
  /** Right answers so far; wrong ones in a row are counted under this number, so that a success begins the count anew. */
  readonly uses: number
  /** Too many wrong answers in a row: it counts no more and has to be set up anew. */
  readonly disabled: boolean
  /** Its name in `['unique', factor, name]`, if it has one. */
  readonly unique: string | null
  /** The factor's own state, sealed for this user and authenticator. */
  readonly state: string
  readonly enrolledAt: number
  readonly lastUsedAt: number | null
}

/** One enrolment under way. Its id is the flow of all its events. */
export interface EnrolmentRecord {
  readonly user: string
  readonly lineage: string
  readonly factor: FactorName
  readonly pending: string
  readonly until: number
}

/** Evidence for one action. */
export interface GrantRecord {
  readonly evidence: readonly Evidence[]
  /** `LineageRecord.drops` at which it was given. */
  readonly drops: number
  readonly stepUp: string
  readonly action: string
}

/** A form that waits, bound to session, browser, user and content. */
export interface StashRecord {
  readonly user: string
  readonly lineage: string
  readonly device: string | null
  readonly digest: string
  readonly sealed: string
  readonly until: number
}

/** A record as read, with the version that the next write expects. */
export interface Kept<T> {
  readonly key: Key
  readonly value: T
  readonly version: string
}

/**
 * Reads a record of one kind.
 *
 * @param kind The first part of its key.
 * @param found What the store gave.
 * @throws `StepUpError` with `ERR_STEP_UP_RECORD` when the store holds something else there.
 */
export function readRecord<K extends keyof Records>(kind: K, found: Found | undefined): Kept<Records[K]> | undefined {
  if (found === undefined) return undefined

  const { key, value, version } = found
  if (typeof value !== 'object' || value === null || !('kind' in value) || value['kind'] !== kind) {
    throw new StepUpError('ERR_STEP_UP_RECORD', `A record of kind ${kind} holds something else.`)
  }
  // Written by writeRecord below and by nobody else.
  return { key, value: value as unknown as Records[K], version }
}

/** Makes the stored form of a record. */
export function writeRecord<K extends keyof Records>(kind: K, value: Records[K]): Json {
  return { kind, ...(value as unknown as Readonly<Record<string, Json>>) }
}
