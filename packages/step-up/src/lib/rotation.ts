import { event, type Authn, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { putLineage } from './lineages.ts'
import type { LiveRecord } from './records.ts'
import type { LiveSession } from './session-state.ts'
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
  readonly now: number
}

/** Makes all that is committed when a session goes on under a new handle; the old one dies with it. */
export function rotationChanges(
  req: Request,
  { session, rotation, handle, now }: Rotating,
): { readonly writes: readonly Write[]; readonly events: readonly PendingEvent[] } {
  const { user, lineage } = session.record
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
      putLive(handle, goingOn(session, rotation.gained)),
      { op: 'check', key: ['user', user], expect: session.userVersion },
      lineageWrite(session, rotation.because),
    ],
    events: [...rotation.events, rotated],
  }
}

/** The record under the new handle: of the login it keeps what still counts, so that a new epoch revives nothing of it. */
function goingOn({ record, login, epoch }: LiveSession, gained: readonly Evidence[]): LiveRecord {
  const { login: _asItWas, ...rest } = record
  return { ...rest, ...(login === undefined ? {} : { login }), evidence: gained, epoch }
}

/** A rotation leaves the sign-in as it is; dropping what was proved is counted there, for all that hangs on it. */
function lineageWrite({ lineage }: LiveSession, because: Rotation['because']): Write {
  const { key, value, version } = lineage
  if (because !== 'dropped') return { op: 'check', key, expect: version }
  return putLineage(key, { ...value, drops: value.drops + 1 }, version)
}
