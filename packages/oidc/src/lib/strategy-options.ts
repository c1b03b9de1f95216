import { resolveAuthorizationParams } from './authorization-params.ts'
import { checkOptionNames, refuseOption } from './option-names.ts'
import { checkCallbackUrl } from './protocol/addresses.ts'
import { COMMON_NAMES, checkOwnPath, demandText, resolveSettings } from './settings.ts'
import type { AuthorizationParams } from './authorization-params.ts'
import type { Asked, Extras } from './protocol/protocol.ts'
import type { CommonOptions, Settings } from './settings.ts'
import type { SkipUserProfile } from './verify-callback.ts'

/** The options of `Strategy`, spelt as in passport-openidconnect. */
export interface StrategyOptions extends CommonOptions {
  /** The provider's issuer, exactly as it calls itself; its endpoints are discovered. */
  readonly issuer: string
  readonly clientID: string
  /** Absolute, without query; exactly as registered at the provider. */
  readonly callbackURL: string
  /** Where people go after login when `returnTo` names no path of this application; by default `/`. */
  readonly afterLoginURL?: string | undefined
  /** By default `openidconnect`; at most 64 characters. It stands in the evidence of the sign-ins, and in their events. */
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
  /** Beside those of the strategy; of the same name, this one counts. Nothing that a browser sent may stand here unjudged. */
  readonly authorizationParams?: AuthorizationParams | undefined
  /** Where to go after login: a path of this application; anything else is ignored. */
  readonly returnTo?: unknown
  /** Comes back as `req.authInfo.state`: what JSON can say, in at most 512 characters. It never leaves for the provider. */
  readonly state?: unknown
  /** Which half this route is; by default told by the parameters that a callback has. */
  readonly step?: 'login' | 'callback' | undefined
}

const NAMES =
  'issuer clientID callbackURL afterLoginURL name scope prompt maxAge acrValues loginHint display uiLocales ' +
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
  agent: 'requests to the provider are bounded and follow no redirect, so they are sent here; leave it out',
  customHeaders: 'requests to the provider carry what the protocol asks for and nothing else; leave it out',
  claims: 'levels are asked for by acrValues (and levelClaim), what is known of people by scope',
  idTokenHint: 'no ID tokens are kept; loginHint says who is expected',
}
/** What `passport.authenticate` cannot change for one request: it would be of no effect. */
const FIXED: Readonly<Record<string, string>> = {
  ...GONE,
  callbackURL: 'the callback URL is the one of the strategy: make one strategy for each callback URL',
}
const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create']
/** The most characters of all levels that are asked for, with blanks between: they ride in the sign-in's cookie. */
export const MAX_ACR_VALUES: number = 512
/** The most characters of a hint at who is expected. */
export const MAX_HINT: number = 256
const MAX_STATE = 512

/** Judges the options of `Strategy` for a provider that the application knows by this name. Throws `ERR_OIDC_OPTION`. */
export function resolveStrategyOptions(
  options: StrategyOptions | StrategyOptionsWithRequest,
  provider: string,
): Settings & { readonly ask: Asked & Extras } {
  checkOptionNames('Strategy', options, { known: KNOWN, gone: GONE })
  checkStore(options.store)
  const { issuer, clientID: clientId, callbackURL: callbackUrl } = options
  const { afterLoginURL: afterLoginPath = '/' } = options
  demandText('clientID', clientId)
  checkCallbackUrl('callbackURL', callbackUrl)
  checkOwnPath('afterLoginURL', afterLoginPath)
  const client = { issuer, provider, clientId, callbackUrl, afterLoginPath }
  return { ...resolveSettings(client, options), ask: resolveAsk(options, { scope: [] }) }
}

/** In passport-openidconnect, `store` keeps the state of a sign-in; here it is the store of everything. */
function checkStore(store: unknown): void {
  if (typeof store === 'object' && store !== null && 'commit' in store) return
  refuseOption('The option store is a store of @sallyport/store; what keeps the state of a sign-in is built in.')
}

/**
 * Judges what a route gives to `passport.authenticate`. Names that are neither ours nor gone are Passport's business.
 *
 * @throws OidcError `ERR_OIDC_OPTION`: before the browser is sent anywhere.
 */
export function checkRouteOptions(options: object): void {
  for (const [name, why] of Object.entries(FIXED)) {
    if (Reflect.get(options, name) !== undefined)
      refuseOption(`passport.authenticate takes no option "${name}": ${why}.`)
  }
}

/** Writes the state of the application as JSON; nothing for what passport-openidconnect would forget too. */
export function formatAppState(state: unknown): string | undefined {
  if (!state) return undefined
  // Without a type of its own, JSON says nothing: a function, a symbol.
  const text: string | undefined = JSON.stringify(state)
  if (text === undefined || text.length > MAX_STATE) {
    refuseOption('The option state is what JSON can say, in at most 512 characters.')
  }
  return text
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
    authorizationParams: resolveAuthorizationParams(options.authorizationParams, configured.authorizationParams),
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
  for (const name of ['loginHint', 'display', 'uiLocales'] as const) {
    const value: unknown = ask[name]
    if (value !== undefined && typeof value !== 'string') refuseOption(`The option ${name} is text.`)
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
