import { sha256 } from './base64url.ts'
import { OidcError, storeUnavailable } from './errors.ts'
import { member } from './member.ts'
import type { Write } from '@sallyport/store'
import type { Request } from 'express'
import type { LiveSession } from './second-door.ts'
import type { RouteParts } from './routes/exchange.ts'

/** A session as it was when its person left for a provider. */
export interface LeftSession {
  readonly user: string
  readonly lineage: string
  /** A digest of its handle, where it has to come back under its very id; without it, it may have gone on under another. */
  readonly session?: string | undefined
}

/**
 * Reads the session of a request again and judges whether it is still the one that left.
 *
 * @returns What is committed with the change that hangs on it, so that nothing happens for a session which ends meanwhile.
 * @throws OidcError `ERR_OIDC_SESSION_CHANGED`; `ERR_OIDC_STORE_UNAVAILABLE` when nobody can say.
 */
export async function holdSession(
  { secondDoor }: Pick<RouteParts, 'secondDoor'>,
  req: Request,
  left: LeftSession,
): Promise<readonly Write[]> {
  const held = await secondDoor().sessions.hold(req).catch(refuseUnavailable)
  if (held === undefined || !isSame(held.current, left)) throw new OidcError('ERR_OIDC_SESSION_CHANGED')
  return held.writes
}

/** What could not be read or written passes by itself; anything else of the second door is for the application to repair. */
export function refuseUnavailable(error: unknown): never {
  throw member(error, 'code') === 'ERR_STEP_UP_UNAVAILABLE' ? storeUnavailable(error) : error
}

function isSame(current: LiveSession, { user, lineage, session }: LeftSession): boolean {
  const isSameId = session === undefined || sha256(current.handle) === session
  return isSameId && current.user === user && current.lineage === lineage
}
