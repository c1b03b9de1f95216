import type { RequestHandler } from 'express'
import type { FindSecondDoor } from './second-door.ts'

/**
 * Makes the gate that lets signed-in people through; whoever else comes is answered by the sessions.
 *
 * @param secondDoor Its `session` middleware has to run in front; without it the gate throws and lets nobody through.
 */
export function createRequireLogin(secondDoor: FindSecondDoor): RequestHandler {
  return function requireLoginMiddleware(req, res, next) {
    const { sessions } = secondDoor()
    if (sessions.current(req).state === 'live') next()
    else sessions.refuse(req, res)
  }
}
