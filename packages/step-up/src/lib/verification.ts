import { isDeepStrictEqual } from 'node:util'

import { event, type PendingEvent } from '@sallyport/audit'
import type { Committed, Write } from '@sallyport/store'

import { challengeEvent, isOverdue, openChallengeOf } from './challenges.ts'
import { decide } from './decide.ts'
import { loginEvidence } from './elevation.ts'
import { authnOf } from './evidence-authn.ts'
import { factorEvents, type Answer, type AnswerInHand, type Verified } from './answer.ts'
import { judgeAnswer } from './judgement.ts'
import { lackOf } from './lack.ts'
import { notifyOfEvents } from './notices.ts'
import type { Core } from './options.ts'
import { addProof } from './proofs.ts'
import { evidenceOf, provedWrites, type Proved } from './proved.ts'
import { readRecord, writeRecord } from './records.ts'
import type { SessionAuthority } from './sessions.ts'
import { findStepUp, needData, putStepUp, stepUpContext, type OpenStepUp } from './step-ups.ts'
import type { Evidence } from './types.ts'
import { refuseOverLimit, refuseUnjudged, refuseWrong } from './wrong-answers.ts'

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
      return await refuseUnjudged(core, answer, 'challenge_ended')
    if (isOverdue(core, challenge)) return await refuseUnjudged(core, answer, 'expired')

    const judged = await judgeAnswer(core, current, challenge)
    // Nothing is left of which the answer could be right or wrong.
    if (judged === undefined) return await refuseUnjudged(core, answer, 'challenge_ended')
    const { tries } = judged
    const inHand = { ...current, challenge, tries, named: judged.authenticator?.id }
    const verified = judged.ok
      ? await accept(core, sessions, { inHand, proved: { ...judged, factor: answer.factor } })
      : await refuseWrong(core, inHand, judged.outcome)
    if (verified !== 'conflict' && verified !== 'changed') return verified
    if (verified === 'changed' && round > 0) {
      const refused = await refuseWrong(core, inHand, { ok: false, reason: 'not_permitted' })
      if (refused !== 'conflict') return refused
    }

    const [newSession, newStepUp] = await Promise.all([sessions.reload(session), findStepUp(core, session, stepUp.id)])
    if (newSession === undefined) return await refuseUnjudged(core, answer, 'session_rotated')
    if (newStepUp === undefined || newStepUp.value.status !== 'open')
      return await refuseUnjudged(core, answer, 'challenge_ended')
    session = newSession
    stepUp = newStepUp
  }
  return await refuseUnjudged(core, answer, 'challenge_ended')
}

/** A right answer. */
interface Right {
  readonly inHand: AnswerInHand
  readonly proved: Proved
}

/** `changed`: what the caller would write together with it does not hold any more. */
type Accepted = Verified | 'conflict' | 'changed'

async function accept(core: Core, sessions: SessionAuthority, right: Right): Promise<Accepted> {
  const { inHand, proved } = right
  const { req, session, stepUp, challenge } = inHand
  const { outcome } = proved
  const now = core.store.now()
  const evidence = evidenceOf(proved, now)
  const reason = proved.factor.given === undefined ? undefined : lackOf(stepUp.value.requirement, evidence, now)
  if (reason !== undefined)
    return await refuseWrong(core, inHand, { ok: false, reason, proved: evidence, events: outcome.events ?? [] })

  const gained = gain(inHand, evidence, now)
  const committed = await sessions.rotate(req, session, {
    writes: [
      { op: 'remove', key: challenge.key, expect: challenge.version },
      ...(await provedWrites(core, proved)),
      putStepUp(stepUp.id, gained.record, stepUp.version),
      ...(gained.satisfied ? await grantWrites(core, stepUp, gained.record.collected) : []),
      ...inHand.writes,
    ],
    events: [
      ...inHand.events,
      ...proofEvents(right, evidence),
      ...(gained.satisfied ? [satisfiedEvent(inHand, evidence)] : []),
    ],
    gained: gained.ofSession,
    because: 'step_up',
    flow: stepUp.id,
    authn: authnOf(evidence),
  })
  if (!committed.ok) return await refusedCommit(core, inHand, committed)

  await notifyOfEvents(core, { req, session }, outcome.events ?? [])
  const view = outcome.view ?? []
  return { ok: true, more: !gained.satisfied, stepUp: { ...stepUp, value: gained.record }, view }
}

function proofEvents({ inHand, proved }: Right, evidence: Evidence): readonly PendingEvent[] {
  const { req, challenge, factor } = inHand
  const { outcome } = proved
  const data = { factor: factor.name, ...(outcome.key === undefined ? {} : { key: outcome.key }) }
  const verified = challengeEvent(
    'challenge.verified',
    { req, id: challenge.id, record: challenge.value, data },
    { outcome: 'success', authn: authnOf(evidence), sealed: outcome.proof },
  )
  return [verified, ...factorEvents(inHand, outcome.events ?? [], evidence.authenticator)]
}

function satisfiedEvent({ req, stepUp }: Answer, evidence: Evidence): PendingEvent {
  const about = { ...stepUpContext(req, stepUp), authn: authnOf(evidence), outcome: 'success' as const }
  return event('step_up.satisfied', { ...about, data: needData(stepUp.value) })
}

async function refusedCommit(
  core: Core,
  inHand: AnswerInHand,
  { code, key }: Extract<Committed, { ok: false }>,
): Promise<Accepted> {
  if (inHand.writes.some((write) => 'key' in write && isDeepStrictEqual(write.key, key))) return 'changed'
  return code === 'limit' ? await refuseOverLimit(core, inHand, key) : 'conflict'
}

/** What a proof adds: to the action alone when there is one, to the session otherwise. What the login proved stays beside it. */
function gain(
  { session, stepUp }: Answer,
  evidence: Evidence,
  now: number,
): {
  readonly satisfied: boolean
  readonly record: OpenStepUp['value']
  /** What the session has gained since its login. */
  readonly ofSession: readonly Evidence[]
} {
  const { action, requirement } = stepUp.value
  const collected = [...stepUp.value.collected, evidence]
  const ofSession = action === null ? addProof(session.gained, evidence) : session.gained
  const decision = decide(requirement, action === null ? [...loginEvidence(session), ...ofSession] : collected, now)
  const status = decision.satisfied ? 'satisfied' : 'open'
  return {
    satisfied: decision.satisfied,
    record: { ...stepUp.value, collected, challenge: null, status },
    ofSession,
  }
}

async function grantWrites(core: Core, stepUp: OpenStepUp, evidence: readonly Evidence[]): Promise<readonly Write[]> {
  const { action, lineage, requirement } = stepUp.value
  if (action === null) return []

  const key = ['grant', lineage, action.digest]
  const [found] = await core.store.get([key])
  const value = writeRecord('grant', { evidence, drops: stepUp.value.drops, stepUp: stepUp.id, action: action.name })
  const expect = readRecord('grant', found)?.version ?? null
  return [{ op: 'put', key, value, expect, expiresAt: core.store.now() + requirement.maxAgeMs, atExpiry: 'drop' }]
}
