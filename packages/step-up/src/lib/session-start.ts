import { LIMITS } from './limits.ts'
import { event, type Authn, type PendingEvent } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'

import { StepUpError } from './errors.ts'
import { authnOf } from './evidence-authn.ts'
import { clientOf, endOf, lineageKey, listLineages, putLineage, removeLineage } from './lineages.ts'
import type { Core } from './options.ts'
import { newHandle, newId } from './random.ts'
import type { LiveRecord } from './records.ts'
import type { Login, Sessions } from './session-contract.ts'
import { endedEvent, endWrites, expiredEvent, putLive } from './session-writes.ts'
import { liveSession, readSessionState, referenceOf, type LiveSession } from './session-state.ts'
import { checkUser, readUser, type ReadUser } from './user-record.ts'

/** A login that is to become a session. */
export interface Starting {
  readonly req: Request
  readonly login: Login
  /** The session that the browser had, which ends with it. */
  readonly previous: LiveSession | undefined
  readonly options: Pick<Parameters<Sessions['start']>[2], 'extra' | 'writes'>
}

/** A session that is on disk, and not yet in its browser. */
export interface Started {
  readonly session: LiveSession
  /** The handle of the session that ended with it, of which the browser still has the cookie. */
  readonly before: string | undefined
}

interface Changes {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
}

const ROUNDS = 10
// So many at once leave room for the rest in one commit.
const MAX_ENDED = 50

/**
 * Commits a new session, with the check that its user has not been locked, nor signed out everywhere, since they were read:
 * whatever comes in parallel, either it sees the session or the session sees it.
 *
 * @throws `StepUpError` with `ERR_ACCOUNT_LOCKED` (403), or with `ERR_STEP_UP_UNAVAILABLE` (503) when the browser's session
 * or one of the caller's own records changed meanwhile.
 */
export async function commitStart(core: Core, starting: Starting): Promise<Started> {
  let { previous } = starting
  // Else nobody could lock them out again.
  checkUser(starting.login.user)
  for (let round = 0; round < ROUNDS; round += 1) {
    const user = await readUser(core.store, starting.login.user)
    if (user.record.locked)
      throw new StepUpError('ERR_ACCOUNT_LOCKED', 'The account is locked: nobody can sign in to it.', { status: 403 })

    const { session, writes, events } = await changesOf(core, { ...starting, previous }, user)
    const committed = await core.audit.commit({ id: session.version, writes, events })
    if (committed.ok) return { session, before: previous?.handle }

    // What the caller wrote with it, such as a code that is good once, is not ours to try again.
    if (committed.code === 'limit' || !OURS.has(committed.key[0] ?? '')) break
    previous = await again(core, previous)
  }
  throw changedMeanwhile()
}

const OURS: ReadonlySet<string> = new Set(['session', 'user', 'lineage'])

async function changesOf(
  core: Core,
  { req, login, previous, options }: Starting,
  user: ReadUser,
): Promise<Changes & { readonly session: LiveSession }> {
  const now = core.store.now()
  const handle = newHandle(now, core.randomBytes)
  // Chosen here, since it becomes the version: the session is known when the commit is.
  const version = newId(now, core.randomBytes)
  const context = contextOf(req)
  const record = recordOf(core, { req, login, user, now })
  const { lineage, startedAt, until, generation, device } = record
  const started = { startedAt, seenAt: now, device, client: clientOf(context), generation, until, drops: 0 }
  const room = await makeRoom(core, { req, user: login.user, read: user, leaving: previous?.record.lineage })
  const key = lineageKey(login.user, lineage)
  const begun = { key, value: started, version, id: lineage }
  const read = { userRecord: user.record, userVersion: user.version }
  const startedEvent = event('session.started', {
    context,
    authn: loginAuthn(login),
    outcome: 'success',
    lineage,
    flow: login.flow,
    data: {},
    actor: { user: login.user, identity: login.identity },
  })
  return {
    session: liveSession({ handle, version, record, ...read, lineage: begun }),
    writes: [
      ...(options.writes ?? []),
      putLive(handle, record),
      putLineage(key, started, null),
      { op: 'check', key: ['user', login.user], expect: user.version },
      ...(previous === undefined ? [] : endWrites(previous, 'replaced', now)),
      ...room.writes,
    ],
    events: [
      ...options.extra,
      startedEvent,
      ...(previous === undefined ? [] : [endedEvent(req, previous.record, 'replaced')]),
      ...room.events,
    ],
  }
}

function recordOf(
  core: Core,
  start: { readonly req: Request; readonly login: Login; readonly user: ReadUser; readonly now: number },
): LiveRecord {
  const { req, login, user, now } = start
  return {
    state: 'live',
    user: login.user,
    account: login.account.slice(0, 128).toWellFormed(),
    lineage: login.lineage,
    ...(login.evidence === undefined ? {} : { login: login.evidence }),
    evidence: [],
    epoch: user.record.epoch,
    generation: user.record.generation,
    device: contextOf(req)?.device?.id ?? null,
    startedAt: now,
    until: now + core.sessionMs,
  }
}

/** Whose sign-ins make room for one more. */
interface Crowd {
  readonly req: Request
  readonly user: string
  readonly read: ReadUser
  /** The one that makes way already. */
  readonly leaving: string | undefined
}

/** Sweeps what was revoked, and ends those that were longest without a request, so that one more is within the bound. */
async function makeRoom(core: Core, { req, user, read, leaving }: Crowd): Promise<Changes> {
  const kept = (await listLineages(core.store, user)).filter(({ id }) => id !== leaving)
  const judges = { idleMs: core.idleMs, user: read.record, now: core.store.now() }
  const gone = kept.filter((lineage) => endOf(lineage, judges) === 'revoked')
  const others = kept.filter((lineage) => endOf(lineage, judges) !== 'revoked')
  const surplus = Math.max(0, others.length + 1 - LIMITS.sessions)
  const ended = others.toSorted((a, b) => a.value.seenAt - b.value.seenAt).slice(0, Math.min(surplus, MAX_ENDED))
  return {
    writes: [...ended, ...gone.slice(0, MAX_ENDED - ended.length)].map(removeLineage),
    events: ended.map((lineage) => {
      const end = endOf(lineage, judges)
      const about = { user, lineage: lineage.id }
      return end === 'idle' || end === 'lifetime' ? expiredEvent(req, about, end) : endedEvent(req, about, 'replaced')
    }),
  }
}

async function again(core: Core, previous: LiveSession | undefined): Promise<LiveSession | undefined> {
  if (previous === undefined) return undefined

  const found = await readSessionState(core, referenceOf(previous))
  if (found.state === 'live') return found
  throw changedMeanwhile()
}

function loginAuthn({ evidence, amr }: Login): Authn {
  if (evidence !== undefined) return authnOf(evidence)
  return amr === undefined ? {} : { amr }
}

function changedMeanwhile(): StepUpError {
  return new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The session of this browser changed during its login.', {
    status: 503,
  })
}
