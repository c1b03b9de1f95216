import { Router } from 'express'
import { isSameDoor } from '../door-name.ts'
import { OidcError } from '../errors.ts'
import { DOOR_ROUTES } from '../own-paths.ts'
import { checkReturnTo } from '../return-to.ts'
import { doorRoutes, noStore } from '../routes.ts'
import { answerError, answerProblem } from '../routes/exchange.ts'
import { initiateRoute } from '../routes/initiate-route.ts'
import { linksRoutes } from '../linking/link-routes.ts'
import { logoutHandler } from '../routes/logout-route.ts'
import { sendChooserPage } from './chooser-page.ts'
import { isProviderName } from './provider-options.ts'
import type { RequestHandler } from 'express'
import type { FactorOptions } from '../step-up/factor.ts'
import type { LogoutHints } from '../logout-hint.ts'
import type { LinkingParts } from '../linking/linking.ts'
import type { Exchange, RouteParts, Whereabouts } from '../routes/exchange.ts'
import type { LogoutParts } from '../routes/logout-route.ts'
import type { FindSecondDoor } from '../second-door.ts'

/** One provider's door. */
export interface Door {
  readonly name: string
  readonly label: string
  readonly parts: RouteParts
  /** What a step-up asks of it, checked. */
  readonly factor: FactorOptions
}

/** All doors of one application. */
export interface Doors {
  /** Those of the configuration, in its order. */
  readonly fixed: readonly Door[]
  /** A fixed one first, so that no tenant can take its place. Rejects with an `OidcError`. */
  find(name: string): Promise<Door | undefined>
  /** What this process knows of a name already: of a tenant's, as it was last found. */
  known(name: string): Door | undefined
  /** Whether there may be others than the fixed ones. */
  readonly hasTenants: boolean
}

/** Tells whether the application is to be asked about a name; controlled by the client. */
export function mayBeTenant({ fixed, hasTenants }: Doors, name: unknown): name is string {
  return hasTenants && isProviderName(name) && !fixed.some((door) => door.name === name)
}

/** What the routes of several providers are made from. */
interface ProviderRoutesParts {
  readonly baseUrl: string
  readonly basePath: string
  readonly ownPaths: readonly string[]
  readonly doors: Doors
  readonly secondDoor: FindSecondDoor
  readonly hints: LogoutHints
  readonly linking: LinkingParts | undefined
  readonly thirdPartyLogin: boolean
  readonly afterLogoutUrl?: string | undefined
  readonly loginUrl?: string | undefined
}

/** With what stands for the way to start over where nothing was said. */
interface StartingParts extends ProviderRoutesParts {
  readonly loginUrl: string
}

/** Puts the routes of several providers together. */
export function createProviderRoutes(given: ProviderRoutesParts): Router {
  const { baseUrl, doors, linking, secondDoor, thirdPartyLogin } = given
  const { origin } = new URL(baseUrl)
  const start = { loginUrl: startOver(given) }
  const parts = { ...given, ...start }
  const router = Router()
  router.use(noStore)
  router.get('/login', chooser(parts))
  router.post('/logout', logoutHandler(logoutParts(parts, origin)))
  if (linking !== undefined) {
    const offers = doors.fixed.map(({ label, parts: { issuer, mount } }) => ({
      issuer,
      label,
      action: `${mount}/link`,
    }))
    router.use(linksRoutes({ ...start, linking, offers, origin, secondDoor }))
  }
  const fixedBy = (iss: unknown): RouteParts | undefined =>
    doors.fixed.find(({ parts: { issuer } }) => issuer === iss)?.parts
  router.use(initiateRoute({ ...start, origin, find: (iss) => (thirdPartyLogin ? fixedBy(iss) : undefined) }))
  router.use('/:name', dispatch(parts))
  return router
}

/** Where a failure page leads that is no provider's own: with tenants only, there is nothing to choose from. */
function startOver({ loginUrl, basePath, doors }: ProviderRoutesParts): string {
  return loginUrl ?? (doors.fixed.length === 0 ? '/' : `${basePath}/login`)
}

/** `GET /login`: the page on which people choose; with one provider there is nothing to choose. */
function chooser(parts: StartingParts): RequestHandler {
  const { doors } = parts
  const choices = doors.fixed.map(({ label, parts: { mount } }) => ({ label, loginPath: `${mount}/login` }))
  const [only] = choices
  return (req, res) => {
    const wanted = checkReturnTo(req.query['return_to'], '', parts.ownPaths)
    const returnTo = wanted === '' ? undefined : wanted
    if (only === undefined) return answerProblem(parts, { req, res }, new OidcError('ERR_OIDC_PROVIDER_UNKNOWN'))
    if (choices.length > 1) return sendChooserPage({ req, res }, choices, returnTo)
    const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
    return res.redirect(303, only.loginPath + query)
  }
}

/** Hands a request to the door of its name; whatever else is below a name is the application's business. */
function dispatch(parts: StartingParts): RequestHandler {
  const { basePath, doors } = parts
  const routers = new WeakMap<Door, Router>()
  const routesOf = (door: Door): Router => {
    const known = routers.get(door) ?? doorRoutes(door.parts)
    routers.set(door, known)
    return known
  }
  return async (req, res, next) => {
    const { name } = req.params
    const route = DOOR_ROUTES.find((one) => [`/${one}`, `/${one}/`].includes(req.path.toLowerCase()))
    const isOurs = doors.hasTenants || doors.fixed.some((door) => door.name === name)
    if (route === undefined || !isOurs) return next()
    // The way out is one for all, where the hint is kept; and nobody needs to be asked about a tenant for it.
    if (route === 'logout' && req.method === 'POST') return res.redirect(307, `${basePath}/logout`)
    return await answering(parts, { req, res }, async () => {
      const door = isProviderName(name) ? await doors.find(name) : undefined
      if (door === undefined) throw new OidcError('ERR_OIDC_PROVIDER_UNKNOWN')
      routesOf(door)(req, res, next)
    })
  }
}

async function answering(
  { loginUrl, ownPaths }: Pick<StartingParts, 'loginUrl' | 'ownPaths'>,
  exchange: Pick<Exchange, 'req' | 'res'>,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    answerError({ loginUrl }, exchange, { error, ...wayBack(exchange, ownPaths) })
  }
}

/** Who was on the way to prove themselves goes back to where that was asked for. */
function wayBack({ req }: Pick<Exchange, 'req'>, ownPaths: readonly string[]): Whereabouts {
  if (!req.path.toLowerCase().startsWith('/step-up')) return {}
  return { during: 'step_up', startUrl: checkReturnTo(req.query['return_to'], '/', ownPaths) }
}

function logoutParts(parts: StartingParts, origin: string): LogoutParts {
  const { doors, hints, secondDoor, loginUrl, afterLogoutUrl = '/' } = parts
  return {
    secondDoor,
    origin,
    loginUrl,
    hints,
    afterLogoutPath: afterLogoutUrl,
    async find(wanted) {
      const named = wanted && (await doors.find(wanted.provider))
      return named && isSameDoor(named.parts, wanted) ? named.parts : undefined
    },
  }
}
