import defaultPassport from 'passport'
import { buildDoor } from './door.ts'
import { factorOf } from './step-up/factor.ts'
import { createLinking } from './linking/linking.ts'
import { claimPlace } from './mix-up.ts'
import { checkOptionNames } from './option-names.ts'
import { ownPathsOf } from './own-paths.ts'
import { createRequireLogin } from './require-login.ts'
import { createRoutes } from './routes.ts'
import { COMMON_NAMES, checkSwitch } from './settings.ts'
import { findSecondDoor } from './second-door.ts'
import { createStepUpSeals } from './step-up/step-up-proof.ts'
import type { Factor } from '@sallyport/step-up/factor'
import type { RequestHandler, Router } from 'express'
import type { FactorOptions } from './step-up/factor.ts'
import type { Linking } from './linking/linking.ts'
import type { DoorOptions, PassportInstance } from './door.ts'
import type { SecondDoorOption } from './second-door.ts'
import type { Strategy } from './strategy.ts'

/** What `createOidc` needs. */
export interface CreateOidcOptions extends DoorOptions {
  /** What `createStepUp` gave, or a function that gives it; its `session` middleware runs in front of `routes`. */
  readonly stepUp: SecondDoorOption
  /** By default the one that `passport` exports. */
  readonly passport?: PassportInstance | undefined
  /**
   * Lets people link further identities to their user, each by a fresh proof at the second door: `true` for any strong
   * one of the last five minutes, or what `requireStepUp` takes. Off by default.
   */
  readonly linking?: Linking | undefined
  /** Lets other sites begin a sign-in (`GET /initiate`, OpenID Connect Core §4); off by default. */
  readonly thirdPartyLogin?: boolean | undefined
}

/** The first door. */
export interface Oidc {
  /**
   * `GET /login?return_to=`, `GET /callback`, `POST /logout`, and with `linking` `GET /links`, `POST /link` and
   * `POST /links/:id/unlink`; to be mounted at the callback URL's folder.
   */
  readonly routes: Router
  /** Makes the gate for routes that need a signed-in person. */
  requireLogin(): RequestHandler
  /**
   * Makes the factor by which people prove themselves at this provider: for `createStepUp`. The provider is asked for a sign-in
   * that is fresh enough and for these levels; whether it counts as strong is said by `assurance`, from what comes back.
   *
   * @throws OidcError `ERR_OIDC_OPTION`.
   */
  factor(options?: FactorOptions): Factor
  /** Registered with Passport by its name. */
  readonly strategy: Strategy
}

const NAMES =
  'issuer clientId callbackUrl stepUp passport name scope verify prompt maxAge acrValues afterLoginUrl ' +
  'afterLogoutUrl loginUrl linking thirdPartyLogin logoutHint'
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
 * const oidc = createOidc({ issuer, clientId, clientSecret, callbackUrl, keyring, store, audit, stepUp })
 * app.use('/auth', oidc.routes)
 * app.get('/account', oidc.requireLogin(), showAccount)
 */
export function createOidc(options: CreateOidcOptions): Oidc {
  checkOptionNames('createOidc', options, { known: KNOWN })
  const { stepUp, passport = defaultPassport, linking, thirdPartyLogin = false, ...own } = options
  const secondDoor = findSecondDoor(stepUp)
  const { keyring, store, audit, clock = store } = own
  const seals = createStepUpSeals({ keyring, clock: store })
  const parts = buildDoor(own, { passport, secondDoor, seals })
  const { mount } = parts
  const paths = { linksPath: `${mount}/links`, homePath: own.afterLoginUrl ?? '/', ownPaths: ownPathsOf(mount) }
  const place = { keyring, store, audit, clock, stepUp, ...paths }
  const links = createLinking(linking, place)
  checkSwitch('thirdPartyLogin', thirdPartyLogin)
  claimPlace(passport, { name: parts.strategy.name, callbackUrl: own.callbackUrl })
  passport.use(parts.strategy)
  return {
    routes: createRoutes({ ...parts, linking: links }, thirdPartyLogin),
    requireLogin: () => createRequireLogin(secondDoor),
    factor: (asked = {}) => factorOf(parts, asked),
    strategy: parts.strategy,
  }
}
