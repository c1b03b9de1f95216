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
  let ending = false
  let confirmed = false
  const end = res.end.bind(res)
  const writeHead = res.writeHead.bind(res)

  // The last word. It waits for the store; what is done to the response meanwhile comes too late.
  const guardedEnd = (...args: unknown[]): Response => {
    if (ending) return res
    if (guard.isFresh()) return Reflect.apply(end, res, args)

    ending = true
    const restore = keepHead(res)
    const finish = (alive: boolean): void => {
      confirmed = alive
      if (!alive) forgetSession(req)
      restore()
      Reflect.apply(end, res, args)
    }
    guard
      .stillAlive()
      .catch(() => false)
      .then(finish)
      // Nobody is left who could be told that this cannot be sent.
      .catch(() => res.destroy())
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

/** Remembers status and headers as they are when the answer is given; the result puts them back, if they can still change. */
function keepHead(res: Response): () => void {
  const { statusCode } = res
  const headers = res.getHeaders()
  return () => {
    if (res.headersSent) return
    res.statusCode = statusCode
    for (const name of res.getHeaderNames()) if (!(name in headers)) res.removeHeader(name)
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value)
  }
}

/** Takes the session off a request: express-session then neither saves nor sets a cookie. */
function forgetSession(req: Request): void {
  Reflect.deleteProperty(req, 'session')
}
