import { event, type EventInput, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { EventPayloads } from '@sallyport/audit/vocabulary'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { LIMITS } from './limits.ts'
import { removeLineage } from './lineages.ts'
import { writeRecord, type EndedRecord, type LiveRecord } from './records.ts'
import type { LiveSession, OverdueSession } from './session-state.ts'

/** Makes the write that begins a session under a new handle. It outlives the session, so that the end is noticed. */
export function putLive(handle: string, record: LiveRecord): Write {
  const value = writeRecord('session', record)
  const expiresAt = record.until + LIMITS.tombstoneMs
  return { op: 'put', key: ['session', handle], value, expect: null, expiresAt, atExpiry: 'drop' }
}

/** Makes the write that turns a session into its tombstone; refused when it has changed since it was read. */
export function bury(session: LiveSession, because: EndedRecord['because'], endedAt: number): Write {
  const { user, lineage, device } = session.record
  return putEnded(session.handle, { state: 'ended', because, user, lineage, device, endedAt }, session.version)
}

/** Makes the write of a tombstone; refused when what stands there is not of the expected version. */
export function putEnded(handle: string, record: EndedRecord, expect: string): Write {
  const expiresAt = record.endedAt + LIMITS.tombstoneMs
  return {
    op: 'put',
    key: ['session', handle],
    value: writeRecord('session', record),
    expect,
    expiresAt,
    atExpiry: 'drop',
  }
}

/** Makes the writes that end a session and the sign-in that it goes by. */
export function endWrites(session: LiveSession, because: EndedRecord['because'], endedAt: number): readonly Write[] {
  return [bury(session, because, endedAt), removeLineage(session.lineage)]
}

/** Makes the checks that a session, its user and its sign-in are as they were read. */
export function unchanged({ handle, version, record, userVersion, lineage }: LiveSession): readonly Write[] {
  return [
    { op: 'check', key: ['session', handle], expect: version },
    { op: 'check', key: ['user', record.user], expect: userVersion },
    { op: 'check', key: lineage.key, expect: lineage.version },
  ]
}

/** Makes the event of a sign-in's end. */
export function endedEvent(
  req: Request,
  { user, lineage }: Pick<LiveRecord, 'user' | 'lineage'>,
  because: EventPayloads['session.ended']['because'],
): PendingEvent {
  // Why it failed stands in the event of whatever began it.
  const reason = because === 'failed' ? undefined : because
  const about = { context: contextOf(req), actor: { user }, lineage, reason }
  return event('session.ended', { ...about, outcome: 'success', data: { because } })
}

/** Makes the event of a sign-in that was found to be too old, or too long without a request. */
export function expiredEvent(
  req: Request,
  { user, lineage }: Pick<LiveRecord, 'user' | 'lineage'>,
  because: OverdueSession['because'],
): PendingEvent {
  const about = { context: contextOf(req), actor: { user }, lineage, reason: 'expired' } as const
  return event('session.expired', { ...about, outcome: 'success', data: { because } })
}

/** Makes the event of a session that its own user ended from another one. */
export function revokedByUser(req: Request, user: string, lineage: string): PendingEvent {
  const about: Omit<EventInput<'session.revoked'>, 'data'> = { context: contextOf(req), actor: { user }, lineage }
  return event('session.revoked', { ...about, outcome: 'success', data: { because: 'user', all: false } })
}
