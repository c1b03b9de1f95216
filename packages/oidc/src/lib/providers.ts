import defaultPassport from 'passport'
import { buildDoor } from './door.ts'
import { createProviderFactor, resolveFactorOptions } from './step-up/factor.ts'
import { createLinking } from './linking/linking.ts'
import { createLogoutHints } from './logout-hint.ts'
import { claimPlace } from './mix-up.ts'
import { checkOptionNames, refuseOption } from './option-names.ts'
import { ANY_NAME, ownPathsOf } from './own-paths.ts'
import { checkVerify } from './person.ts'
import { checkOwnOrigin } from './protocol/addresses.ts'
import { checkProviderOptions } from './providers/provider-options.ts'
import { providerFactorParts } from './providers/provider-factor.ts'
import { createProviderRoutes } from './providers/provider-routes.ts'
import { createTenants } from './providers/tenants.ts'
import { createRequireLogin } from './require-login.ts'
import { findSecondDoor } from './second-door.ts'
import { HOUSE_NAMES, checkOwnPath, checkSwitch } from './settings.ts'
import { createStepUpSeals } from './step-up/step-up-proof.ts'
import type { Factor } from '@sallyport/step-up/factor'
import type { RequestHandler, Router } from 'express'
import type { PassportInstance } from './door.ts'
import type { FactorOptions } from './step-up/factor.ts'
import type { Linking, LinkingParts } from './linking/linking.ts'
import type { LogoutHints } from './logout-hint.ts'
import type { VerifyPerson } from './person.ts'
import type { ProviderOptions } from './providers/provider-options.ts'
import type { Door, Doors } from './providers/provider-routes.ts'
import type { FindTenant } from './providers/tenants.ts'
import type { FindSecondDoor, SecondDoorOption } from './second-door.ts'
import type { HouseOptions } from './settings.ts'
import type { StepUpSeals } from './step-up/step-up-proof.ts'

/** What `createOidcProviders` needs. */
export interface CreateOidcProvidersOptions extends HouseOptions {
  /**
   * Where `routes` is mounted, as an absolute URL without a slash at its end, such as `https://shop.example/auth`. Each
   * provider has a callback URL of its own below it, to be registered there: `<baseUrl>/<name>/callback`.
   */
  readonly baseUrl: string
  /** The providers that people choose from, by name (`a-z`, `0-9` and `-`); with `tenant`, there may be none. */
  readonly providers: Readonly<Record<string, ProviderOptions>>
  /**
   * Says which provider a tenant has, for names that are not in `providers`; `undefined` for a name that is no tenant's. It
   * is asked at every use, so keep its answers close; the last 1,000 are kept ready while they stay the same. An answer that
   * takes longer than five seconds is none (503). Its issuer is not that of one of `providers`.
   */
  readonly tenant?: FindTenant | undefined
  /** What `createStepUp` gave, or a function that gives it; its `session` middleware runs in front of `routes`. */
  readonly stepUp: SecondDoorOption
  /** By default the one that `passport` exports. Each provider of `providers` is registered as `openidconnect:<name>`. */
  readonly passport?: PassportInstance | undefined
  /** Turns a proved person into `req.user`, or refuses them with `false`; by default `{ id, name }`. */
  readonly verify?: VerifyPerson | undefined
  /** Where people go after login when they came from nowhere: a path, by default `/`. */
  readonly afterLoginUrl?: string | undefined
  /** Where people go after logout: a path, by default `/`. Registered at the providers as an absolute URL. */
  readonly afterLogoutUrl?: string | undefined
  /** Where failure pages let people start again: a path, by default the page on which they choose. */
  readonly loginUrl?: string | undefined
  /** See `createOidc`. */
  readonly linking?: Linking | undefined
  /** Lets other sites begin a sign-in at one of `providers`, by its issuer: see `createOidc`. */
  readonly thirdPartyLogin?: boolean | undefined
  /** See `createOidc`. */
  readonly logoutHint?: boolean | undefined
}

