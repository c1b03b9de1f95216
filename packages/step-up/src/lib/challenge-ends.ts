import { event, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'

import { resumeId } from './afterwards.ts'
import { answerRefusal } from './answers.ts'
import { endChallenge, isOverdue, openChallengeOf, type ChallengeEnd } from './challenges.ts'
import { StepUpError } from './errors.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import { refusal } from './refusals.ts'
import type { Own } from './route.ts'
import { findStash } from './stash.ts'
import { findStepUp, needData, putStepUp, stepUpContext, type OpenStepUp } from './step-ups.ts'
import { readUser, revocation } from './user-record.ts'
import { deviceOf } from './visit.ts'

const ROUNDS = 50
const NOTHING = { writes: [], events: [] } as const

/** Ends a step-up at the person's wish; nothing is done and nothing is kept. */
export async function cancelChallenge(core: Core, own: Own): Promise<void> {
  const stepUp = await openStepUpOf(core, own)
  if (stepUp === undefined) return

  const ending = await ends(core, own, { stepUp, end: 'challenge.cancelled', status: 'cancelled' })
  const committed = await core.audit.commit(ending)
  answerRefusal(core, own, refusal(committed.ok ? 'cancelled' : 'ended'))
}

/**
 * Ends a step-up that the person did not start: somebody else acts in their name, so every session of theirs ends with it,
 * this one included.
 */
export async function denyChallenge(core: Core, own: Own): Promise<void> {
  const { req, session } = own
  const { user, lineage } = session.record
  const data = { because: 'user_denied', all: true } as const
  const about = {
    context: contextOf(req),
    actor: { user },
    lineage,
    reason: 'user_denied',
    outcome: 'success',
  } as const
  // Whoever acts in this person's name may cancel or answer at the same time: the word counts all the same.
  for (let round = 0; round < ROUNDS; round += 1) {
    const stepUp = await findStepUp(core, session, String(req.params['id']))
    if (stepUp === undefined) return answerRefusal(core, own, refusal('unknown'))

    const isOpen = stepUp.value.status === 'open'
    const ending = isOpen ? await ends(core, own, { stepUp, end: 'challenge.denied', status: 'denied' }) : NOTHING
    const revoking = revocation({ user, ...(await readUser(core.store, user)) })
    const committed = await core.audit.commit({
      writes: [...ending.writes, revoking],
      events: [...ending.events, event('session.revoked', { ...about, data })],
    })
    if (!committed.ok) continue
    await notifyOf(core, own, { about: 'challenge.denied' })
    return answerRefusal(core, own, refusal('denied', core.loginPath))
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The step-up changed too often to be denied.', { status: 503 })
}

async function openStepUpOf(core: Core, own: Own): Promise<OpenStepUp | undefined> {
  const stepUp = await findStepUp(core, own.session, String(own.req.params['id']))
  if (stepUp?.value.status === 'open') return stepUp
  answerRefusal(core, own, refusal(stepUp === undefined ? 'unknown' : 'ended'))
  return undefined
}

/** What ends a step-up: its open challenge, itself, and the form that waited for it. */
async function ends(
  core: Core,
  { req, session }: Own,
  ending: {
    readonly stepUp: OpenStepUp
    readonly end: Extract<ChallengeEnd, 'challenge.cancelled' | 'challenge.denied'>
    readonly status: 'cancelled' | 'denied'
  },
): Promise<{ readonly writes: readonly Write[]; readonly events: readonly PendingEvent[] }> {
  const { stepUp, end, status } = ending
  const open = await openChallengeOf(core, stepUp)
  const ended = open && endChallenge(req, open, isOverdue(core, open) ? 'challenge.expired' : end)
  const stash = await findStash(core, session, { id: resumeId(req) ?? '', device: deviceOf(req) })
  const reason = status === 'cancelled' ? 'cancelled' : 'user_denied'
  const about = { ...stepUpContext(req, stepUp), outcome: 'failure' as const, reason } as const
  return {
    writes: [
      ...(ended?.writes ?? []),
      putStepUp(stepUp.id, { ...stepUp.value, challenge: null, status }, stepUp.version),
      ...(stash === undefined ? [] : [{ op: 'remove', key: stash.key, expect: stash.version } as const]),
    ],
    events: [...(ended?.events ?? []), event('step_up.refused', { ...about, data: needData(stepUp.value) })],
  }
}
