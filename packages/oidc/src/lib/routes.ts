import { Router } from 'express'
import { OidcError, storeUnavailable } from './errors.ts'
import { flowRequest, queryOf } from './request.ts'
import { answerError } from './routes/exchange.ts'
import { initiateRoute } from './routes/initiate-route.ts'
import { finishLink, linkRoute, linksRoutes } from './linking/link-routes.ts'
import { finishLogin, loginRoutes } from './routes/login-routes.ts'
import { logoutRoute } from './routes/logout-route.ts'
import { finishStepUp, stepUpRoutes } from './step-up/step-up-routes.ts'
import type { RequestHandler } from 'express'
import type { RouteParts } from './routes/exchange.ts'

/** Puts the routes of the only provider together. */
export function createRoutes(parts: RouteParts, thirdPartyLogin: boolean): Router {
  const router = Router()
  router.use(noStore)
  router.use(doorRoutes(parts), logoutRoute(parts))
  const { issuer, linking, mount } = parts
  const offers = [{ issuer, label: new URL(issuer).host, action: `${mount}/link` }]
  if (linking !== undefined) router.use(linksRoutes({ ...parts, linking, offers }))
  const find = (iss: unknown): RouteParts | undefined => (thirdPartyLogin && iss === issuer ? parts : undefined)
  router.use(initiateRoute({ ...parts, find }))
  return router
}

/** Puts the routes together that each provider has for itself: the ways there, and the one way back. */
export function doorRoutes(parts: RouteParts): Router {
  const router = Router()
  const { linking } = parts
  router.use(loginRoutes(parts), stepUpRoutes(parts))
  if (linking !== undefined) router.use(linkRoute({ ...parts, linking }))
  router.get('/callback', callback(parts))
  return router
}

/** In front of all routes of the first door: nothing is cached, and the callback's address carries a code. */
export const noStore: RequestHandler = (_, res, next) => {
  res.set({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' })
  next()
}

/** `GET /callback`: one address for all purposes, since each has to be registered at the provider. */
function callback(parts: RouteParts): RequestHandler {
  const { flow, linking } = parts
  return async (req, res, next) => {
    const exchange = { req, res, next }
    const begun = await flow.peek(flowRequest(req), queryOf(req)).catch(storeUnavailable)
    if (begun instanceof OidcError) return answerError(parts, exchange, { error: begun })
    if (begun?.purpose.for === 'step_up') return await finishStepUp(parts, exchange, begun)
    if (begun?.purpose.for === 'link' && linking !== undefined) return await finishLink({ ...parts, linking }, exchange)
    // Where nothing is linked any more, the answer to a link is what a login refuses.
    return finishLogin(parts, exchange, begun?.returnTo)
  }
}
