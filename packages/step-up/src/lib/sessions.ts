import type { PendingEvent } from '@sallyport/audit'
import type { Committed } from '@sallyport/store'
import type { NextFunction, Request, RequestHandler, Response } from 'express'

import { StepUpError, unavailable } from './errors.ts'
import { findSession, noteRequest } from './find-session.ts'
import { noticeLateUse } from './late-use.ts'
import { leaveWho } from './leave-context.ts'
import type { Core } from './options.ts'
import { endOne, endOthers, liveLineages } from './own-sessions.ts'
import { newHandle, newId } from './random.ts'
import { rotationChanges, type Rotation } from './rotation.ts'
import type { CurrentSession, Login, OwnSession, Sessions } from './session-contract.ts'
import { guardResponse } from './session-guard.ts'
import { refuseSession } from './session-refusal.ts'
import { commitStart, type Started } from './session-start.ts'
import { abandon } from './session-failure.ts'
import { endedEvent, endWrites, unchanged } from './session-writes.ts'
import { readSessionState, referenceOf, type LiveSession, type SessionState } from './session-state.ts'
import {
  adoptHandle,
  checkSessionCookie,
  empty,
  expressSession,
  forget,
  handleOf,
  keep,
  replaceSession,
  save,
} from './web-session.ts'

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

