import { Router } from 'express'
import { OidcError } from '../errors.ts'
import { MAX_HINT } from '../strategy-options.ts'
import { isText } from '../text.ts'
import { answerProblem } from './exchange.ts'
import { startLogin } from './login-routes.ts'
import { isNavigation } from './navigation.ts'
import type { RouteParts } from './exchange.ts'

/** What a sign-in that others begin is made from. */
interface InitiateParts extends Pick<RouteParts, 'origin' | 'loginUrl'> {
  /** The provider with exactly this issuer, of those that stand in the configuration. */
  find(issuer: unknown): RouteParts | undefined
}

const MAX_TARGET = 2_048

/**
 * `GET /initiate`: begins a sign-in that another site asks for, as a portal of applications does.
 *
 * Only a configured issuer is gone to, only a path of this application is come back to, and only a page of its own may
 * begin it: no frame, no image, nothing that is fetched in advance.
 *
 * @see OpenID Connect Core 1.0 §4
 */
export function initiateRoute(parts: InitiateParts): Router {
  const router = Router()
  router.get('/initiate', (req, res, next) => {
    res.set({ 'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'", 'X-Frame-Options': 'DENY' })
    const { iss, login_hint: hint, target_link_uri: target } = req.query
    const provider = isNavigation(req) ? parts.find(iss) : undefined
    if (provider === undefined) {
      return answerProblem(parts, { req, res }, new OidcError('ERR_OIDC_PROVIDER_UNKNOWN'))
    }
    const wanted = { returnTo: pathOf(target, parts.origin), loginHint: readHint(hint) }
    return startLogin(provider, { req, res, next }, wanted)
  })
  return router
}

/** The path of an address of ours, to be judged as every other; `undefined` for any other address. */
function pathOf(target: unknown, origin: string): string | undefined {
  if (typeof target !== 'string' || target.length > MAX_TARGET || !URL.canParse(target)) return undefined
  const url = new URL(target)
  return url.origin === origin && url.username === '' && url.password === ''
    ? `${url.pathname}${url.search}`
    : undefined
}

function readHint(hint: unknown): string | undefined {
  return isText(hint, MAX_HINT) ? hint : undefined
}
