import { event, type PendingEvent, type Reason } from '@sallyport/audit'
import type { Json, Write } from '@sallyport/store'

import {
  enrolmentContext,
  enrolmentStart,
  putEnrolment,
  type Enrolled,
  type EnrolmentInHand,
} from './enrolment-records.ts'
import type { Core } from './options.ts'
import type { Own } from './route.ts'
import { attemptCounters, triesOf, type Tries } from './tries.ts'
import type { EnrolmentOutcome, EnrolmentStart } from './types.ts'

/** A wrong answer, with the factor's refusal. */
export interface FailedEnrolment extends EnrolmentInHand {
  readonly refusal: Extract<EnrolmentOutcome, { ok: false }>
}

/**
 * Counts a wrong answer and writes it down, in one commit. The enrolment may be answered again; one whose answers are signed
 * is begun anew under the same id, so that nothing is signed twice.
 */
export async function failEnrolment(core: Core, own: Own, failed: FailedEnrolment): Promise<Enrolled> {
  const { factor, refusal } = failed
  const input = await enrolmentStart(core, own, factor)
  const { pending, write } = await nextTry(core, own, { failed, input })
  const committed = await core.audit.commit({
    writes: [write, ...attemptCounters(await triesOfEnrolment(core, own, failed))],
    events: failedEvents(own, failed, refusal),
  })
  if (committed.ok) return { ok: false, reason: refusal.reason, view: await factor.enrolment.view(pending, input) }
  if (committed.code === 'limit') return await refuseOverLimit(core, own, failed)
  return { ok: false, reason: 'challenge_ended' }
}

/** Refuses even a right answer: the limit was reached before it, which the ledger is told. */
export async function refuseOverLimit(core: Core, own: Own, inHand: EnrolmentInHand): Promise<Enrolled> {
  const reason: Reason = 'too_many_attempts'
  const { key, version } = inHand.enrolment
  await core.audit.commit({
    writes: [{ op: 'check', key, expect: version }],
    events: failedEvents(own, inHand, { ok: false, reason }),
  })
  return { ok: false, reason }
}

/** Gives the tries that an answer to an enrolment uses; there is no authenticator yet for which it could be wrong. */
export async function triesOfEnrolment(
  core: Core,
  { req, session }: Own,
  { id, factor }: Pick<EnrolmentInHand, 'id' | 'factor'>,
): Promise<Tries> {
  return await triesOf(core, req, { challenge: id, user: session.record.user, factor, authenticators: [] })
}

async function nextTry(
  core: Core,
  own: Own,
  { failed, input }: { readonly failed: FailedEnrolment; readonly input: EnrolmentStart },
): Promise<{ readonly pending: Json; readonly write: Write }> {
  const { id, factor, enrolment } = failed
  const { key, version, pending: same } = enrolment
  if (factor.guessable) return { pending: same, write: { op: 'check', key, expect: version } }

  const pending = await factor.enrolment.start(input)
  const { until } = enrolment.value
  return { pending, write: await putEnrolment(core, own, { id, factor: factor.name, pending, until, expect: version }) }
}

function failedEvents(
  own: Own,
  { id, factor }: EnrolmentInHand,
  { reason, about, events }: FailedEnrolment['refusal'],
): readonly PendingEvent[] {
  const common = enrolmentContext(own, id)
  const data = { factor: factor.name, ...about }
  return [
    event('authenticator.enrolment_failed', { ...common, outcome: 'failure', reason, data }),
    ...(events ?? []).map((made) => event(made.type, { ...common, data: made.data })),
  ]
}
