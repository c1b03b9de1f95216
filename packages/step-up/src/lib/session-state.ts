import type { Store } from '@sallyport/store'

import { readRecord, type EndedRecord, type LiveRecord } from './records.ts'
import type { Evidence } from './types.ts'

/** A live session as read: with the versions that a later commit expects, and only the evidence that still counts. */
export interface LiveSession {
  readonly state: 'live'
  readonly handle: string
  readonly version: string
  readonly record: LiveRecord
  readonly epoch: number
  readonly userVersion: string | null
  readonly evidence: readonly Evidence[]
}

/** What a handle leads to. */
export type SessionState =
  | LiveSession
  | {
      readonly state: 'ended'
      readonly record: EndedRecord
      readonly epoch: number
      readonly userVersion: string | null
    }
  | { readonly state: 'anonymous'; readonly epoch: number; readonly userVersion: string | null }

/** What the express-session blob carries: a pointer, never an authority. */
export interface SessionReference {
  readonly handle: string
  readonly user: string
}

/**
 * Reads a session together with its user, in one snapshot: a removed authenticator, a locked user or an administrator's
 * word counts from the next request on, on every instance.
 */
export async function readSessionState(store: Store, reference: SessionReference): Promise<SessionState> {
  const [foundSession, foundUser] = await store.get([
    ['session', reference.handle],
    ['user', reference.user],
  ])
  const session = readRecord('session', foundSession)
  const user = readRecord('user', foundUser)
  const epoch = user?.value.epoch ?? 0
  const userVersion = user?.version ?? null
  if (session === undefined || session.value.user !== reference.user) return { state: 'anonymous', epoch, userVersion }
  if (session.value.state === 'ended') return { state: 'ended', record: session.value, epoch, userVersion }

  const record = session.value
  // Evidence of an older epoch was gained with authenticators that have changed since; the login itself still stands.
  const evidence = record.evidence.filter((proof) => record.epoch === epoch || proof.factor === 'oidc')
  return { state: 'live', handle: reference.handle, version: session.version, record, epoch, userVersion, evidence }
}
