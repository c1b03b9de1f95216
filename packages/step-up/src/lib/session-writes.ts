import { contextOf, event, type PendingEvent } from '@sallyport/audit'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { LIMITS } from './limits.ts'
import { writeRecord, type EndedRecord, type LiveRecord } from './records.ts'
import type { LiveSession } from './session-state.ts'

/** Makes the write that begins a session under a new handle. */
export function putLive(handle: string, record: LiveRecord): Write {
  const value = writeRecord('session', record)
  return { op: 'put', key: ['session', handle], value, expect: null, expiresAt: record.until, atExpiry: 'drop' }
}

/** Makes the write that turns a session into its tombstone; refused when it has changed since it was read. */
export function bury(session: LiveSession, because: EndedRecord['because'], endedAt: number): Write {
  const { user, lineage, device } = session.record
  return {
    op: 'put',
    key: ['session', session.handle],
    value: writeRecord('session', { state: 'ended', because, user, lineage, device, endedAt }),
    expect: session.version,
    expiresAt: endedAt + LIMITS.tombstoneMs,
    atExpiry: 'drop',
  }
}

/** Makes the event of a session's end. */
export function endedEvent(req: Request, session: LiveSession, because: 'logout' | 'replaced'): PendingEvent {
  const { user, lineage } = session.record
  const about = { context: contextOf(req), actor: { user }, lineage, reason: because }
  return event('session.ended', { ...about, outcome: 'success', data: { because } })
}
