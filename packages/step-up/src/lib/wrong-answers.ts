import { event, type FactorName, type Reason } from '@sallyport/audit'
import type { Key, Write } from '@sallyport/store'

import { factorEvents, type Answer, type AnswerInHand, type Verified } from './answer.ts'
import { listAuthenticators, putAuthenticator } from './authenticators.ts'
import { challengeEvent, endChallenge } from './challenges.ts'
import { authnOf } from './evidence-authn.ts'
import { LIMITS } from './limits.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import type { StepUpRecord } from './records.ts'
import { putStepUp, stepUpContext } from './step-ups.ts'
import { attemptCounters, lifeCountOf, limitOf } from './tries.ts'
import type { Evidence, FactorRefusal } from './types.ts'

const NOT_ENOUGH: readonly Reason[] = ['factor_too_old', 'factor_too_weak', 'level_not_reached']

/** Whether a proof holds and does not do: the same way once more would end the same. */
export function isNotEnough(reason: Reason): boolean {
  return NOT_ENOUGH.includes(reason)
}

/** The given factor whose proof was not enough for a step-up: it is asked for again only at the person's wish. */
export function spentFactor({ failure }: Pick<StepUpRecord, 'failure'>): FactorName | undefined {
  return failure !== undefined && isNotEnough(failure.reason) ? failure.factor : undefined
}

/** An answer that did not hold, or a proof that holds and is not enough. */
export interface Refused extends FactorRefusal {
  /** What was proved, where it is not enough: proving it again would be no better, so the challenge ends with it. */
  readonly proved?: Evidence
}

/**
 * Counts a wrong answer and writes it down, in one commit. A code has a few tries in one challenge; an answer that is
 * signed has one, so that no challenge is signed twice. The last try ends the challenge.
 */
export async function refuseWrong(core: Core, inHand: AnswerInHand, refused: Refused): Promise<Verified | 'conflict'> {
  const { req, factor, challenge } = inHand
  const { reason, proved } = refused
  const about = { req, id: challenge.id, record: challenge.value, data: { factor: factor.name } }
  const named = inHand.named === undefined ? {} : { authenticator: inHand.named }
  const authn = proved === undefined ? { factor: factor.name, ...named } : authnOf(proved)
  const how = { outcome: 'failure', reason, authn } as const
  const isLast = !factor.guessable || proved !== undefined
  const committed = await core.audit.commit({
    writes: [...(isLast ? endingWrites(inHand, reason) : [stillOpen(inHand)]), ...attemptCounters(inHand.tries)],
    events: [
      ...inHand.events,
      challengeEvent(isLast ? 'challenge.failed' : 'challenge.attempt_failed', about, how),
      ...factorEvents(inHand, refused.events ?? [], inHand.named),
    ],
  })
  if (!committed.ok) return committed.code === 'limit' ? await refuseOverLimit(core, inHand, committed.key) : 'conflict'

  const { counts } = committed
  await disableWornOut(core, inHand, counts)
  if (isLast || (counts[0] ?? 0) < LIMITS.challengeAttempts) return { ok: false, reason }
  await lock(core, inHand)
  return { ok: false, reason: 'too_many_attempts' }
}

/** Refuses even a right answer: the limit was reached before it. */
export async function refuseOverLimit(core: Core, inHand: AnswerInHand, key: Key): Promise<Verified | 'conflict'> {
  const limit = limitOf(key)
  // Reached meanwhile by a parallel answer: judged again, this authenticator is not asked any more.
  if (limit === 'authenticator') return 'conflict'

  const { req, challenge, factor } = inHand
  const about = { req, id: challenge.id, record: challenge.value, data: { factor: factor.name } }
  const reason: Reason = 'too_many_attempts'
  const committed = await core.audit.commit({
    writes: [stillOpen(inHand)],
    events: [...inHand.events, challengeEvent('challenge.attempt_failed', about, { outcome: 'failure', reason })],
  })
  if (!committed.ok) return await refuseUnjudged(core, inHand, reason)
  if (limit === 'challenge') await lock(core, inHand)
  return { ok: false, reason }
}

/** Refuses an answer that there is nothing left for: nothing changes, and what the caller has to tell is told all the same. */
export async function refuseUnjudged(
  core: Core,
  { events }: Pick<Answer, 'events'>,
  reason: Reason,
): Promise<Extract<Verified, { ok: false }>> {
  if (events.length > 0) await core.audit.commit({ writes: [], events })
  return { ok: false, reason }
}

function stillOpen({ challenge }: AnswerInHand): Write {
  return { op: 'check', key: challenge.key, expect: challenge.version }
}

function endingWrites({ challenge, stepUp, factor }: AnswerInHand, reason: Reason): readonly Write[] {
  const failure = factor.given === undefined ? {} : { failure: { factor: factor.name, reason } }
  return [
    { op: 'remove', key: challenge.key, expect: challenge.version },
    putStepUp(stepUp.id, { ...stepUp.value, challenge: null, ...failure }, stepUp.version),
  ]
}

/** Ends a challenge that was answered wrongly too often; a conflict means that it has ended already. */
async function lock(core: Core, inHand: AnswerInHand): Promise<void> {
  const { req, session, factor, challenge } = inHand
  const committed = await core.audit.commit(endChallenge(req, challenge, 'challenge.locked'))
  if (committed.ok) await notifyOf(core, { req, session }, { about: 'challenge.locked', factor: factor.name })
}

/**
 * Disables the authenticators that have had their last wrong answer in a row. The counter refuses every further one
 * whatever becomes of this commit; the record says so to people.
 */
async function disableWornOut(core: Core, inHand: AnswerInHand, counts: readonly number[]): Promise<void> {
  const { req, session, stepUp, tries, factor } = inHand
  const { user } = session.record
  const wornOut = tries.authenticators.filter(
    (tried) => lifeCountOf(tries, tried, counts) >= LIMITS.authenticatorLifeAttempts,
  )
  if (wornOut.length === 0) return

  const ids = new Set(wornOut.map(({ id }) => id))
  for (const authenticator of await listAuthenticators(core, user)) {
    if (!ids.has(authenticator.id)) continue

    const authn = { factor: factor.name, authenticator: authenticator.id }
    const about = { ...stepUpContext(req, stepUp), authn, reason: 'too_many_attempts' as const }
    const disabled = event('authenticator.disabled', { ...about, outcome: 'failure', data: { factor: factor.name } })
    const { id, value, version } = authenticator
    const writes = [putAuthenticator(user, id, { record: { ...value, disabled: true }, expect: version })]
    const committed = await core.audit.commit({ writes, events: [disabled] })
    if (committed.ok) await notifyOf(core, { req, session }, { about: 'authenticator.disabled', factor: factor.name })
  }
}
