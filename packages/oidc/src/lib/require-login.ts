import type { Sessions } from '@sallyport/step-up'
import type { RequestHandler } from 'express'

/**
 * Makes the gate that lets signed-in people through; whoever else comes is answered by `sessions.refuse`.
 *
 * @param sessions Its `middleware` has to run in front; without it the gate throws and lets nobody through.
 */
export function createRequireLogin(sessions: Pick<Sessions, 'current' | 'refuse'>): RequestHandler {
  return function requireLoginMiddleware(req, res, next) {
    if (sessions.current(req).state === 'live') next()
    else sessions.refuse(req, res)
  }
}
