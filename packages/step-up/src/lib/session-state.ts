import { endOf, lineageKey, readLineage, type EndOfLife, type KeptLineage } from './lineages.ts'
import type { Core } from './options.ts'
import { readRecord, type EndedRecord, type LiveRecord, type UserRecord } from './records.ts'
import type { Evidence } from './types.ts'

/** A live session as read: with the versions that a later commit expects, and only the evidence that still counts. */
export interface LiveSession {
  readonly state: 'live'
  readonly handle: string
  readonly version: string
  readonly record: LiveRecord
  readonly epoch: number
  /** The user's record as read, for the write that changes it. */
  readonly userRecord: UserRecord
  readonly userVersion: string | null
  /** The sign-in that the session goes by. */
  readonly lineage: KeptLineage
  /** Of the login itself, and what was gained since. */
  readonly evidence: readonly Evidence[]
  readonly login: Evidence | undefined
  readonly gained: readonly Evidence[]
}

/** What is known of a user without a record. */
export const NEW_USER: UserRecord = { epoch: 0, generation: 0, locked: false }

/** What a request's pointer leads to. */
export type SessionState =
  | LiveSession
  | { readonly state: 'ended'; readonly record: EndedRecord }
  | { readonly state: 'anonymous' }

/** A session that lived too long, or too long without a request, and whose end nobody has written down yet. */
export interface OverdueSession {
  readonly state: 'overdue'
  readonly because: Exclude<EndOfLife, 'revoked'>
  readonly session: LiveSession
}

/** What the express-session blob carries: a pointer, never an authority. */
export interface SessionReference {
  readonly handle: string
  readonly user: string
  readonly lineage: string
}

/** The pointer to a session. */
export function referenceOf({ handle, record }: Pick<LiveSession, 'handle' | 'record'>): SessionReference {
  return { handle, user: record.user, lineage: record.lineage }
}

/**
 * Reads a session together with its user and its sign-in, in one snapshot: a removed authenticator, a locked user, a session
 * ended from elsewhere or an administrator's word counts from the next request on, on every instance.
 */
export async function readSessionState(
  { store, idleMs }: Pick<Core, 'store' | 'idleMs'>,
  { handle, user, lineage }: SessionReference,
): Promise<SessionState | OverdueSession> {
  const [foundSession, foundUser, foundLineage] = await store.get([
    ['session', handle],
    ['user', user],
    lineageKey(user, lineage),
  ])
  const session = readRecord('session', foundSession)
  if (session === undefined || session.value.user !== user || session.value.lineage !== lineage)
    return { state: 'anonymous' }
  if (session.value.state === 'ended') return { state: 'ended', record: session.value }

  const now = store.now()
  const keptUser = readRecord('user', foundUser)
  const userRecord = keptUser?.value ?? NEW_USER
  const kept = readLineage(foundLineage)
  const record = session.value
  const end = kept === undefined ? 'revoked' : endOf(kept, { idleMs, user: userRecord, now })
  if (kept === undefined || end === 'revoked' || record.generation !== userRecord.generation)
    return { state: 'ended', record: revoked(record, now) }

  const userVersion = keptUser?.version ?? null
  const found = liveSession({ handle, version: session.version, record, userRecord, userVersion, lineage: kept })
  return end === undefined ? found : { state: 'overdue', because: end, session: found }
}

/** Makes a live session of its records, as they were read or as a commit has just written them. */
export function liveSession(
  records: Pick<LiveSession, 'handle' | 'version' | 'record' | 'userRecord' | 'userVersion' | 'lineage'>,
): LiveSession {
  const { record, userRecord } = records
  const { epoch } = userRecord
  // Evidence of an older epoch was gained with authenticators that have changed since; a login by none still stands.
  const isSame = record.epoch === epoch
  const login = isSame || record.login?.factor === 'oidc' ? record.login : undefined
  const gained = isSame ? record.evidence : []
  const evidence = login === undefined ? gained : [login, ...gained]
  return { state: 'live', ...records, epoch, evidence, login, gained }
}

// There is no tombstone: what ended it was written once for all sessions of the user, or for this sign-in.
function revoked({ user, lineage, device }: LiveRecord, now: number): EndedRecord {
  return { state: 'ended', because: 'revoked', user, lineage, device, endedAt: now }
}
