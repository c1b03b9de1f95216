import { event, type Reason } from '@sallyport/audit'
import type { Committed, Write } from '@sallyport/store'
import type { Request } from 'express'

import {
  listAuthenticators,
  openState,
  putAuthenticator,
  sealState,
  type EnrolledAuthenticator,
} from './authenticators.ts'
import { challengeEvent, endChallenge, isOverdue, openChallengeOf, type OpenChallenge } from './challenges.ts'
import { decide } from './decide.ts'
import { attemptCounters, attemptGates, isUserLimit, LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord } from './records.ts'
import { authnOf } from './evidence-authn.ts'
import type { SessionAuthority } from './sessions.ts'
import type { LiveSession } from './session-state.ts'
import { findStepUp, needData, putStepUp, stepUpContext, type OpenStepUp } from './step-ups.ts'
import type { Evidence, Factor, FactorInput, FactorOutcome } from './types.ts'

/** How an answer to a challenge was taken. */
export type Verified =
  /** The step-up is satisfied, or `more` must be proved for it. */
  | { readonly ok: true; readonly more: boolean; readonly stepUp: OpenStepUp }
  | { readonly ok: false; readonly reason: Reason }

/** An answer as it came in. */
export interface Answer {
  readonly req: Request
  readonly session: LiveSession
  readonly stepUp: OpenStepUp
  readonly factor: Factor
  readonly input: FactorInput
}

/** The factor's judgement, with the authenticator that it is about. */
interface Judged {
  readonly outcome: FactorOutcome
  readonly authenticator: EnrolledAuthenticator | undefined
}

const ROUNDS = 5

/**
 * Judges an answer in memory and writes down what came of it in one commit; nothing is answered before it is on disk.
 *
 * A conflict means that something it was judged by has changed, so it is judged again: the same code sent fifty times at
 * once passes once, and the other times finds the code used or the challenge ended.
 */
export async function verifyAnswer(core: Core, sessions: SessionAuthority, answer: Answer): Promise<Verified> {
  let { session, stepUp } = answer
  for (let round = 0; round < ROUNDS; round += 1) {
    const current = { ...answer, session, stepUp }
    const challenge = await openChallengeOf(core, stepUp)
    if (challenge === undefined || challenge.value.factor !== answer.factor.name)
      return { ok: false, reason: 'challenge_ended' }
    if (isOverdue(core, challenge)) return { ok: false, reason: 'expired' }

    const judged = await judge(core, current, challenge)
    const verified = judged.outcome.ok
      ? await accept(core, sessions, { ...current, challenge, judged })
      : await refuse(core, current, { challenge, reason: judged.outcome.reason })
    if (verified !== 'conflict') return verified

    const [newSession, newStepUp] = await Promise.all([sessions.reload(session), findStepUp(core, session, stepUp.id)])
    if (newSession === undefined) return { ok: false, reason: 'session_rotated' }
    if (newStepUp === undefined || newStepUp.value.status !== 'open') return { ok: false, reason: 'challenge_ended' }
    session = newSession
    stepUp = newStepUp
  }
  return { ok: false, reason: 'challenge_ended' }
}

/** Asks the factor about each of the user's authenticators until one fits; the most telling refusal stands. */
async function judge(core: Core, { session, factor, input }: Answer, challenge: OpenChallenge): Promise<Judged> {
  const { user } = session.record
  let refused: Judged = { outcome: { ok: false, reason: 'authenticator_unknown' }, authenticator: undefined }
  for (const authenticator of await listAuthenticators(core, user)) {
    if (authenticator.value.factor !== factor.name) continue

    const outcome = await factor.verify(
      await openState(core, user, authenticator),
      challenge.value.state,
      input,
      core.store.now(),
    )
    if (outcome.ok) return { outcome, authenticator }
    if (refused.authenticator === undefined || outcome.reason === 'code_reused') refused = { outcome, authenticator }
  }
  return refused
}

async function refuse(
  core: Core,
  answer: Answer,
  refusal: { readonly challenge: OpenChallenge; readonly reason: Reason },
): Promise<Verified | 'conflict'> {
  const { req, session } = answer
  const { challenge, reason } = refusal
  const failed = challengeEvent(
    'challenge.attempt_failed',
    { req, id: challenge.id, record: challenge.value, data: { factor: challenge.value.factor } },
    { outcome: 'failure', reason },
  )
  const committed = await core.audit.commit({
    writes: [
      { op: 'check', key: challenge.key, expect: challenge.version },
      ...attemptCounters(challenge.id, session.record.user, core.store.now()),
    ],
    events: [failed],
  })
  if (committed.ok) {
    if ((committed.counts[0] ?? 0) < LIMITS.challengeAttempts) return { ok: false, reason }
    await lock(core, answer, challenge)
    return { ok: false, reason: 'too_many_attempts' }
  }
  return committed.code === 'limit' ? await overLimit(core, answer, { challenge, committed }) : 'conflict'
}

