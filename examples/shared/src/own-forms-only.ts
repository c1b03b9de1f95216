import type { RequestHandler } from 'express'

/**
 * Refuses what another site sends in a person's name: forms come from this application's own pages. A session's cookie with
 * `SameSite=Lax` does not see to that where a form begins a session.
 *
 * @param origin This application's own, from configuration.
 */
export function ownFormsOnly(origin: string): RequestHandler {
  return function ownFormsOnlyMiddleware(req, res, next) {
    const from = req.get('origin')
    if (['GET', 'HEAD'].includes(req.method) || from === undefined || from === origin) next()
    else res.status(403).type('text').send('This form came from another site.')
  }
}
