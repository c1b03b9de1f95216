import { Router } from 'express'
import { OidcError } from '../errors.ts'
import { createLogoutHints } from '../logout-hint.ts'
import { queryOf } from '../request.ts'
import { checkReturnTo } from '../return-to.ts'
import { doorRoutes, noStore } from '../routes.ts'
import { answerProblem } from '../routes/exchange.ts'
import { initiateRoute } from '../routes/initiate-route.ts'
import { linksRoutes } from '../routes/link-routes.ts'
import { logoutHandler } from '../routes/logout-route.ts'
import { sendChooserPage } from './chooser-page.ts'
import { isProviderName } from './provider-options.ts'
import type { Keyring } from '@sallyport/keyring'
import type { RequestHandler } from 'express'
import type { LinkingParts } from '../linking.ts'
import type { Exchange, RouteParts } from '../routes/exchange.ts'
import type { LogoutParts } from '../routes/logout-route.ts'
import type { FindSecondDoor } from '../second-door.ts'
import type { StepUpSeals } from '../step-up-proof.ts'

/** One provider's door. */
export interface Door {
  readonly name: string
  readonly label: string
  readonly parts: RouteParts
}

/** All doors of one application. */
export interface Doors {
  /** Those of the configuration, in its order. */
  readonly fixed: readonly Door[]
  /** A fixed one first, so that no tenant can take its place. Rejects with an `OidcError`. */
  find(name: string): Promise<Door | undefined>
  /** Among the fixed ones and those of tenants that this process knows. */
  byIssuer(issuer: string): Door | undefined
  /** The tenant's name for an issuer that people signed in by. */
  nameOf(issuer: string): Promise<string | undefined>
}

/** What the routes of several providers are made from. */
export interface ProviderRoutesParts {
  readonly baseUrl: string
  readonly basePath: string
  readonly doors: Doors
  readonly secondDoor: FindSecondDoor
  readonly keyring: Keyring
  readonly seals: Pick<StepUpSeals, 'openTicket'>
  readonly linking: LinkingParts | undefined
  readonly thirdPartyLogin: boolean
  readonly afterLogoutUrl?: string | undefined
  readonly loginUrl?: string | undefined
}

/** The routes that each provider has; whatever else is below a name is the application's business. */
const OF_EACH: readonly string[] = ['/callback', '/link', '/login', '/logout', '/step-up']

/** Puts the routes of several providers together. */
export function createProviderRoutes(parts: ProviderRoutesParts): Router {
  const { basePath, baseUrl, doors, linking, secondDoor, thirdPartyLogin } = parts
  const { origin } = new URL(baseUrl)
  const start = { loginUrl: startOver(parts) }
  const logout = logoutHandler(logoutParts(parts, origin))
  const router = Router()
  router.use(noStore)
  router.get('/login', chooser(parts))
  router.post('/logout', logout)
  router.get('/step-up', unknownTenantStepUp(parts))
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
  router.use('/:name', dispatch(parts, logout))
  return router

  /** Where a failure page leads that is no provider's own. */
  function startOver({ loginUrl }: ProviderRoutesParts): string {
    return loginUrl ?? (doors.fixed.length === 0 ? '/' : `${basePath}/login`)
  }
}

/** `GET /login`: the page on which people choose; with one provider there is nothing to choose. */
function chooser(parts: ProviderRoutesParts): RequestHandler {
  const { basePath, doors } = parts
  const choices = doors.fixed.map(({ label, parts: { mount } }) => ({ label, loginPath: `${mount}/login` }))
  const [only] = choices
  return (req, res) => {
    const wanted = checkReturnTo(req.query['return_to'], '', [`${basePath}/login`, `${basePath}/logout`])
    const returnTo = wanted === '' ? undefined : wanted
    if (only === undefined) {
      const loginUrl = parts.loginUrl ?? '/'
      return answerProblem({ loginUrl }, { req, res }, new OidcError('ERR_OIDC_PROVIDER_UNKNOWN'))
    }
    if (choices.length > 1) return sendChooserPage({ req, res }, choices, returnTo)
    const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`
    return res.redirect(303, only.loginPath + query)
  }
}

/** Hands a request to the door of its name. */
function dispatch(parts: ProviderRoutesParts, logout: RequestHandler): RequestHandler {
  const routers = new WeakMap<Door, Router>()
  const routesOf = (door: Door): Router => {
    const known = routers.get(door) ?? doorRoutes(door.parts).post('/logout', logout)
    routers.set(door, known)
    return known
  }
  return (req, res, next) => {
    const path = req.path.toLowerCase()
    if (!OF_EACH.includes(path.endsWith('/') ? path.slice(0, -1) : path)) return next()
    return answering(parts, { req, res, next }, async () => {
      const { name } = req.params
      const door = isProviderName(name) ? await parts.doors.find(name) : undefined
      if (door === undefined) throw new OidcError('ERR_OIDC_PROVIDER_UNKNOWN')
      routesOf(door)(req, res, next)
    })
  }
}

/**
 * `GET /step-up` of an issuer that this process does not know: its tenant is looked up, and asked about, and then has a route
 * of its own.
 */
function unknownTenantStepUp({ doors, seals, ...parts }: ProviderRoutesParts): RequestHandler {
  return (req, res, next) =>
    answering(parts, { req, res, next }, async () => {
      const asked = queryOf(req)
      const issuer = (await seals.openTicket(asked.get('ticket') ?? undefined))?.issuer
      const name = issuer === undefined ? undefined : await doors.nameOf(issuer)
      const door = name === undefined ? undefined : await doors.find(name)
      if (door === undefined || door.parts.issuer !== issuer) throw new OidcError('ERR_OIDC_PROVIDER_UNKNOWN')
      // Judged there; whatever else came with it stays here.
      const query = new URLSearchParams(['ticket', 'return_to'].map((name) => [name, asked.get(name) ?? '']))
      res.redirect(303, `${door.parts.mount}/step-up?${query.toString()}`)
    })
}

function answering(
  { loginUrl, basePath }: Pick<ProviderRoutesParts, 'loginUrl' | 'basePath'>,
  exchange: Exchange,
  work: () => Promise<void>,
): void {
  work().catch((error: unknown) => {
    // A tenant's options that are wrong are for the application to repair.
    if (!(error instanceof OidcError) || error.status === 500) return exchange.next(error)
    return answerProblem({ loginUrl: loginUrl ?? `${basePath}/login` }, exchange, error)
  })
}

function logoutParts(parts: ProviderRoutesParts, origin: string): LogoutParts {
  const { basePath, baseUrl, doors, keyring, secondDoor, loginUrl = `${basePath}/login`, afterLogoutUrl = '/' } = parts
  const hints = createLogoutHints({ keyring, secure: baseUrl.startsWith('https:'), path: `${basePath}/logout` })
  return {
    secondDoor,
    origin,
    loginUrl,
    hints,
    afterLogoutPath: afterLogoutUrl,
    async find(issuer, hinted) {
      if (issuer === undefined) return undefined
      const known = doors.byIssuer(issuer)
      const name = hinted ?? (known === undefined ? await doors.nameOf(issuer) : undefined)
      const named = name !== undefined && isProviderName(name) ? await doors.find(name) : undefined
      return named?.parts.issuer === issuer ? named.parts : known?.parts
    },
  }
}
