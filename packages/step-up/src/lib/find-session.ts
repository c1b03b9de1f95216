import type { Request } from 'express'

import { StepUpError } from './errors.ts'
import { isDueForNote, putLineage } from './lineages.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { endWrites, expiredEvent } from './session-writes.ts'
import {
  readSessionState,
  referenceOf,
  type LiveSession,
  type OverdueSession,
  type SessionReference,
  type SessionState,
} from './session-state.ts'

const ROUNDS = 5

/**
 * Finds what a request's pointer leads to. A session whose time is over ends here, in one commit with its event: of all that
 * find it at once, on however many instances, one does it.
 */
export async function findSession(core: Core, req: Request, reference: SessionReference): Promise<SessionState> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = await readSessionState(core, reference)
    if (found.state !== 'overdue') return found
    // A conflict means that somebody else was first, or that a request came in the very last moment: look again.
    await expire(core, req, found)
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The end of a session could not be written down.', { status: 503 })
}

/**
 * Notes that a session had a request, at most once in a twentieth of the idle time. What is noted meanwhile by a parallel
 * request is as good.
 *
 * @returns The session with the versions that a later commit expects.
 */
export async function noteRequest(core: Core, req: Request, session: LiveSession): Promise<SessionState> {
  const { lineage } = session
  if (!isDueForNote(lineage, core)) return session

  const now = core.store.now()
  // Chosen here, since it becomes the version.
  const id = newId(now, core.randomBytes)
  const value = { ...lineage.value, seenAt: now }
  const committed = await core.audit.commit({
    id,
    writes: [putLineage(lineage.key, value, lineage.version)],
    events: [],
  })
  if (!committed.ok) return await findSession(core, req, referenceOf(session))
  return { ...session, lineage: { ...lineage, value, version: id } }
}

async function expire(core: Core, req: Request, { session, because }: OverdueSession): Promise<void> {
  await core.audit.commit({
    writes: endWrites(session, 'expired', core.store.now()),
    events: [expiredEvent(req, session.record, because)],
  })
}
