import type { Request } from 'express'

/**
 * Tells whether a form was sent from a page of this application.
 *
 * `Sec-Fetch-Site` decides where the browser sends it; else `Origin` has to be ours. A request with neither is refused:
 * every browser sends `Origin` with a form.
 *
 * @param req Its headers; a page of another site cannot set these two.
 * @param origin The application's configured origin, never read from `Host`.
 * @see W3C Fetch Metadata §2.4; WHATWG Fetch §3.2
 */
export function isSameOrigin(req: Request, origin: string): boolean {
  const site = req.headers['sec-fetch-site']
  return site === undefined ? req.headers.origin === origin : site === 'same-origin'
}
