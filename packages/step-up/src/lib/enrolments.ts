import { event, type PendingEvent } from '@sallyport/audit'
import type { Key, Write } from '@sallyport/store'

import {
  listAuthenticators,
  putAuthenticator,
  removalWrites,
  sealLabel,
  sealState,
  uniqueKey,
  type EnrolledAuthenticator,
} from './authenticators.ts'
import { failEnrolment, refuseOverLimit, triesOfEnrolment } from './enrolment-failures.ts'
import {
  enrolmentContext,
  enrolmentStart,
  findEnrolment,
  putEnrolment,
  type Enrolled,
  type EnrolmentInHand,
  type WantedEnrolment,
} from './enrolment-records.ts'
import { cleanLabel } from './labels.ts'
import { enrolmentCounter, LIMITS } from './limits.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { writeRecord } from './records.ts'
import type { Own } from './route.ts'
import type { LiveSession } from './session-state.ts'
import { attemptGates } from './tries.ts'
import type { EnrolmentOutcome, EnrolledFactor, FactorInput, ViewBlock } from './types.ts'

/** An enrolment under way, with what the person sees of it. */
export interface ShownEnrolment {
  readonly id: string
  readonly view: readonly ViewBlock[]
}

/**
 * Begins an enrolment of a factor. What it shows is made once and kept sealed until its end.
 *
 * @returns What to show; `undefined` when this user has begun too many.
 */
export async function startEnrolment(
  core: Core,
  own: Own,
  factor: EnrolledFactor,
): Promise<ShownEnrolment | undefined> {
  const now = core.store.now()
  const id = newId(now, core.randomBytes)
  const { user } = own.session.record
  const input = await enrolmentStart(core, own, factor)
  const pending = await factor.enrolment.start(input)
  const view = await factor.enrolment.view(pending, input)
  const kept = { id, factor: factor.name, pending, until: now + LIMITS.enrolmentMs, expect: null }
  const committed = await core.audit.commit({
    writes: [enrolmentCounter(user, now), await putEnrolment(core, own, kept)],
    events: [event('authenticator.enrolment_started', { ...enrolmentContext(own, id), data: { factor: factor.name } })],
  })
  return committed.ok ? { id, view } : undefined
}

/** Shows an enrolment under way once more, from what is kept of it; `undefined` when there is none for this request. */
export async function showEnrolment(
  core: Core,
  own: Own,
  wanted: WantedEnrolment,
): Promise<ShownEnrolment | undefined> {
  const { id, factor } = wanted
  const enrolment = await findEnrolment(core, own, { id, factor: factor.name })
  if (enrolment === undefined) return undefined
  return { id, view: await factor.enrolment.view(enrolment.pending, await enrolmentStart(core, own, factor)) }
}

/** Ends an enrolment at the person's wish; one that has ended already stays so. */
export async function cancelEnrolment(core: Core, own: Own, { id, factor }: WantedEnrolment): Promise<void> {
  const enrolment = await findEnrolment(core, own, { id, factor: factor.name })
  if (enrolment === undefined) return

  const about = { ...enrolmentContext(own, id), outcome: 'failure', reason: 'cancelled' } as const
  await core.audit.commit({
    writes: [{ op: 'remove', key: enrolment.key, expect: enrolment.version }],
    events: [event('authenticator.enrolment_failed', { ...about, data: { factor: factor.name } })],
  })
}

