import { event } from '@sallyport/audit'
import { contextOf } from '@sallyport/audit/context'
import { Router } from 'express'
import { doorOf, isSameDoor } from '../door-name.ts'
import { OidcError } from '../errors.ts'
import { flowRequest } from '../request.ts'
import { isSameOrigin } from '../same-origin.ts'
import { answerProblem } from './exchange.ts'
import type { Request, RequestHandler, Response } from 'express'
import type { DoorName } from '../door-name.ts'
import type { LogoutHint } from '../logout-hint.ts'
import type { LiveSession } from '../second-door.ts'
import type { RouteParts } from './exchange.ts'

/** What a logout is made from: one provider, or a way to find the one that a session began with. */
export interface LogoutParts extends Pick<
  RouteParts,
  'secondDoor' | 'origin' | 'afterLogoutPath' | 'loginUrl' | 'hints'
> {
  /** Finds the provider to sign people out at; `door` is `undefined` when there was no session. */
  find(door: DoorName | undefined): Promise<Pick<RouteParts, 'flow'> | undefined>
}

/** `POST /logout` of one provider. */
export function logoutRoute(parts: RouteParts): Router {
  const router = Router()
  router.post('/logout', logoutHandler({ ...parts, find: async (door = parts) => of(parts, door) }))
  return router
}

function of(parts: RouteParts, door: DoorName): RouteParts | undefined {
  return isSameDoor(parts, door) ? parts : undefined
}

/**
 * Makes the handler that ends the session here, then at the provider that it began with.
 *
 * Nothing is sent along that would have to be verified on the way back (`state`): the page that people come back to does
 * nothing but show itself.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0 §2
 */
export function logoutHandler(parts: LogoutParts): RequestHandler {
  return async function logoutMiddleware(req, res) {
    await logout(parts, req, res)
  }
}

async function logout(parts: LogoutParts, req: Request, res: Response): Promise<void> {
  const { origin, secondDoor, afterLogoutPath } = parts
  if (!isSameOrigin(req, origin)) return answerProblem(parts, { req, res }, new OidcError('ERR_OIDC_ORIGIN'))
  const { sessions } = secondDoor()
  const current = sessions.current(req)
  if (current.state !== 'live') return res.redirect(303, await addressThere(parts, undefined, undefined))

  const door = doorOf(current.evidence)
  const hint = await parts.hints.take(flowRequest(req).cookies, current.lineage)
  const completed = door === undefined ? [] : [completedEvent(req, current, door.issuer)]
  await sessions.end(req, 'logout', completed)
  // Our own session is over by now; a provider that cannot be asked keeps nobody signed in here.
  const there = door === undefined ? afterLogoutPath : await addressThere(parts, door, hint)
  // Without the body that a redirect usually has: the ID token stands in one place.
  res.status(303).location(there).end()
}

function completedEvent(req: Request, { lineage, user }: LiveSession, issuer: string): ReturnType<typeof event> {
  const about = { context: contextOf(req), actor: { user }, outcome: 'success', lineage } as const
  return event('oidc.logout.completed', { ...about, data: { issuer } })
}

async function addressThere(
  parts: LogoutParts,
  door: DoorName | undefined,
  hint: LogoutHint | undefined,
): Promise<string> {
  const { origin, afterLogoutPath } = parts
  const ours = hint?.issuer === door?.issuer ? hint : undefined
  const back = new URL(afterLogoutPath, origin).href
  try {
    const provider = await parts.find(door)
    return (await provider?.flow.protocol.endSessionUrl(back, ours?.idToken)) ?? afterLogoutPath
  } catch {
    return afterLogoutPath
  }
}