const ROUNDS = 5

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
    const found = await readSessionState(this.#core, referenceOf(session))
    return found.state === 'live' ? found : undefined
  }

  async refresh(req: Request): Promise<LiveSession | undefined> {
    const known = this.live(req)
    if (known === undefined) return undefined

    const state = await findSession(this.#core, req, referenceOf(known))
    // Every request through a gate comes here: one whose session is as before costs no second context.
    if (state.state === 'live' && state.version === known.version && state.epoch === known.epoch)
      this.#states.set(req, state)
    else this.#remember(req, state)
    if (state.state === 'live') return state
    Reflect.deleteProperty(req, 'user')
    return undefined
  }

  async hold(req: Request): ReturnType<Sessions['hold']> {
    const session = await this.refresh(req).catch(rethrow)
    const current = this.current(req)
    return session === undefined || current.state !== 'live' ? undefined : { current, writes: unchanged(session) }
  }

  async start(req: Request, login: Login, options: Parameters<Sessions['start']>[2]): Promise<void> {
    await this.#start(req, login, options).catch(rethrow)
  }

  async end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void> {
    await this.#end(req, because, extra).catch(rethrow)
  }

  async list(req: Request): Promise<readonly OwnSession[]> {
    const session = this.live(req)
    return session === undefined ? [] : await this.#list(session).catch(rethrow)
  }

  async endOne(req: Request, lineage: string): Promise<boolean> {
    const session = this.live(req)
    return session !== undefined && (await endOne(this.#core, req, { session, id: lineage }).catch(rethrow))
  }

  async endOthers(req: Request): Promise<number> {
    const session = this.live(req)
    return session === undefined ? 0 : await endOthers(this.#core, req, { session }).catch(rethrow)
  }

  async dropElevation(req: Request): Promise<boolean> {
    return await this.#dropElevation(req).catch(rethrow)
  }

  async #list({ record, userRecord }: LiveSession): Promise<readonly OwnSession[]> {
    const lineages = await liveLineages(this.#core, record.user, userRecord)
    const listed = lineages.map(({ id, value: { startedAt, seenAt, client } }) => {
      return { lineage: id, startedAt, seenAt, client, current: id === record.lineage }
    })
    return listed.toSorted((a, b) => Number(b.current) - Number(a.current))
  }

  async #start(req: Request, login: Login, options: Parameters<Sessions['start']>[2]): Promise<void> {
    const previous = this.live(req)
    // Before the commit: where there is no express-session, there is nothing to begin.
    const kept = keep(req, this.#core.keepAtLogin)
    const started = await commitStart(this.#core, { req, login, previous, options })

    await this.#handOver(req, started, async () => {
      // Before `logIn`, so that nothing of the old session is left for it to keep.
      await replaceSession(req)
      await options.logIn()
      await adoptHandle(req, referenceOf(started.session), kept)
    })
  }

  /** Gets a session into the browser; one that does not get there ends. */
  async #handOver(req: Request, { session, before }: Started, work: () => Promise<void>): Promise<void> {
    const reference = referenceOf(session)
    this.#fresh.add(req)
    try {
      await work()
    } catch (error) {
      this.#fresh.delete(req)
      this.#remember(req, { state: 'anonymous' })
      await abandon(this.#core, req, { reference, before })
      throw error
    }
    // The browser has it from here on, so nothing may reject: where it cannot be read just now, it is as it was committed.
    this.#remember(req, await findSession(this.#core, req, reference).catch(() => session))
  }

  async #end(req: Request, because: 'logout', extra: readonly PendingEvent[]): Promise<void> {
    let session = this.live(req)
    for (let round = 0; session !== undefined; round += 1) {
      const committed = await this.#core.audit.commit({
        writes: endWrites(session, because, this.#core.store.now()),
        events: [endedEvent(req, session.record, because), ...extra],
      })
      session = committed.ok ? undefined : await this.#again(session, round)
    }
    // In the context the person stays: it is they who have signed out.
    this.#states.set(req, { state: 'anonymous' })
    this.#fresh.add(req)
    await replaceSession(req)
    await save(req)
  }

  async rotate(req: Request, session: LiveSession, rotation: Rotation): Promise<Committed> {
    const { store, audit, randomBytes } = this.#core
    const now = store.now()
    const blob = keep(req, Object.keys(expressSession(req)))
    const [handle, id] = [newHandle(now, randomBytes), newId(now, randomBytes)]
    const { writes, events, after } = rotationChanges(req, { session, rotation, handle, id, now })
    const committed = await audit.commit({ id, writes, events })
    if (!committed.ok) return committed

    await this.#handOver(req, { session: after, before: session.handle }, async () => {
      await replaceSession(req)
      await adoptHandle(req, referenceOf(after), blob)
    })
    return committed
  }

  async #dropElevation(req: Request): Promise<boolean> {
    let session = this.live(req)
    for (let round = 0; session !== undefined; round += 1) {
      const dropped = { writes: [], events: [], gained: [], because: 'dropped' } as const
      const committed = await this.rotate(req, session, dropped)
      if (committed.ok) return true
      session = await this.#again(session, round)
    }
    return false
  }

  refuse(req: Request, res: Response): void {
    const state = this.#stateOf(req)
    refuseSession(this.#core, { req, res }, state.state === 'ended' && state.record.because === 'rotated')
  }

  async #resolve(req: Request, res: Response, next: NextFunction): Promise<void> {
    try {
      checkSessionCookie(req, this.#core.origin)
      const reference = handleOf(req)
      const found =
        reference === undefined ? ({ state: 'anonymous' } as const) : await findSession(this.#core, req, reference)
      const state = found.state === 'live' ? await noteRequest(this.#core, req, found) : found
      this.#remember(req, state)
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
    if (state.state === 'ended') await noticeLateUse(this.#core, req, state.record)
    guardResponse(req, res, { isFresh: () => this.#fresh.has(req), stillAlive: () => this.#isAlive(state) })
  }

  /** The session as it is after a conflict, to try again with; `undefined` when it has ended meanwhile. */
  async #again(session: LiveSession, round: number): Promise<LiveSession | undefined> {
    const found = await readSessionState(this.#core, referenceOf(session))
    if (found.state === 'ended' && found.record.because === 'rotated') throw rotatedMeanwhile()
    if (found.state !== 'live') return undefined
    if (round < ROUNDS) return found
    throw new StepUpError('ERR_STEP_UP_UNAVAILABLE', 'The session changed too often to be ended.', { status: 503 })
  }

  async #isAlive(state: SessionState): Promise<boolean> {
    return state.state === 'live' && (await this.reload(state)) !== undefined
  }

  #remember(req: Request, state: SessionState): void {
    this.#states.set(req, state)
    leaveWho(req, state.state === 'live' ? state : undefined)
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
