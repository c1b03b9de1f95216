import defaultPassport from 'passport'
import { userId } from './login-proof.ts'
import { checkOptionNames, refuseOption } from './option-names.ts'
import { createRequireLogin } from './require-login.ts'
import { createRoutes } from './routes.ts'
import { COMMON_NAMES, checkOwnPath } from './settings.ts'
import { Strategy } from './strategy.ts'
import type { Sessions } from '@sallyport/step-up'
import type { RequestHandler, Router } from 'express'
import type { Authenticator } from 'passport'
import type { Profile } from './profile.ts'
import type { CommonOptions } from './settings.ts'

/** A person whose login passed every check. */
export interface Person {
  /** From issuer and subject: the same that sessions and events know the person by. */
  readonly id: string
  readonly issuer: string
  /** Names and addresses are the provider's word; never use them to find a user. */
  readonly profile: Profile
}

/** A user for the application, or `false` when this person may not use it. */
export type VerifyAnswer = Express.User | false

/** The part of a Passport instance that is used: `passport` itself, or a `new Passport()`. */
export interface PassportInstance extends Pick<Authenticator, 'authenticate'> {
  use(strategy: Strategy): unknown
}

/** What `createOidc` needs. */
export interface CreateOidcOptions extends CommonOptions {
  /** The provider's issuer, exactly as it calls itself, https. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Absolute, exactly as registered; its path ends in `/callback`, below where `routes` is mounted. */
  readonly callbackUrl: string
  /** The authority over sessions; its middleware runs in front of `routes`. */
  readonly sessions: Pick<Sessions, 'current' | 'start' | 'end' | 'refuse'>
  /** By default the one that `passport` exports. */
  readonly passport?: PassportInstance | undefined
  /** The strategy's name; by default `openidconnect`. */
  readonly name?: string | undefined
  /** Scopes beyond `openid`; none by default. With any, UserInfo is asked. */
  readonly scope?: readonly string[] | undefined
  /** Turns a proved person into `req.user`, or refuses them with `false`; by default `{ id, name }`. */
  readonly verify?: ((person: Person) => VerifyAnswer | Promise<VerifyAnswer>) | undefined
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
}

/** The first door. */
export interface Oidc {
  /** `GET /login?return_to=`, `GET /callback`, `POST /logout`; to be mounted at the callback URL's folder. */
  readonly routes: Router
  /** Makes the gate for routes that need a signed-in person. */
  requireLogin(): RequestHandler
  /** Registered with Passport by its name. */
  readonly strategy: Strategy
}

const NAMES =
  'issuer clientId clientSecret callbackUrl sessions passport name scope verify prompt maxAge acrValues afterLoginUrl ' +
  'afterLogoutUrl loginUrl'
const KNOWN = [...NAMES.split(' '), ...COMMON_NAMES]

/**
 * Builds the first door: login at an OpenID Connect provider, with its routes and its gate.
 *
 * Who passes has an ID token of this issuer for this client and this very sign-in, its signature checked; each callback
 * is good once, on all instances together. What the provider says of a person (name, e-mail) is never who they are:
 * users are known by issuer and subject.
 *
 * @param options See `CreateOidcOptions`; unknown keys are refused.
 * @returns Routes, gate and strategy; the strategy is registered with Passport by then.
 * @throws OidcError `ERR_OIDC_OPTION`.
 * @see OpenID Connect Core 1.0 §3.1; OpenID Connect RP-Initiated Logout 1.0; RFC 9207; RFC 9700
 * @example
 * const oidc = createOidc({ issuer, clientId, clientSecret, callbackUrl, keyring, store, audit, sessions })
 * app.use('/auth', oidc.routes)
 * app.get('/account', oidc.requireLogin(), showAccount)
 */
export function createOidc(options: CreateOidcOptions): Oidc {
  checkOptionNames('createOidc', options, { known: KNOWN })
  const { sessions, callbackUrl, issuer, loginUrl, passport = defaultPassport, afterLogoutUrl = '/' } = options
  const strategy = createStrategy(options)
  if (typeof sessions?.start !== 'function') refuseOption('The option sessions is missing or no sessions.')
  const { origin, pathname } = new URL(callbackUrl)
  if (!pathname.endsWith('/callback')) refuseOption('The path of the option callbackUrl ends in "/callback".')
  checkOwnPath('afterLogoutUrl', afterLogoutUrl)
  if (loginUrl !== undefined) checkOwnPath('loginUrl', loginUrl)
  passport.use(strategy)
  const parts = { strategy, passport, sessions, issuer, origin, afterLogoutPath: afterLogoutUrl, loginUrl }
  return { routes: createRoutes(parts), requireLogin: () => createRequireLogin(sessions), strategy }
}

function createStrategy(options: CreateOidcOptions): Strategy {
  const { clientId, callbackUrl, afterLoginUrl, scope = [], verify = describePerson, ...rest } = options
  const { sessions: _, passport: __, afterLogoutUrl: ___, loginUrl: ____, ...shared } = rest
  const asked = { clientID: clientId, callbackURL: callbackUrl, afterLoginURL: afterLoginUrl, scope }
  const skipUserProfile = scope.length > 0 ? false : undefined
  return new Strategy({ ...shared, ...asked, skipUserProfile }, async (issuer, profile, done) => {
    const id = userId(issuer, profile.id ?? '')
    done(null, await verify({ id, issuer, profile }))
  })
}

/** The least an application needs: a stable id, and a name to show. */
function describePerson({ id, profile }: Person): VerifyAnswer {
  return { id, name: profile.displayName ?? profile.username ?? profile.id ?? id }
}
