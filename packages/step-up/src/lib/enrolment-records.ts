import { type EventInput, type FactorName, type Reason } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Json, Write } from '@sallyport/store'

import { listAuthenticators, openState } from './authenticators.ts'
import type { Core } from './options.ts'
import { readRecord, writeRecord, type EnrolmentRecord, type Kept } from './records.ts'
import type { Own } from './route.ts'
import type { EnrolmentStart, EnrolledFactor, ViewBlock } from './types.ts'
import { deviceOf } from './visit.ts'

/** An enrolment under way, opened: `pending` is the factor's own. */
export interface OpenEnrolment extends Kept<EnrolmentRecord> {
  readonly id: string
  readonly pending: Json
}

/** How an enrolment's answer was taken; with a `view` it may be answered once more. */
export type Enrolled =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: Reason; readonly view?: readonly ViewBlock[] }

/** Names an enrolment. */
export interface WantedEnrolment {
  readonly id: string
  readonly factor: EnrolledFactor
}

/** An enrolment whose answer is judged. */
export interface EnrolmentInHand extends WantedEnrolment {
  readonly enrolment: OpenEnrolment
}

/**
 * What is sealed until the answer. The user's epoch is in it, so that an enrolment begun before the first authenticator was
 * added cannot be finished afterwards, past the step-up that is due from then on; and the browser, so that neither a stolen
 * cookie nor a link that was passed on finishes it elsewhere.
 */
interface Pending {
  readonly epoch: number
  readonly device: string | null
  /** `LineageRecord.drops` at its beginning. */
  readonly drops: number
  readonly pending: Json
}

/** Finds the enrolment that a request of its own session, browser and epoch names; for all others there is none. */
export async function findEnrolment(
  core: Core,
  { req, session }: Pick<Own, 'req' | 'session'>,
  wanted: { readonly id: string; readonly factor: FactorName },
): Promise<OpenEnrolment | undefined> {
  if (!/^[0-9A-Z]{26}$/.test(wanted.id)) return undefined

  const [found] = await core.store.get([['enrolment', wanted.id]])
  const enrolment = readRecord('enrolment', found)
  const { user, lineage } = session.record
  if (enrolment === undefined || enrolment.value.user !== user || enrolment.value.lineage !== lineage) return undefined
  if (enrolment.value.factor !== wanted.factor) return undefined

  const bytes = await core.keyring.unseal(pendingContext(wanted.id, user), enrolment.value.pending)
  // Written by sealPending below and by nobody else.
  const { epoch, device, drops, pending }: Pending = JSON.parse(Buffer.from(bytes).toString('utf8'))
  const isSame = epoch === session.epoch && device === deviceOf(req) && drops === session.lineage.value.drops
  return isSame ? { ...enrolment, id: wanted.id, pending } : undefined
}

/** Makes the write that keeps an enrolment until its answer, bound to the session, browser and epoch of this request. */
export async function putEnrolment(
  core: Core,
  { req, session }: Pick<Own, 'req' | 'session'>,
  kept: {
    readonly id: string
    readonly factor: FactorName
    readonly pending: Json
    readonly until: number
    readonly expect: string | null
  },
): Promise<Write> {
  const { id, factor, until, expect } = kept
  const { user, lineage } = session.record
  const content: Pending = {
    epoch: session.epoch,
    device: deviceOf(req),
    drops: session.lineage.value.drops,
    pending: kept.pending,
  }
  const pending = await core.keyring.seal(pendingContext(id, user), Buffer.from(JSON.stringify(content)))
  const value = writeRecord('enrolment', { user, lineage, factor, pending, until })
  return { op: 'put', key: ['enrolment', id], value, expect, expiresAt: until, atExpiry: 'drop' }
}

/** Gives what a factor makes or shows an enrolment from. */
export async function enrolmentStart(
  core: Core,
  { session }: Pick<Own, 'session'>,
  factor: EnrolledFactor,
): Promise<EnrolmentStart> {
  const { user, account } = session.record
  const enrolled = (await listAuthenticators(core, user)).filter(({ value }) => value.factor === factor.name)
  const existing = await Promise.all(enrolled.map((each) => openState(core, user, each)))
  return { issuer: core.appName, account, existing, now: core.store.now(), randomBytes: core.randomBytes }
}

/** What every event of an enrolment says. */
export function enrolmentContext(
  { req, session }: Pick<Own, 'req' | 'session'>,
  id: string,
): Pick<EventInput<'authenticator.enrolled'>, 'context' | 'actor' | 'lineage' | 'flow'> {
  return { context: contextOf(req), actor: { user: session.record.user }, lineage: session.record.lineage, flow: id }
}

function pendingContext(id: string, user: string): string {
  return `step-up.enrolment ${user} ${id}`
}