/** The first door with several ways in. */
export interface OidcProviders {
  /**
   * `GET /login`, where people choose, `POST /logout`, for each provider what `createOidc` has, below its name, and with
   * `linking` `GET /links` and `POST /links/:id/unlink`; to be mounted at the path of `baseUrl`.
   */
  readonly routes: Router
  /** Makes the gate for routes that need a signed-in person. */
  requireLogin(): RequestHandler
  /**
   * Makes the factor by which people prove themselves at the provider that their session began with: see `createOidc`. The
   * options hold for every provider that has no `factor` of its own.
   */
  factor(options?: FactorOptions): Factor
}

const NAMES =
  'baseUrl providers tenant stepUp passport verify afterLoginUrl afterLogoutUrl loginUrl linking thirdPartyLogin logoutHint'
const KNOWN = [...NAMES.split(' '), ...HOUSE_NAMES]

interface House {
  readonly options: CreateOidcProvidersOptions
  readonly passport: PassportInstance
  readonly secondDoor: FindSecondDoor
  readonly basePath: string
  readonly ownPaths: readonly string[]
  readonly seals: StepUpSeals
  readonly hints: LogoutHints
  readonly linking: LinkingParts | undefined
}

/**
 * Builds the first door with several providers, fixed ones, those of tenants, or both.
 *
 * Each has a callback URL of its own, and an answer counts only at the callback of the provider that was asked, so that
 * none can pass for another's. A person is known by issuer and subject, whoever else has the same name or address.
 *
 * @param options See `CreateOidcProvidersOptions`; unknown keys are refused.
 * @returns Routes, gate and factor; the fixed providers are registered with Passport by then.
 * @throws OidcError `ERR_OIDC_OPTION`.
 * @see RFC 9700 §4.4; RFC 9207 §2.4
 * @example
 * const oidc = createOidcProviders({ baseUrl: 'https://shop.example/auth', providers: { work, home }, keyring, store, audit, stepUp })
 * app.use('/auth', oidc.routes)
 */
export function createOidcProviders(options: CreateOidcProvidersOptions): OidcProviders {
  checkOptionNames('createOidcProviders', options, { known: KNOWN })
  const house = openHouse(options)
  const doors = createDoors(house)
  const { thirdPartyLogin = false } = options
  return {
    routes: createProviderRoutes({ ...options, ...house, doors, thirdPartyLogin }),
    requireLogin: () => createRequireLogin(house.secondDoor),
    factor: (asked = {}) => createProviderFactor(providerFactorParts({ ...house, doors, clock: options.store }, asked)),
  }
}

function openHouse(options: CreateOidcProvidersOptions): House {
  const { baseUrl, providers, stepUp, tenant, loginUrl, afterLogoutUrl, passport = defaultPassport } = options
  if (typeof baseUrl !== 'string' || !URL.canParse(baseUrl) || new URL(baseUrl).href.replace(/\/$/, '') !== baseUrl) {
    refuseOption('The option baseUrl is an absolute URL, without query and slash at its end: where routes is mounted.')
  }
  checkOwnOrigin('baseUrl', new URL(baseUrl))
  if (typeof providers !== 'object' || providers === null || Array.isArray(providers))
    refuseOption('The option providers is an object with a provider for each name: { work: { … } }.')
  if (tenant !== undefined && typeof tenant !== 'function') refuseOption('The option tenant is a function of a name.')
  if (tenant === undefined && Object.keys(providers).length === 0)
    refuseOption('The option providers names at least one.')
  if (loginUrl !== undefined) checkOwnPath('loginUrl', loginUrl)
  if (afterLogoutUrl !== undefined) checkOwnPath('afterLogoutUrl', afterLogoutUrl)
  checkOwnPath('afterLoginUrl', options.afterLoginUrl ?? '/')
  checkVerify(options.verify)
  checkSwitch('thirdPartyLogin', options.thirdPartyLogin ?? false)
  checkSwitch('logoutHint', options.logoutHint ?? true)
  const basePath = new URL(baseUrl).pathname.replace(/\/$/, '')
  const { keyring, store, audit, clock = store } = options
  const ownPaths = ownPathsOf(basePath, [...Object.keys(providers), ...(tenant === undefined ? [] : [ANY_NAME])])
  const paths = { linksPath: `${basePath}/links`, homePath: options.afterLoginUrl ?? '/', ownPaths }
  const linking = createLinking(options.linking, { keyring, store, audit, clock, stepUp, ...paths })
  const seals = createStepUpSeals({ keyring, clock: store })
  const secure = baseUrl.startsWith('https:')
  const hints = createLogoutHints({ keyring, secure, path: `${basePath}/logout`, keeps: options.logoutHint })
  return { options, passport, secondDoor: findSecondDoor(stepUp), basePath, ownPaths, seals, hints, linking }
}

