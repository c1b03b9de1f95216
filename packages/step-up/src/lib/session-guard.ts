import type { Request, Response } from 'express'

/** What the guard asks when a response is about to end. */
export interface SessionGuard {
  /** Whether the session that the request came with is still alive. Rejections count as no. */
  stillAlive(): Promise<boolean>
  /** Whether this very request began or rotated its session, so that its answer has to set the cookie. */
  isFresh(): boolean
}

/**
 * Keeps the answer of an ended session from setting a cookie or saving a session: without it, a slow request of the old
 * session that ends late would bring the old id back to life, in the store and in the browser.
 *
 * express-session saves and sets its cookie inside `end` and `writeHead`; these wrappers lie outside of its own.
 *
 * @param req The request that express-session has prepared.
 * @param res Its response.
 * @param guard What is known of its session.
 */
export function guardResponse(req: Request, res: Response, guard: SessionGuard): void {
  let confirmed = false
  const end = res.end.bind(res)
  const writeHead = res.writeHead.bind(res)

  // The last word, on a response whose headers are still to be written.
  const guardedEnd = (...args: unknown[]): Response => {
    if (confirmed || guard.isFresh() || res.headersSent) return Reflect.apply(end, res, args)

    guard.stillAlive().then(
      (alive) => {
        confirmed = alive
        if (!alive) forgetSession(req)
        Reflect.apply(end, res, args)
      },
      () => {
        forgetSession(req)
        Reflect.apply(end, res, args)
      },
    )
    return res
  }

  // A streamed response cannot wait for an answer: it sets no session cookie at all. Without its id, express-session
  // sends none, and still saves what the request changed.
  const guardedWriteHead = (...args: unknown[]): Response => {
    if (confirmed || guard.isFresh()) return Reflect.apply(writeHead, res, args)

    const id = req.sessionID
    Reflect.set(req, 'sessionID', undefined)
    try {
      return Reflect.apply(writeHead, res, args)
    } finally {
      Reflect.set(req, 'sessionID', id)
    }
  }
  Object.assign(res, { end: guardedEnd, writeHead: guardedWriteHead })
}

/** Takes the session off a request: express-session then neither saves nor sets a cookie. */
function forgetSession(req: Request): void {
  Reflect.deleteProperty(req, 'session')
}
