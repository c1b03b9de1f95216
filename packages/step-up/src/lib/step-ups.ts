import { createHash } from 'node:crypto'

import { canonicalize, event, type EventInput, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Key, Write } from '@sallyport/store'
import type { Request } from 'express'

import { stillEnrolled } from './authenticators.ts'
import type { Shortfall } from './decide.ts'
import { StepUpError } from './errors.ts'
import { LIMITS, stepUpCounter } from './limits.ts'
import type { Core } from './options.ts'
import { newId } from './random.ts'
import { readRecord, writeRecord, type BoundAction, type Kept, type StepUpRecord } from './records.ts'
import type { Requirement } from './requirement.ts'
import type { LiveSession } from './session-state.ts'
import { sealAction } from './shown-action.ts'

/** A step-up with its id. */
export interface OpenStepUp extends Kept<StepUpRecord> {
  readonly id: string
}

/** What a refused request needs. */
export interface Need {
  readonly name: string
  readonly requirement: Requirement
  readonly action: BoundAction | null
  readonly shortfall: Shortfall
  /** The route's pattern, for the ledger. */
  readonly route: string
}

/** What became of asking for a step-up. */
export type Asked = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly code: 'limit' }

const REASON_OF = { missing: 'factor_missing', expired: 'factor_too_old', too_weak: 'factor_too_weak' } as const

/** A refused request on its way to a step-up. */
export interface Asking {
  readonly req: Request
  readonly session: LiveSession
  readonly need: Need
  /** Writes to be committed with it. */
  readonly extra: readonly Write[]
}

/**
 * Finds or opens the step-up that a refused request needs. Refusals of the same session with the same requirement and
 * action share one.
 */
export async function askForStepUp(core: Core, asking: Asking): Promise<Asked> {
  const { lineage } = asking.session.record
  const key = ['step-up-of', lineage, needDigest(asking.need)]
  // A conflict means that a parallel refusal opened it meanwhile: look again.
  for (let round = 0; round < 5; round += 1) {
    const [found] = await core.store.get([key])
    const shared = await findStepUp(core, asking.session, readRecord('step-up-of', found)?.value.stepUp ?? '')
    const id = shared?.value.status === 'open' ? shared.id : newId(core.store.now(), core.randomBytes)
    const opening =
      shared?.value.status === 'open'
        ? []
        : await openingWrites(core, asking, { id, pointer: { key, expect: found?.version ?? null } })
    const kept = opening.length === 0 && asking.extra.length > 0 ? [stepUpCounter(lineage, core.store.now())] : []
    const committed = await core.audit.commit({
      writes: [...opening, ...kept, ...asking.extra],
      events: [requiredEvent(asking, id)],
    })
    if (committed.ok) return { ok: true, id }
    if (committed.code === 'limit') return { ok: false, code: 'limit' }
  }
  throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'Too many parallel requests asked for the same step-up.', {
    status: 503,
  })
}

/** Finds a step-up of this very session; those of others do not exist for it. */
export async function findStepUp(core: Core, session: LiveSession, id: string): Promise<OpenStepUp | undefined> {
  if (!/^[0-9A-Z]{26}$/.test(id)) return undefined

  const [found] = await core.store.get([['step-up', id]])
  const record = readRecord('step-up', found)
  if (record === undefined || record.value.until <= core.store.now()) return undefined

  const { user, lineage } = session.record
  if (record.value.user !== user || record.value.lineage !== lineage) return undefined
  const { drops } = session.lineage.value
  const proved = record.value.drops === drops ? record.value.collected : []
  const collected = await stillEnrolled(core, user, proved)
  return { ...record, value: { ...record.value, collected, drops }, id }
}

/** Makes the write that changes a step-up. Open ones stay readable until the closer has ended them with their event. */
export function putStepUp(id: string, record: StepUpRecord, expect: string | null): Write {
  const atExpiry = record.status === 'open' ? 'keep' : 'drop'
  return {
    op: 'put',
    key: ['step-up', id],
    value: writeRecord('step-up', record),
    expect,
    expiresAt: record.until,
    atExpiry,
  }
}

/** What every event of a step-up says of it. */
export function stepUpContext(
  req: Request,
  stepUp: { readonly id: string; readonly value: Pick<StepUpRecord, 'user' | 'lineage'> },
): Pick<EventInput<'step_up.satisfied'>, 'context' | 'actor' | 'lineage' | 'flow' | 'stepUp'> {
  const { id, value } = stepUp
  return { context: contextOf(req), actor: { user: value.user }, lineage: value.lineage, flow: id, stepUp: id }
}

/** How an event names a requirement and its action. */
export function needData(record: {
  readonly name: string
  readonly action: Pick<BoundAction, 'name' | 'digest'> | null
}): {
  readonly requirement: string
  readonly action?: string
  readonly digest?: string
} {
  return {
    requirement: record.name,
    ...(record.action === null ? {} : { action: record.action.name, digest: record.action.digest }),
  }
}

async function openingWrites(
  core: Core,
  asking: Asking,
  opening: { readonly id: string; readonly pointer: { readonly key: Key; readonly expect: string | null } },
): Promise<readonly Write[]> {
  const now = core.store.now()
  const { user, lineage } = asking.session.record
  const { name, requirement, action } = asking.need
  const until = now + LIMITS.stepUpMs
  const record: StepUpRecord = {
    status: 'open',
    user,
    lineage,
    name,
    requirement,
    action: action && (await sealAction(core, opening.id, action)),
    collected: [],
    drops: asking.session.lineage.value.drops,
    challenge: null,
    until,
  }
  const pointer = writeRecord('step-up-of', { stepUp: opening.id })
  return [
    putStepUp(opening.id, record, null),
    { op: 'put', ...opening.pointer, value: pointer, expiresAt: until, atExpiry: 'drop' },
    stepUpCounter(lineage, now),
  ]
}

function requiredEvent({ req, session, need }: Asking, id: string): PendingEvent {
  const about = stepUpContext(req, { id, value: session.record })
  return event('step_up.required', {
    ...about,
    target: { route: need.route, method: req.method },
    reason: REASON_OF[need.shortfall],
    data: needData(need),
  })
}

function needDigest({ name, requirement, action }: Need): string {
  return createHash('sha256')
    .update(canonicalize({ action: action?.digest ?? null, name, requirement }))
    .digest('base64url')
}