/** Judges the answer that ends an enrolment; a right one makes the authenticator and drops older evidence. */
export async function finishEnrolment(
  core: Core,
  own: Own,
  answer: WantedEnrolment & { readonly input: FactorInput },
): Promise<Enrolled> {
  const { id, factor, input } = answer
  const enrolment = await findEnrolment(core, own, { id, factor: factor.name })
  if (enrolment === undefined) return { ok: false, reason: 'challenge_ended' }

  const inHand: EnrolmentInHand = { id, factor, enrolment }
  const { pending } = enrolment
  const outcome = await factor.enrolment.finish({ pending, input, now: core.store.now() })
  if (!outcome.ok) return await failEnrolment(core, own, { ...inHand, refusal: outcome })

  const enrolled = await listAuthenticators(core, own.session.record.user)
  const replaced = enrolled.filter(({ value }) => factor.enrolment.replaces === true && value.factor === factor.name)
  if (enrolled.length - replaced.length >= LIMITS.authenticators) return { ok: false, reason: 'too_many_attempts' }

  const accepted: Accepted = { inHand, outcome, enrolled, replaced }
  const pointer = outcome.unique === undefined ? undefined : uniqueKey(factor.name, outcome.unique)
  const writes = await enrolmentWrites(core, own, { ...accepted, pointer })
  const committed = await core.audit.commit({ writes, events: enrolmentEvents(own, accepted) })
  if (committed.ok) {
    await notifyOf(core, own, { about: 'authenticator.enrolled', factor: factor.name })
    return { ok: true }
  }
  if (committed.code === 'limit') return await refuseOverLimit(core, own, inHand)
  // Somebody's authenticator already, perhaps another user's: it is nobody else's from then on.
  if (pointer !== undefined && equalKeys(committed.key, pointer))
    return await failEnrolment(core, own, { ...inHand, refusal: { ok: false, reason: 'already_used' } })
  return { ok: false, reason: 'challenge_ended' }
}

/** Moves the user's epoch: evidence gained before a change of authenticators counts no more, on no instance. */
export function nextEpoch(session: LiveSession): Write {
  const { user } = session.record
  return {
    op: 'put',
    key: ['user', user],
    value: writeRecord('user', { ...session.userRecord, epoch: session.epoch + 1 }),
    expect: session.userVersion,
  }
}

/** A right answer, with the user's authenticators as they were before it. */
interface Accepted {
  readonly inHand: EnrolmentInHand
  readonly outcome: Extract<EnrolmentOutcome, { ok: true }>
  readonly enrolled: readonly EnrolledAuthenticator[]
  /** Those whose place the new one takes. */
  readonly replaced: readonly EnrolledAuthenticator[]
}

async function enrolmentWrites(
  core: Core,
  own: Own,
  accepted: Accepted & { readonly pointer: Key | undefined },
): Promise<readonly Write[]> {
  const { inHand, outcome, replaced, pointer } = accepted
  const { id, factor, enrolment } = inHand
  const { user } = own.session.record
  const record = {
    factor: factor.name,
    label: await sealLabel(core, user, { id, label: cleanLabel(outcome.label ?? '') }),
    uses: 0,
    disabled: false,
    unique: outcome.unique ?? null,
    state: await sealState(core, user, { id, state: outcome.next }),
    enrolledAt: core.store.now(),
    lastUsedAt: null,
  }
  const value = writeRecord('unique', { user, authenticator: id })
  return [
    { op: 'remove', key: enrolment.key, expect: enrolment.version },
    ...attemptGates(await triesOfEnrolment(core, own, inHand)),
    nextEpoch(own.session),
    putAuthenticator(user, id, { record, expect: null }),
    ...(await removalWrites(core, user, replaced)),
    ...(pointer === undefined ? [] : [{ op: 'put', key: pointer, value, expect: null } as const]),
  ]
}

function enrolmentEvents(own: Own, { inHand, outcome, enrolled, replaced }: Accepted): readonly PendingEvent[] {
  const { id, factor } = inHand
  const left = enrolled.length - replaced.length + 1
  const about = { ...enrolmentContext(own, id), outcome: 'success' } as const
  const authn = { authenticator: id, factor: factor.name }
  const data = { factor: factor.name, first: enrolled.length === 0, ...outcome.about }
  return [
    ...replaced.map((each) =>
      event('authenticator.removed', {
        ...about,
        reason: 'replaced',
        authn: { authenticator: each.id, factor: factor.name },
        data: { factor: factor.name, left },
      }),
    ),
    event('authenticator.enrolled', { ...about, authn, data }),
    ...(outcome.events ?? []).map((made) => event(made.type, { ...about, authn, data: made.data })),
  ]
}

function equalKeys(one: Key, other: Key): boolean {
  return one.length === other.length && one.every((part, place) => part === other[place])
}
