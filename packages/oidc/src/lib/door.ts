import { createLogoutHints } from './logout-hint.ts'
import { refuseOption } from './option-names.ts'
import { ownPathsOf } from './own-paths.ts'
import { checkVerify, describePerson, personOf } from './person.ts'
import { checkCallbackUrl } from './protocol/addresses.ts'
import { checkOwnPath, checkSwitch, demandText } from './settings.ts'
import { createStrategy, insideOf } from './strategy.ts'
import type { Authenticator } from 'passport'
import type { LogoutHints } from './logout-hint.ts'
import type { VerifyPerson } from './person.ts'
import type { RouteParts } from './routes/exchange.ts'
import type { FindSecondDoor } from './second-door.ts'
import type { CommonOptions } from './settings.ts'
import type { StepUpSeals } from './step-up/step-up-proof.ts'
import type { Judge, Strategy } from './strategy.ts'

/** The part of a Passport instance that is used: `passport` itself, or a `new Passport()`. */
export interface PassportInstance extends Pick<Authenticator, 'authenticate'> {
  use(strategy: Strategy): unknown
}

/** One provider: who it is, what it is asked for, and where people go. */
export interface DoorOptions extends CommonOptions {
  /** The provider's issuer, exactly as it calls itself, https. */
  readonly issuer: string
  readonly clientId: string
  /** Absolute, exactly as registered; its path ends in `/callback`, below where `routes` is mounted. */
  readonly callbackUrl: string
  /**
   * The strategy's name, by default `openidconnect`; at most 64 characters. It is the provider's name in evidence and events:
   * to change it ends what sessions have of this provider.
   */
  readonly name?: string | undefined
  /** Scopes beyond `openid`; none by default. With any, UserInfo is asked. */
  readonly scope?: readonly string[] | undefined
  /** Turns a proved person into `req.user`, or refuses them with `false`; by default `{ id, name }`. */
  readonly verify?: VerifyPerson | undefined
  readonly prompt?: string | undefined
  /** How old the provider's own sign-in may be, in seconds. */
  readonly maxAge?: number | undefined
  /** Levels of which any one has to be reached. */
  readonly acrValues?: readonly string[] | undefined
  /** Where people go after login when they came from nowhere: a path, by default `/`. */
  readonly afterLoginUrl?: string | undefined
  /** Where people go after logout: a path, by default `/`. Registered at the provider as an absolute URL. */
  readonly afterLogoutUrl?: string | undefined
  /** Where failure pages let people start again: a path, by default the login route. */
  readonly loginUrl?: string | undefined
  /**
   * Whether the ID token is kept for the logout, sealed in a cookie of the browser, and sent as `id_token_hint`; by default
   * `true`. With `false` most providers ask people whether they want to sign out there.
   */
  readonly logoutHint?: boolean | undefined
}

/** Where a door stands. */
interface DoorPlace {
  readonly passport: PassportInstance
  readonly secondDoor: FindSecondDoor
  readonly seals: StepUpSeals
  /** The provider's name, where there are several; otherwise it is the strategy's. */
  readonly provider?: string | undefined
  /** Of several: the hints of all, since they have one logout route. */
  readonly hints?: LogoutHints | undefined
  /** Of several: the paths of all, to which nobody is returned. */
  readonly ownPaths?: readonly string[] | undefined
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
  const { issuer, callbackUrl, keyring, loginUrl, afterLogoutUrl = '/', logoutHint: keeps = true } = options
  demandText('clientId', options.clientId)
  checkCallbackUrl('callbackUrl', callbackUrl)
  const { origin, pathname, protocol } = new URL(callbackUrl)
  if (!pathname.endsWith('/callback')) refuseOption('The path of the option callbackUrl ends in "/callback".')
  checkOwnPath('afterLogoutUrl', afterLogoutUrl)
  checkOwnPath('afterLoginUrl', options.afterLoginUrl ?? '/')
  checkVerify(options.verify)
  checkSwitch('logoutHint', keeps)
  if (loginUrl !== undefined) checkOwnPath('loginUrl', loginUrl)
  const mount = pathname.slice(0, -'/callback'.length)
  const { passport, secondDoor, seals, provider, ownPaths = ownPathsOf(mount) } = place
  const ownHints = { keyring, secure: protocol === 'https:', path: `${mount}/logout`, keeps }
  const strategy = buildStrategy(options, { provider, ownPaths })
  const { flow, ask, assurance } = insideOf(strategy)
  return {
    strategy,
    flow,
    ask,
    passport,
    secondDoor,
    provider: provider ?? strategy.name,
    issuer,
    origin,
    mount,
    loginUrl,
    assurance,
    seals,
    afterLogoutPath: afterLogoutUrl,
    hints: place.hints ?? createLogoutHints(ownHints),
  }
}

function buildStrategy(
  options: DoorOptions,
  { provider, ownPaths }: { readonly provider: string | undefined; readonly ownPaths: readonly string[] },
): RouteParts['strategy'] {
  const { clientId, callbackUrl, afterLoginUrl, scope = [], verify = describePerson, ...rest } = options
  const { afterLogoutUrl: _, loginUrl: __, logoutHint: ___, ...shared } = rest
  const asked = { clientID: clientId, callbackURL: callbackUrl, afterLoginURL: afterLoginUrl, scope }
  const skipUserProfile = scope.length > 0 ? false : undefined
  const judge: Judge = async (_req, passed) => {
    const user = await verify(personOf(passed, provider))
    if (!user) return { user: undefined, info: undefined }
    return { user, info: { [ID_TOKEN]: passed.completed.idToken } }
  }
  return createStrategy({ ...shared, ...asked, skipUserProfile }, { judge, provider, ownPaths })
}
