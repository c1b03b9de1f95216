import type { RequestHandler } from 'express'

import { answerRefusal, type Exchange } from './answers.ts'
import { unavailable } from './errors.ts'
import type { Core } from './options.ts'
import { isOwnForm } from './own-forms.ts'
import { refusal } from './refusals.ts'
import type { SessionAuthority } from './sessions.ts'
import type { LiveSession } from './session-state.ts'

/** A signed-in user's request to one of our own pages. */
export interface Own extends Exchange {
  readonly session: LiveSession
}

/** What a route of ours does for a signed-in user. */
export type OwnHandler = (own: Own) => Promise<void>

/** Makes the handler of a page: a live session or a way to get one; trouble goes to `next`. */
export function ownPage(sessions: SessionAuthority, handler: OwnHandler): RequestHandler {
  return async (req, res, next) => {
    try {
      const session = sessions.live(req)
      if (session === undefined) sessions.refuse(req, res)
      else await handler({ req, res, session })
    } catch (error) {
      next(unavailable(error))
    }
  }
}

/** Lets only the forms of our own pages through, sent by a signed-in user: goes in front of everything a form does. */
export function requireOwnForm(core: Core, sessions: SessionAuthority): RequestHandler {
  return async function requireOwnFormMiddleware(req, res, next) {
    let isOwn: boolean
    try {
      const session = sessions.live(req)
      if (session === undefined) return sessions.refuse(req, res)
      isOwn = await isOwnForm(core, session, req)
    } catch (error) {
      next(unavailable(error))
      return
    }
    if (isOwn) next()
    else answerRefusal(core, { req, res }, refusal('forbidden'))
  }
}
