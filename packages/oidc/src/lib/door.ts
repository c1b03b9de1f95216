import { ASSURANCE, checkAssurance } from './assurance.ts'
import { createLogoutHints } from './logout-hint.ts'
import { refuseOption } from './option-names.ts'
import { describePerson, personOf } from './person.ts'
import { checkCallbackUrl } from './protocol/addresses.ts'
import { checkOwnPath } from './settings.ts'
import { createStepUpSeals } from './step-up-proof.ts'
import { askOf, createStrategy, flowOf } from './strategy.ts'
import type { Authenticator } from 'passport'
import type { VerifyPerson } from './person.ts'
import type { RouteParts } from './routes/exchange.ts'
import type { FindSecondDoor } from './second-door.ts'
import type { CommonOptions } from './settings.ts'
import type { Judge, Strategy } from './strategy.ts'

/** The part of a Passport instance that is used: `passport` itself, or a `new Passport()`. */
export interface PassportInstance extends Pick<Authenticator, 'authenticate'> {
  use(strategy: Strategy): unknown
}

/** One provider, as its door is built from it. */
export interface DoorOptions extends CommonOptions {
  readonly issuer: string
  readonly clientId: string
  readonly callbackUrl: string
  readonly name?: string | undefined
  readonly scope?: readonly string[] | undefined
  readonly verify?: VerifyPerson | undefined
  readonly prompt?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  readonly afterLoginUrl?: string | undefined
  readonly afterLogoutUrl?: string | undefined
  readonly loginUrl?: string | undefined
}

/** Where a door stands. */
export interface DoorPlace {
  readonly passport: PassportInstance
  readonly secondDoor: FindSecondDoor
  /** The provider's name, where there are several. */
  readonly provider?: string | undefined
  /** The path below which the routes for all providers are, when they are not beside the callback. */
  readonly basePath?: string | undefined
}

/** Where the ID token of a sign-in is found in what the strategy says of it; nothing else of a sign-in is handed on. */
const ID_TOKEN: unique symbol = Symbol('idToken')

/** Gives the ID token that came with a sign-in. */
export function idTokenOf(info: object): string | undefined {
  const token: unknown = Reflect.get(info, ID_TOKEN)
  return typeof token === 'string' ? token : undefined
}

/**
 * Builds what one provider's routes are made from. Nothing is registered with Passport.
 *
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function buildDoor(options: DoorOptions, place: DoorPlace): RouteParts {
  const { issuer, callbackUrl, keyring, loginUrl, afterLogoutUrl = '/' } = options
  checkCallbackUrl(callbackUrl)
  const { origin, pathname, protocol } = new URL(callbackUrl)
  if (!pathname.endsWith('/callback')) refuseOption('The path of the option callbackUrl ends in "/callback".')
  checkOwnPath('afterLogoutUrl', afterLogoutUrl)
  if (loginUrl !== undefined) checkOwnPath('loginUrl', loginUrl)
  const mount = pathname.slice(0, -'/callback'.length)
  const { passport, secondDoor, provider, basePath = mount } = place
  const ownPaths = ['login', 'logout', 'initiate', 'step-up'].map((name) => `${basePath}/${name}`)
  const strategy = buildStrategy(options, { provider, ownPaths })
  return {
    strategy,
    flow: flowOf(strategy),
    ask: askOf(strategy),
    passport,
    secondDoor,
    provider,
    issuer,
    origin,
    mount,
    loginUrl,
    assurance: checkAssurance(options.assurance ?? ASSURANCE),
    seals: createStepUpSeals({ keyring, clock: options.store }),
    afterLogoutPath: afterLogoutUrl,
    hints: createLogoutHints({ keyring, secure: protocol === 'https:', path: `${basePath}/logout` }),
  }
}

function buildStrategy(
  options: DoorOptions,
  { provider, ownPaths }: { readonly provider: string | undefined; readonly ownPaths: readonly string[] },
): RouteParts['strategy'] {
  const { clientId, callbackUrl, afterLoginUrl, scope = [], verify = describePerson, ...rest } = options
  const { afterLogoutUrl: _, loginUrl: __, ...shared } = rest
  const asked = { clientID: clientId, callbackURL: callbackUrl, afterLoginURL: afterLoginUrl, scope }
  const skipUserProfile = scope.length > 0 ? false : undefined
  const judge: Judge = async (_req, passed) => {
    const user = await verify(personOf(passed, provider))
    if (!user) return { user: undefined, info: undefined }
    return { user, info: { [ID_TOKEN]: passed.completed.idToken } }
  }
  return createStrategy({ ...shared, ...asked, skipUserProfile }, { judge, ownPaths })
}
