import { event, type Authn, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { putLineage, type KeptLineage } from './lineages.ts'
import type { LiveRecord } from './records.ts'
import { liveSession, type LiveSession } from './session-state.ts'
import { bury, putLive } from './session-writes.ts'
import type { Evidence } from './types.ts'

/** What a rotation commits beside the session's own records. */
export interface Rotation {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
  /** What the session has gained since its login, from now on. */
  readonly gained: readonly Evidence[]
  readonly because: 'step_up' | 'enrolment' | 'dropped'
  readonly flow?: string
  readonly authn?: Authn
}

/** A session on its way to another handle. */
export interface Rotating {
  readonly session: LiveSession
  readonly rotation: Rotation
  /** The handle that it goes on under. */
  readonly handle: string
  /** The id of the commit, which becomes the version of what it writes. */
  readonly id: string
  readonly now: number
}

/** What a rotation commits, and the session as it is when that is on disk. */
export interface RotationChanges {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
  readonly after: LiveSession
}

/** Makes all that is committed when a session goes on under a new handle; the old one dies with it. */
export function rotationChanges(req: Request, { session, rotation, handle, id, now }: Rotating): RotationChanges {
  const { userRecord, userVersion } = session
  const { user, lineage } = session.record
  const record = goingOn(session, rotation.gained)
  const goesBy = rotation.because === 'dropped' ? dropped(session.lineage, id) : session.lineage
  const rotated = event('session.rotated', {
    context: contextOf(req),
    actor: { user },
    authn: rotation.authn,
    outcome: 'success',
    lineage,
    flow: rotation.flow,
    data: { because: rotation.because },
  })
  return {
    writes: [
      ...rotation.writes,
      bury(session, 'rotated', now),
      putLive(handle, record),
      { op: 'check', key: ['user', user], expect: session.userVersion },
      lineageWrite(session.lineage, goesBy),
    ],
    events: [...rotation.events, rotated],
    after: liveSession({ handle, version: id, record, userRecord, userVersion, lineage: goesBy }),
  }
}

/** The record under the new handle: of the login it keeps what still counts, so that a new epoch revives nothing of it. */
function goingOn({ record, login, epoch }: LiveSession, gained: readonly Evidence[]): LiveRecord {
  const { login: _asItWas, ...rest } = record
  return { ...rest, ...(login === undefined ? {} : { login }), evidence: gained, epoch }
}

/** A rotation leaves the sign-in as it is; dropping what was proved is counted there, for all that hangs on it. */
function dropped({ value, ...lineage }: KeptLineage, version: string): KeptLineage {
  return { ...lineage, version, value: { ...value, drops: value.drops + 1 } }
}

function lineageWrite({ key, version }: KeptLineage, goesBy: KeptLineage): Write {
  if (goesBy.version === version) return { op: 'check', key, expect: version }
  return putLineage(key, goesBy.value, version)
}