/** Opens the doors of the fixed providers, and those of tenants when somebody comes. */
function createDoors(house: House): Doors {
  const { options, passport } = house
  const { providers, tenant } = options
  const fixed = Object.entries(providers).map(([name, own]) => {
    checkProviderOptions(name, own)
    return openDoor(house, { name, own })
  })
  refuseSameIssuer(fixed)
  for (const { parts, name } of fixed) {
    claimPlace(passport, { name: parts.strategy.name, callbackUrl: callbackUrlOf(options, name) })
  }
  for (const { parts } of fixed) passport.use(parts.strategy)
  const byName = new Map(fixed.map((door) => [door.name, door]))
  const open = (name: string, own: ProviderOptions): Door => {
    refuseFixedIssuer(fixed, { name, own })
    return openDoor(house, { name, own, isTenant: true })
  }
  const tenants = tenant && createTenants(tenant, open)
  return {
    fixed,
    find: async (name) => byName.get(name) ?? (await tenants?.find(name)),
    known: (name) => byName.get(name) ?? tenants?.known(name),
    hasTenants: tenants !== undefined,
  }
}

interface Opening {
  readonly name: string
  readonly own: ProviderOptions
  readonly isTenant?: boolean
}

function openDoor({ options, ...house }: House, { name, own, isTenant = false }: Opening): Door {
  const { label = name, factor = {}, ...protocol } = own
  const { keyring, store, audit, clock, randomBytes, verify, afterLoginUrl, afterLogoutUrl, logoutHint } = options
  // A tenant stands on no page on which one could choose it again.
  const loginUrl = options.loginUrl ?? (isTenant ? undefined : `${house.basePath}/login`)
  const paths = { afterLoginUrl, afterLogoutUrl, loginUrl }
  const common = { keyring, store, audit, clock, randomBytes, verify, logoutHint, ...paths }
  const callbackUrl = callbackUrlOf(options, name)
  const place = { ...house, provider: name }
  const parts = buildDoor({ ...protocol, ...common, callbackUrl, name: `openidconnect:${name}` }, place)
  const asked = resolveFactorOptions(factor)
  return { name, label, parts: { ...parts, linking: house.linking }, factor: asked }
}

function callbackUrlOf({ baseUrl }: CreateOidcProvidersOptions, name: string): string {
  return `${baseUrl}/${name}/callback`
}

/**
 * People are known by issuer and subject: whoever may write a tenant's options would decide by rules of their own what the
 * people of another provider have proved.
 */
function refuseFixedIssuer(fixed: readonly Door[], { name, own }: Opening): void {
  const door = fixed.find(({ parts }) => parts.issuer === own.issuer)
  if (door === undefined) return
  refuseOption(`The tenant "${name}" has the issuer of the provider "${door.name}": that one's people are not its own.`)
}

/** By its issuer a provider is found for whoever comes from another site. */
function refuseSameIssuer(doors: readonly Door[]): void {
  const issuers = doors.map(({ parts }) => parts.issuer)
  const twice = issuers.find((issuer, index) => issuers.indexOf(issuer) !== index)
  if (twice === undefined) return
  refuseOption(`Two providers have the issuer ${JSON.stringify(twice)}: an issuer is one provider.`)
}
