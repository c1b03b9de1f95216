import { contextOf, event, type EventInput, type FactorName, type PendingEvent, type Reason } from '@sallyport/audit'
import type { Json, Write } from '@sallyport/store'

import { listAuthenticators, putAuthenticator, sealState } from './authenticators.ts'
import { attemptCounters, attemptGates, enrolmentCounter, LIMITS } from './limits.ts'
import { notifyOf } from './notices.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { readRecord, writeRecord, type EnrolmentRecord, type Kept } from './records.ts'
import type { Own } from './route.ts'
import type { LiveSession } from './session-state.ts'
import type { EnrolmentStart, Factor, FactorInput, ViewBlock } from './types.ts'

/** An enrolment under way, with what the person sees of it. */
export interface ShownEnrolment {
  readonly id: string
  readonly view: readonly ViewBlock[]
}

/** What is sealed until the answer. The user's epoch is in it, so that an enrolment begun before the first authenticator
 * was added cannot be finished afterwards, past the step-up that is due from then on. */
interface Pending {
  readonly epoch: number
  readonly pending: Json
}

/** How an enrolment's answer was taken. */
export type Enrolled =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Reason; readonly view?: readonly ViewBlock[] }

/**
 * Begins an enrolment of a factor. What it shows is made once and kept sealed until its end.
 *
 * @returns What to show; `undefined` when this user has begun too many.
 */
export async function startEnrolment(core: Core, own: Own, factor: Factor): Promise<ShownEnrolment | undefined> {
  const now = core.store.now()
  const id = newId(now, core.randomBytes)
  const { user, lineage } = own.session.record
  const { pending, view } = await factor.enrolment.start(enrolmentStart(core, own.session))
  const kept: Pending = { epoch: own.session.epoch, pending }
  const sealed = await core.keyring.seal(pendingContext(id, user), Buffer.from(JSON.stringify(kept)))
  const until = now + LIMITS.enrolmentMs
  const record: EnrolmentRecord = { user, lineage, factor: factor.name, pending: sealed, until }
  const committed = await core.audit.commit({
    writes: [
      enrolmentCounter(user, now),
      {
        op: 'put',
        key: ['enrolment', id],
        value: writeRecord('enrolment', record),
        expect: null,
        expiresAt: until,
        atExpiry: 'drop',
      },
    ],
    events: [event('authenticator.enrolment_started', { ...enrolmentContext(own, id), data: { factor: factor.name } })],
  })
  return committed.ok ? { id, view } : undefined
}

/** Judges the answer that ends an enrolment; a right one makes the authenticator and drops older evidence. */
export async function finishEnrolment(
  core: Core,
  own: Own,
  answer: { readonly id: string; readonly factor: Factor; readonly input: FactorInput },
): Promise<Enrolled> {
  const { id, factor, input } = answer
  const enrolment = await findEnrolment(core, own.session, { id, factor: factor.name })
  if (enrolment === undefined) return { ok: false, reason: 'challenge_ended' }

  const { user } = own.session.record
  const { epoch, pending } = await openPending(core, id, enrolment)
  if (epoch !== own.session.epoch) return { ok: false, reason: 'challenge_ended' }
  const now = core.store.now()
  const outcome = await factor.enrolment.finish(pending, input, now)
  if (!outcome.ok) return await failEnrolment(core, own, { ...answer, pending, enrolment, reason: outcome.reason })

  const existing = await listAuthenticators(core, user)
  if (existing.length >= LIMITS.authenticators) return { ok: false, reason: 'too_many_attempts' }
  const state = await sealState(core, user, { id, state: outcome.next })
  const record = {
    factor: factor.name,
    label: '',
    state,
    enrolledAt: now,
    lastUsedAt: null,
  }
  const committed = await core.audit.commit({
    writes: [
      { op: 'remove', key: enrolment.key, expect: enrolment.version },
      ...attemptGates(id, user, now),
      putAuthenticator(user, id, { record, expect: null }),
      nextEpoch(own.session),
    ],
    events: [
      event('authenticator.enrolled', {
        ...enrolmentContext(own, id),
        outcome: 'success',
        authn: { authenticator: id, factor: factor.name },
        data: { factor: factor.name, first: existing.length === 0 },
      }),
    ],
  })
  if (!committed.ok) return await refuseEnrolment(core, own, { id, factor, enrolment, code: committed.code })

  await notifyOf(core, own, { about: 'authenticator.enrolled', factor: factor.name })
  return { ok: true }
}

