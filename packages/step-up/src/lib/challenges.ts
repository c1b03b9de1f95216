import { event, type EventInput, type FactorName, type PendingEvent } from '@sallyport/audit'
import type { EventType } from '@sallyport/audit/vocabulary'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { listAuthenticators, openState } from './authenticators.ts'
import { givenState, isEnrolled } from './given.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { readRecord, writeRecord, type ChallengeRecord, type Kept } from './records.ts'
import type { LiveSession } from './session-state.ts'
import { putStepUp, stepUpContext, type OpenStepUp } from './step-ups.ts'
import type { AuthenticatorState, Factor, ViewBlock } from './types.ts'

/** A challenge with its id. */
export interface OpenChallenge extends Kept<ChallengeRecord> {
  readonly id: string
}

/** The ways in which a challenge ends without the right answer. */
export type ChallengeEnd = keyof typeof END_REASONS

const END_REASONS = {
  'challenge.expired': 'expired',
  'challenge.superseded': 'replaced',
  'challenge.cancelled': 'cancelled',
  'challenge.denied': 'user_denied',
  'challenge.locked': 'too_many_attempts',
} as const

/** What the challenge page needs. */
export interface ShownChallenge {
  readonly challenge: OpenChallenge
  readonly stepUp: OpenStepUp
  readonly view: readonly ViewBlock[]
}

/** Gives the step-up's open challenge, if there is one. */
export async function openChallengeOf(core: Core, stepUp: OpenStepUp): Promise<OpenChallenge | undefined> {
  const id = stepUp.value.challenge
  if (id === null) return undefined

  const [found] = await core.store.get([['challenge', id]])
  const record = readRecord('challenge', found)
  return record && { ...record, id }
}

/** Tells whether a challenge can still be answered. The closer ends it a moment later. */
export function isOverdue(core: Core, challenge: OpenChallenge): boolean {
  return challenge.value.until <= core.store.now()
}

/**
 * Shows the step-up's challenge for a factor: the open one, or a new one that takes the place of another factor's.
 *
 * @returns The challenge with what it shows, or `undefined` when a parallel request changed the step-up: look again.
 */
export async function showChallenge(
  core: Core,
  showing: {
    readonly req: Request
    readonly session: LiveSession
    readonly stepUp: OpenStepUp
    readonly factor: FactorName
  },
): Promise<ShownChallenge | undefined> {
  const { req, session, stepUp, factor: name } = showing
  const factor = core.factors.get(name)
  if (factor === undefined) return undefined

  const open = await openChallengeOf(core, stepUp)
  const authenticators = await usableStates(core, session, factor)
  if (authenticators.length === 0) return undefined
  if (open !== undefined && open.value.factor === name && !isOverdue(core, open))
    return { challenge: open, stepUp, view: await factor.view(open.value.state, authenticators) }

  const issued = await issueChallenge(core, { req, stepUp, factor, open, authenticators })
  return issued && { challenge: issued, stepUp, view: await factor.view(issued.value.state, authenticators) }
}

/** The authenticators of a factor that still count: those enrolled, or the one that is given. */
async function usableStates(core: Core, session: LiveSession, factor: Factor): Promise<readonly AuthenticatorState[]> {
  if (!isEnrolled(factor)) return [givenState(factor, session)].filter((state) => state !== undefined)

  const { user } = session.record
  const enrolled = await listAuthenticators(core, user)
  const usable = enrolled.filter(({ value }) => value.factor === factor.name && !value.disabled)
  return await Promise.all(usable.map((each) => openState(core, user, each)))
}

/** Begins a challenge in one commit, in which the one that it takes the place of ends. */
async function issueChallenge(
  core: Core,
  issuing: {
    readonly req: Request
    readonly stepUp: OpenStepUp
    readonly factor: Factor
    readonly open: OpenChallenge | undefined
    readonly authenticators: readonly AuthenticatorState[]
  },
): Promise<OpenChallenge | undefined> {
  const { req, stepUp, factor, open, authenticators } = issuing
  const now = core.store.now()
  const { user, lineage, action, requirement, failure } = stepUp.value
  const state = await factor.start({
    stepUp: stepUp.id,
    user,
    authenticators,
    demanded: requirement.strength,
    acr: requirement.acr,
    maxAgeMs: requirement.maxAgeMs,
    ...(failure?.factor === factor.name ? { failed: failure.reason } : {}),
    action: action?.digest ?? null,
    now,
    randomBytes: core.randomBytes,
  })
  const id = newId(now, core.randomBytes)
  const until = Math.min(now + LIMITS.challengeMs, stepUp.value.until)
  const record: ChallengeRecord = { stepUp: stepUp.id, user, lineage, factor: factor.name, state, until }
  const value = writeRecord('challenge', record)
  const ending = open && endChallenge(req, open, isOverdue(core, open) ? 'challenge.expired' : 'challenge.superseded')
  const committed = await core.audit.commit({
    writes: [
      ...(ending?.writes ?? []),
      { op: 'put', key: ['challenge', id], value, expect: null, expiresAt: until, atExpiry: 'keep' },
      putStepUp(stepUp.id, { ...stepUp.value, challenge: id }, stepUp.version),
    ],
    events: [
      ...(ending?.events ?? []),
      challengeEvent('challenge.issued', { req, id, record, data: { factor: factor.name, expiresAt: until } }),
    ],
  })
  if (!committed.ok) return undefined

  const [found] = await core.store.get([['challenge', id]])
  const issued = readRecord('challenge', found)
  return issued && { ...issued, id }
}

/** Makes the writes and the event by which a challenge ends; whoever commits them first has ended it. */
export function endChallenge(
  req: Request | undefined,
  challenge: OpenChallenge,
  end: ChallengeEnd,
): { readonly writes: readonly Write[]; readonly events: readonly PendingEvent[] } {
  const { id, value: record } = challenge
  const ended = challengeEvent(
    end,
    { req, id, record, data: { factor: record.factor } },
    { outcome: 'failure', reason: END_REASONS[end] },
  )
  return { writes: [{ op: 'remove', key: challenge.key, expect: challenge.version }], events: [ended] }
}

/** Makes an event of a challenge, with all that ties it to its step-up. */
export function challengeEvent<T extends EventType>(
  type: T,
  about: {
    readonly req: Request | undefined
    readonly id: string
    readonly record: ChallengeRecord
    readonly data: EventInput<T>['data']
  },
  more: Omit<EventInput<T>, 'data'> = {},
): PendingEvent {
  const { req, id, record, data } = about
  const context =
    req === undefined
      ? { actor: { user: record.user }, lineage: record.lineage, flow: record.stepUp, stepUp: record.stepUp }
      : stepUpContext(req, { id: record.stepUp, value: record })
  return event(type, { ...context, authn: { factor: record.factor }, ...more, challenge: id, data })
}
