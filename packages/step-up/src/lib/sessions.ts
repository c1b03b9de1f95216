import { contextOf, event, type Authn, type PendingEvent } from '@sallyport/audit'
import type { Committed, Write } from '@sallyport/store'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

import { StepUpError, unavailable } from './errors.ts'
import { authnOf } from './evidence-authn.ts'
import { LIMITS } from './limits.ts'
import type { Core } from './options.ts'
import { newHandle } from './random.ts'
import type { EndedRecord, LiveRecord } from './records.ts'
import type { CurrentSession, Login, Sessions } from './session-contract.ts'
import { guardResponse } from './session-guard.ts'
import { refuseSession } from './session-refusal.ts'
import { bury, endedEvent, putLive } from './session-writes.ts'
import { readSessionState, type LiveSession, type SessionState } from './session-state.ts'
import { adoptHandle, empty, expressSession, forget, handleOf, keep, replaceSession, save } from './web-session.ts'
import type { Evidence } from './types.ts'

/** What a rotation commits beside the session's own records. */
export interface Rotation {
  readonly writes: readonly Write[]
  readonly events: readonly PendingEvent[]
  /** The evidence of the session from now on. */
  readonly evidence: readonly Evidence[]
  readonly because: 'step_up' | 'enrolment'
  readonly flow: string
  readonly authn?: Authn
}

/** The sessions with what only this package may do to them. */
export interface SessionAuthority extends Sessions {
  /** The live session of a request as the middleware found it; throws like `current`. */
  live(req: Request): LiveSession | undefined
  /** Reads a live session again, with the user's epoch as it is now. */
  reload(session: LiveSession): Promise<LiveSession | undefined>
  /** Reads the session of a request again, for all who ask about it from now on. */
  refresh(req: Request): Promise<LiveSession | undefined>
  /** Gives a session new evidence under a new handle; the old one dies in the same commit. */
  rotate(req: Request, session: LiveSession, rotation: Rotation): Promise<Committed>
}

/** Makes the authority over sessions; see `Sessions`. */
export function createSessions(core: Core): SessionAuthority {
  return new StoredSessions(core)
}

class StoredSessions implements SessionAuthority {
  readonly #core: Core
  readonly #states = new WeakMap<Request, SessionState>()
  // Requests that got a new handle, so that their answer sets the cookie.
  readonly #fresh = new WeakSet<Request>()

  constructor(core: Core) {
    this.#core = core
  }

  readonly middleware: RequestHandler = async (req, res, next) => await this.#resolve(req, res, next)

  current(req: Request): CurrentSession {
    const state = this.#stateOf(req)
    if (state.state === 'anonymous') return { state: 'anonymous' }
    if (state.state === 'ended') return { state: 'ended', because: state.record.because }

    const { user, account, lineage } = state.record
    return { state: 'live', handle: state.handle, user, account, lineage, evidence: state.evidence }
  }

  live(req: Request): LiveSession | undefined {
    const state = this.#stateOf(req)
    return state.state === 'live' ? state : undefined
  }

  async reload(session: LiveSession): Promise<LiveSession | undefined> {
    const state = await readSessionState(this.#core.store, { handle: session.handle, user: session.record.user })
    return state.state === 'live' ? state : undefined
  }

  async refresh(req: Request): Promise<LiveSession | undefined> {
    const known = this.live(req)
    if (known === undefined) return undefined

    const state = await readSessionState(this.#core.store, { handle: known.handle, user: known.record.user })
    this.#states.set(req, state)
    if (state.state === 'live') return state
    Reflect.deleteProperty(req, 'user')
    return undefined
  }

  async start(req: Request, login: Login, options: Parameters<Sessions['start']>[2]): Promise<void> {
    await this.#start(req, login, options).catch(rethrow)
  }

  async end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void> {
    await this.#end(req, because, extra).catch(rethrow)
  }

  async #start(req: Request, login: Login, options: Parameters<Sessions['start']>[2]): Promise<void> {
    const { store, audit, randomBytes, keepAtLogin } = this.#core
    const now = store.now()
    const handle = newHandle(now, randomBytes)
    const previous = this.live(req)
    const context = contextOf(req)
    const authn = authnOf(login.evidence)
    const user = await readSessionState(store, { handle, user: login.user })
    const record: LiveRecord = {
      state: 'live',
      user: login.user,
      account: login.account.slice(0, 128).toWellFormed(),
      lineage: login.lineage,
      evidence: [login.evidence],
      epoch: user.epoch,
      device: context?.device?.id ?? null,
      startedAt: now,
      until: now + LIMITS.sessionMs,
    }
    const started = event('session.started', {
      context,
      authn,
      outcome: 'success',
      lineage: login.lineage,
      flow: login.flow,
      data: {},
      actor: { user: login.user, identity: login.identity },
    })
    const committed = await audit.commit({
      writes: [putLive(handle, record), ...(previous === undefined ? [] : [bury(previous, 'replaced', now)])],
      events: [...options.extra, started, ...(previous === undefined ? [] : [endedEvent(req, previous, 'replaced')])],
    })
    if (!committed.ok)
      throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The session of this browser changed during its login.', {
        status: 503,
      })