/** Moves the user's epoch: evidence gained before a change of authenticators counts no more, on no instance. */
export function nextEpoch(session: LiveSession): Write {
  const { user } = session.record
  return {
    op: 'put',
    key: ['user', user],
    value: writeRecord('user', { epoch: session.epoch + 1 }),
    expect: session.userVersion,
  }
}

async function failEnrolment(
  core: Core,
  own: Own,
  failed: {
    readonly id: string
    readonly factor: Factor
    readonly pending: Json
    readonly enrolment: Kept<EnrolmentRecord>
    readonly reason: Reason
  },
): Promise<Enrolled> {
  const { id, factor, pending, enrolment, reason } = failed
  const committed = await core.audit.commit({
    writes: [
      { op: 'check', key: enrolment.key, expect: enrolment.version },
      ...attemptCounters(id, own.session.record.user, core.store.now()),
    ],
    events: [failedEvent(own, { id, factor, reason })],
  })
  if (!committed.ok) return await refuseEnrolment(core, own, { ...failed, code: committed.code })
  return { ok: false, reason, view: await factor.enrolment.view(pending, enrolmentStart(core, own.session)) }
}

/** Says why nothing came of an answer: over the limit even a right one is refused, which the ledger is told. */
async function refuseEnrolment(
  core: Core,
  own: Own,
  refused: {
    readonly id: string
    readonly factor: Factor
    readonly enrolment: Kept<EnrolmentRecord>
    readonly code: 'conflict' | 'limit'
  },
): Promise<Enrolled> {
  const { id, factor, enrolment, code } = refused
  if (code === 'conflict') return { ok: false, reason: 'challenge_ended' }

  const reason = 'too_many_attempts'
  await core.audit.commit({
    writes: [{ op: 'check', key: enrolment.key, expect: enrolment.version }],
    events: [failedEvent(own, { id, factor, reason })],
  })
  return { ok: false, reason }
}

function failedEvent(
  own: Own,
  failed: { readonly id: string; readonly factor: Factor; readonly reason: Reason },
): PendingEvent {
  const { id, factor, reason } = failed
  const data = { factor: factor.name }
  return event('authenticator.enrolment_failed', { ...enrolmentContext(own, id), outcome: 'failure', reason, data })
}

async function findEnrolment(
  core: Core,
  session: LiveSession,
  wanted: { readonly id: string; readonly factor: FactorName },
): Promise<Kept<EnrolmentRecord> | undefined> {
  if (!/^[0-9A-Z]{26}$/.test(wanted.id)) return undefined

  const [found] = await core.store.get([['enrolment', wanted.id]])
  const enrolment = readRecord('enrolment', found)
  const { user, lineage } = session.record
  return enrolment?.value.user === user &&
    enrolment.value.lineage === lineage &&
    enrolment.value.factor === wanted.factor
    ? enrolment
    : undefined
}

async function openPending(core: Core, id: string, enrolment: Kept<EnrolmentRecord>): Promise<Pending> {
  const bytes = await core.keyring.unseal(pendingContext(id, enrolment.value.user), enrolment.value.pending)
  const pending: Pending = JSON.parse(Buffer.from(bytes).toString('utf8'))
  return pending
}

function pendingContext(id: string, user: string): string {
  return `step-up.enrolment ${user} ${id}`
}

function enrolmentStart(core: Core, session: LiveSession): EnrolmentStart {
  return { issuer: core.appName, account: session.record.account, now: core.store.now(), randomBytes: core.randomBytes }
}

function enrolmentContext(
  { req, session }: Own,
  id: string,
): Pick<EventInput<'authenticator.enrolled'>, 'context' | 'actor' | 'lineage' | 'flow'> {
  return { context: contextOf(req), actor: { user: session.record.user }, lineage: session.record.lineage, flow: id }
}
