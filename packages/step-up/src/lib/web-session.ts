import type { Request } from 'express'
import type { Session, SessionData } from 'express-session'

import { StepUpError } from './errors.ts'
import type { SessionReference } from './session-state.ts'

declare module 'express-session' {
  interface SessionData {
    /** Points to the session's record; says nothing by itself. */
    sallyport?: SessionReference
  }
}

/** Gives the express-session of a request, or explains what is missing. */
export function expressSession(req: Request): Session & Partial<SessionData> {
  const { session } = req
  if (session === undefined && !req.originalUrl.startsWith('/'))
    throw new StepUpError('ERR_STEP_UP_INPUT', 'The request names no path, so it has no session.', { status: 400 })
  if (session === undefined) {
    throw new StepUpError(
      'ERR_STEP_UP_NO_SESSION',
      'There is no req.session: app.use(session(…)) of express-session goes before sessions.middleware.',
    )
  }
  if (typeof session.regenerate !== 'function' || typeof session.save !== 'function') {
    throw new StepUpError(
      'ERR_STEP_UP_COOKIE_SESSION',
      'The session lives in a cookie, which the server cannot take back: use express-session with a store.',
    )
  }
  return session
}

/**
 * Refuses a session cookie that could be read on the way or by a script, where the application says that it is served by
 * https. Loopback addresses by http are for trying things out.
 *
 * @throws `StepUpError` with `ERR_STEP_UP_COOKIE`, naming the fix.
 */
export function checkSessionCookie(req: Request, origin: string): void {
  if (!origin.startsWith('https:')) return

  const { secure, httpOnly } = expressSession(req).cookie
  if (secure !== false && secure !== undefined && httpOnly !== false) return
  throw new StepUpError(
    'ERR_STEP_UP_COOKIE',
    'The session cookie needs cookie: { secure: true } and httpOnly, and a name such as "__Host-session", because origin is https. Behind a proxy, set "trust proxy".',
  )
}

/** Reads the pointer of a request's session; anything of another form is none. */
export function handleOf(req: Request): SessionReference | undefined {
  const pointer: unknown = expressSession(req).sallyport
  if (typeof pointer !== 'object' || pointer === null) return undefined
  if (!('handle' in pointer) || !('user' in pointer) || !('lineage' in pointer)) return undefined

  const { handle, user, lineage } = pointer
  return isName(handle) && isName(user) && isName(lineage) ? { handle, user, lineage } : undefined
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Puts a pointer and kept values into the fresh session of a request and saves it, before any answer leaves. */
export async function adoptHandle(
  req: Request,
  pointer: SessionReference,
  kept: Readonly<Record<string, unknown>>,
): Promise<void> {
  Object.assign(expressSession(req), kept, { sallyport: pointer })
  await save(req)
}

/** Names that are ours or express-session's own: they are never carried over. */
export const OWN_NAMES: readonly string[] = ['cookie', 'sallyport']

/** Copies what is to survive into the next session. */
export function keep(req: Request, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(expressSession(req)).filter(([name]) => names.includes(name) && !OWN_NAMES.includes(name)),
  )
}

/**
 * Empties the session of a request but for the pointer to its end. A slow request may have saved it once again since;
 * what it saved is nobody's any more.
 */
export function empty(req: Request): void {
  const session = expressSession(req)
  for (const name of Object.keys(session)) if (!OWN_NAMES.includes(name)) Reflect.deleteProperty(session, name)
}

/** Takes a pointer that leads to nothing off the session of a request. */
export function forget(req: Request): void {
  Reflect.deleteProperty(expressSession(req), 'sallyport')
}

/**
 * Gives the request a new, empty session under a new id. Nothing stays under the old one but the pointer of a session
 * that has ended: its late use then leads to the tombstone and is noticed, instead of looking like a first visit.
 */
export async function replaceSession(req: Request): Promise<void> {
  if (handleOf(req) === undefined) return await regenerate(req)

  empty(req)
  await save(req)
  req.sessionStore.generate(req)
}

/** Saves the session now, so that a redirect cannot overtake it. */
export function save(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    expressSession(req).save((error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

function regenerate(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    expressSession(req).regenerate((error: unknown) => (error ? reject(toError(error)) : resolve()))
  })
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The session store failed.', { cause: error })
}
