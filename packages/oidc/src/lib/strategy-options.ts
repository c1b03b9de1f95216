import { checkOptionNames, refuseOption } from './option-names.ts'
import { COMMON_NAMES, resolveSettings } from './settings.ts'
import type { Asked, Extras } from './protocol/protocol.ts'
import type { CommonOptions, Settings } from './settings.ts'
import type { SkipUserProfile } from './verify-callback.ts'

/** The options of `Strategy`, spelt as in passport-openidconnect. */
export interface StrategyOptions extends CommonOptions {
  /** The provider's issuer, exactly as it calls itself; its endpoints are discovered. */
  readonly issuer: string
  readonly clientID: string
  readonly clientSecret: string
  /** Absolute, without query; exactly as registered at the provider. */
  readonly callbackURL: string
  /** Where people go after login when `returnTo` names no path of this application; by default `/`. */
  readonly afterLoginURL?: string | undefined
  /** By default `openidconnect`. */
  readonly name?: string | undefined
  /** Scopes beyond `openid`; none by default. */
  readonly scope?: string | readonly string[] | undefined
  readonly prompt?: string | undefined
  /** Seconds, a whole number; 0 asks for a new sign-in. */
  readonly maxAge?: number | undefined
  /** Levels of which any one will do; a list, or a text with blanks between. */
  readonly acrValues?: string | readonly string[] | undefined
  readonly loginHint?: string | undefined
  readonly display?: string | undefined
  readonly uiLocales?: string | undefined
  /** Whether the request comes first in the verify callback: see `StrategyOptionsWithRequest`. */
  readonly passReqToCallback?: false | undefined
  /** By default UserInfo is asked only for a verify callback with 9 parameters (10 with the request). */
  readonly skipUserProfile?: SkipUserProfile | undefined
}

/** The options of a `Strategy` whose verify callback gets the request first. */
export interface StrategyOptionsWithRequest extends Omit<StrategyOptions, 'passReqToCallback'> {
  readonly passReqToCallback: true
}

/** What `passport.authenticate('openidconnect', { … })` may say for one request. */
export interface AuthenticateOptions {
  readonly scope?: string | readonly string[] | undefined
  readonly prompt?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: string | readonly string[] | undefined
  readonly loginHint?: string | undefined
  readonly display?: string | undefined
  readonly uiLocales?: string | undefined
  /** Where to go after login: a path of this application; anything else is ignored. */
  readonly returnTo?: unknown
  /** Which half this route is; by default told by the parameters that a callback has. */
  readonly step?: 'login' | 'callback' | undefined
}

const NAMES =
  'issuer clientID clientSecret callbackURL afterLoginURL name scope prompt maxAge acrValues loginHint display uiLocales ' +
  'passReqToCallback skipUserProfile'
const KNOWN = [...NAMES.split(' '), ...COMMON_NAMES]
const DISCOVERED = 'it is discovered from the issuer; leave it out'
const GONE = {
  authorizationURL: DISCOVERED,
  tokenURL: DISCOVERED,
  userInfoURL: DISCOVERED,
  nonce: 'a nonce is always sent and checked; leave it out',
  pkce: 'PKCE is always used; leave it out',
  sessionKey: 'nothing is kept in the session before login; leave it out',
  proxy: 'the callback URL is absolute and never read from the request; leave it out',
  responseMode: 'callbacks are GET; form_post loses the SameSite cookie of the sign-in',
}
const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create']
const MAX_ACR_VALUES = 512
const MAX_HINT = 256

/** Judges the options of `Strategy`. Throws `ERR_OIDC_OPTION`. */
export function resolveStrategyOptions(
  options: StrategyOptions | StrategyOptionsWithRequest,
): Settings & { readonly ask: Asked & Extras } {
  checkOptionNames('Strategy', options, { known: KNOWN, gone: GONE })
  const { issuer, clientID: clientId, clientSecret, callbackURL: callbackUrl } = options
  const client = { issuer, clientId, clientSecret, callbackUrl, afterLoginPath: options.afterLoginURL ?? '/' }
  return { ...resolveSettings(client, options), ask: resolveAsk(options, { scope: [] }) }
}

/**
 * Judges what is asked of the provider and fills in what was configured.
 *
 * @throws OidcError `ERR_OIDC_OPTION`: before the browser is sent anywhere.
 */
export function resolveAsk(options: AuthenticateOptions, configured: Asked & Extras): Asked & Extras {
  const ask = {
    scope: options.scope === undefined ? configured.scope : words('scope', options.scope),
    prompt: options.prompt ?? configured.prompt,
    maxAge: options.maxAge ?? configured.maxAge,
    acrValues: options.acrValues === undefined ? configured.acrValues : words('acrValues', options.acrValues),
    loginHint: options.loginHint ?? configured.loginHint,
    display: options.display ?? configured.display,
    uiLocales: options.uiLocales ?? configured.uiLocales,
  }
  if (ask.prompt !== undefined && !ask.prompt.split(' ').every((one) => PROMPTS.includes(one))) {
    refuseOption(`The option prompt is one of ${PROMPTS.join(', ')}.`)
  }
  if (ask.maxAge !== undefined && !(Number.isSafeInteger(ask.maxAge) && ask.maxAge >= 0)) {
    refuseOption('The option maxAge is a whole number of seconds, 0 or more.')
  }
  // They ride in the sign-in's cookie.
  if ((ask.acrValues ?? []).join(' ').length > MAX_ACR_VALUES) {
    refuseOption('The option acrValues is at most 512 characters long.')
  }
  if ((ask.loginHint?.length ?? 0) > MAX_HINT) refuseOption('The option loginHint is at most 256 characters long.')
  return ask
}

function words(name: string, value: string | readonly string[]): readonly string[] {
  const list = typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : value
  if (
    !Array.isArray(list) ||
    !list.every((one) => typeof one === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(one))
  ) {
    refuseOption(`The option ${name} is a list of words of ASCII characters.`)
  }
  return [...list]
}