async function accept(
  core: Core,
  sessions: SessionAuthority,
  accepted: Answer & { readonly challenge: OpenChallenge; readonly judged: Judged },
): Promise<Verified | 'conflict'> {
  const { req, session, stepUp, challenge, factor } = accepted
  const { outcome, authenticator } = accepted.judged
  if (!outcome.ok || authenticator === undefined) throw new Error('accept: called without a success')

  const now = core.store.now()
  const { user } = session.record
  const evidence: Evidence = {
    factor: factor.name,
    at: now,
    strong: factor.strong,
    strength: [...new Set([...factor.strength, ...outcome.strength])],
    authenticator: authenticator.id,
  }
  const gained = gain(accepted, evidence, now)
  const state = await sealState(core, user, { id: authenticator.id, state: outcome.next })
  const authn = authnOf(evidence)
  const committed = await sessions.rotate(req, session, {
    writes: [
      { op: 'remove', key: challenge.key, expect: challenge.version },
      ...attemptGates(challenge.id, user, now),
      putAuthenticator(user, authenticator.id, {
        record: { ...authenticator.value, state, lastUsedAt: now },
        expect: authenticator.version,
      }),
      putStepUp(stepUp.id, gained.record, stepUp.version),
      ...(gained.satisfied ? await grantWrites(core, stepUp, gained.record.collected) : []),
    ],
    events: [
      challengeEvent(
        'challenge.verified',
        { req, id: challenge.id, record: challenge.value, data: { factor: factor.name } },
        { outcome: 'success', authn },
      ),
      ...(gained.satisfied
        ? [
            event('step_up.satisfied', {
              ...stepUpContext(req, stepUp),
              authn,
              outcome: 'success',
              data: needData(stepUp.value),
            }),
          ]
        : []),
    ],
    evidence: gained.sessionEvidence,
    because: 'step_up',
    flow: stepUp.id,
    authn,
  })
  if (committed.ok) return { ok: true, more: !gained.satisfied, stepUp: { ...stepUp, value: gained.record } }
  return committed.code === 'limit' ? await overLimit(core, accepted, { challenge, committed }) : 'conflict'
}

/** What a proof adds: to the action alone when there is one, to the session otherwise. */
function gain(
  { session, stepUp }: Answer,
  evidence: Evidence,
  now: number,
): {
  readonly satisfied: boolean
  readonly record: OpenStepUp['value']
  readonly sessionEvidence: readonly Evidence[]
} {
  const { action, requirement } = stepUp.value
  const collected = [...stepUp.value.collected, evidence]
  // Of one authenticator only the newest proof counts, so that evidence does not grow with time.
  const others = session.evidence.filter(
    (proof) => proof.factor !== evidence.factor || proof.authenticator !== evidence.authenticator,
  )
  const sessionEvidence = action === null ? [...others, evidence] : session.evidence
  const decision = decide(requirement, action === null ? sessionEvidence : collected, now)
  const status = decision.satisfied ? 'satisfied' : 'open'
  return {
    satisfied: decision.satisfied,
    record: { ...stepUp.value, collected, challenge: null, status },
    sessionEvidence,
  }
}

async function grantWrites(core: Core, stepUp: OpenStepUp, evidence: readonly Evidence[]): Promise<readonly Write[]> {
  const { action, lineage, requirement } = stepUp.value
  if (action === null) return []

  const key = ['grant', lineage, action.digest]
  const [found] = await core.store.get([key])
  const value = writeRecord('grant', { evidence, stepUp: stepUp.id, action: action.name })
  const expect = readRecord('grant', found)?.version ?? null
  return [{ op: 'put', key, value, expect, expiresAt: core.store.now() + requirement.maxAgeMs, atExpiry: 'drop' }]
}

/** Refuses even a right answer: the limit was reached before it. */
async function overLimit(
  core: Core,
  answer: Answer,
  over: { readonly challenge: OpenChallenge; readonly committed: Extract<Committed, { ok: false }> },
): Promise<Verified> {
  const { req } = answer
  const { challenge, committed } = over
  const { factor } = challenge.value
  const failed = challengeEvent(
    'challenge.attempt_failed',
    { req, id: challenge.id, record: challenge.value, data: { factor } },
    { outcome: 'failure', reason: 'too_many_attempts' },
  )
  const stillOpen: Write = { op: 'check', key: challenge.key, expect: challenge.version }
  await core.audit.commit({ writes: [stillOpen], events: [failed] })
  if (!isUserLimit(committed.key)) await lock(core, answer, challenge)
  return { ok: false, reason: 'too_many_attempts' }
}

/** Ends a challenge that was answered wrongly too often; a conflict means that it has ended already. */
async function lock(core: Core, { req }: Answer, challenge: OpenChallenge): Promise<void> {
  await core.audit.commit(endChallenge(req, challenge, 'challenge.locked'))
}