    const kept = keep(req, keepAtLogin)
    this.#fresh.add(req)
    // Before `logIn`, so that nothing of the old session is left for it to keep.
    await replaceSession(req)
    await options.logIn()
    await adoptHandle(req, { handle, user: login.user }, kept)
    this.#states.set(req, {
      state: 'live',
      handle,
      version: '',
      record,
      epoch: user.epoch,
      userVersion: user.userVersion,
      evidence: record.evidence,
    })
  }

  async #end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void> {
    const session = this.live(req)
    if (session !== undefined) {
      const committed = await this.#core.audit.commit({
        writes: [bury(session, because, this.#core.store.now())],
        events: [endedEvent(req, session, because), ...extra],
      })
      if (!committed.ok && (await this.#isRotated(session))) throw rotatedMeanwhile()
    }
    this.#states.set(req, { state: 'anonymous', epoch: 0, userVersion: null })
    this.#fresh.add(req)
    await replaceSession(req)
    await save(req)
  }

  async rotate(req: Request, session: LiveSession, rotation: Rotation): Promise<Committed> {
    const { store, audit, randomBytes } = this.#core
    const handle = newHandle(store.now(), randomBytes)
    const { user, lineage } = session.record
    const record: LiveRecord = { ...session.record, evidence: rotation.evidence, epoch: session.epoch }
    const rotated = event('session.rotated', {
      context: contextOf(req),
      actor: { user },
      authn: rotation.authn,
      outcome: 'success',
      lineage,
      flow: rotation.flow,
      data: { because: rotation.because },
    })
    const committed = await audit.commit({
      writes: [
        ...rotation.writes,
        bury(session, 'rotated', store.now()),
        putLive(handle, record),
        { op: 'check', key: ['user', user], expect: session.userVersion },
      ],
      events: [...rotation.events, rotated],
    })
    if (!committed.ok) return committed

    this.#fresh.add(req)
    const blob = keep(req, Object.keys(expressSession(req)))
    await replaceSession(req)
    await adoptHandle(req, { handle, user }, blob)
    return committed
  }

  refuse(req: Request, res: Response): void {
    const state = this.#stateOf(req)
    refuseSession(this.#core, { req, res }, state.state === 'ended' && state.record.because === 'rotated')
  }

  async #resolve(req: Request, res: Response, next: NextFunction): Promise<void> {
    try {
      const reference = handleOf(req)
      const state =
        reference === undefined
          ? ({ state: 'anonymous', epoch: 0, userVersion: null } as const)
          : await readSessionState(this.#core.store, reference)
      this.#states.set(req, state)
      if (reference !== undefined) await this.#receive(req, res, state)
    } catch (error) {
      next(unavailable(error))
      return
    }
    next()
  }

  /** Takes what an ended session left behind off the request, and keeps it from coming back with the answer. */
  async #receive(req: Request, res: Response, state: SessionState): Promise<void> {
    if (state.state !== 'live') Reflect.deleteProperty(req, 'user')
    if (state.state !== 'live') empty(req)
    // A pointer to nothing has lapsed: what the browser does from now on is a session like any stranger's.
    if (state.state === 'anonymous') return forget(req)
    if (state.state === 'ended') await this.#noticeLateUse(req, state.record)
    guardResponse(req, res, { isFresh: () => this.#fresh.has(req), stillAlive: () => this.#isAlive(state) })
  }

  async #isRotated({ handle, record }: LiveSession): Promise<boolean> {
    const state = await readSessionState(this.#core.store, { handle, user: record.user })
    return state.state === 'ended' && state.record.because === 'rotated'
  }

  async #isAlive(state: SessionState): Promise<boolean> {
    return state.state === 'live' && (await this.reload(state)) !== undefined
  }

  /** A slow request of one's own browser is no finding; anything later or from elsewhere is. */
  async #noticeLateUse(req: Request, record: EndedRecord): Promise<void> {
    const context = contextOf(req)
    const endedMs = this.#core.store.now() - record.endedAt
    if (endedMs <= LIMITS.lateUseMs && (context?.device?.id ?? null) === record.device) return

    const data = { endedSecondsAgo: Math.floor(endedMs / 1_000) }
    const reason = record.because === 'rotated' ? 'session_rotated' : 'session_ended'
    await this.#core.audit.emit('session.reused_after_end', {
      context,
      outcome: 'failure',
      reason,
      lineage: record.lineage,
      actor: { user: record.user },
      data,
    })
  }

  #stateOf(req: Request): SessionState {
    const state = this.#states.get(req)
    if (state !== undefined) return state
    throw new StepUpError(
      'ERR_STEP_UP_NO_RESOLVER',
      'No session was resolved: app.use(sessions.middleware) goes after express-session and passport.session(), before this.',
    )
  }
}

function rethrow(error: unknown): never {
  throw unavailable(error)
}

function rotatedMeanwhile(): StepUpError {
  return new StepUpError(
    'ERR_SESSION_ROTATED',
    'The session went on under a new cookie while it was being ended, so it still lives: send the request again.',
    { status: 409 },
  )
}
