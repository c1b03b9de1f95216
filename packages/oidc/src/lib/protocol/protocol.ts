import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  fetchUserInfo,
} from 'openid-client'
import { OidcError } from '../errors.ts'
import { checkClaims } from './check-claims.ts'
import { checkResponse } from './check-response.ts'
import { createDiscovery } from './discovery.ts'
import { translateError } from './translate-error.ts'
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client'
import type { CheckedToken, Expectation } from './check-claims.ts'
import type { ProviderSettings } from './discovery.ts'

/** What a sign-in asks of the provider. */
export interface Asked {
  readonly prompt?: string | undefined
  /** Seconds: how old the provider's own sign-in may be. 0 asks for a new one. */
  readonly maxAge?: number | undefined
  /** Any one of them will do. */
  readonly acrValues?: readonly string[] | undefined
}

/** The secrets of one sign-in, each fresh and unguessable. */
export interface Secrets {
  readonly state: string
  readonly nonce: string
  /** RFC 7636 §4.1: 43 characters. */
  readonly verifier: string
}

/** Further parameters of the authorization request, as the application configured them. */
export interface Extras {
  readonly scope: readonly string[]
  readonly loginHint?: string | undefined
  readonly display?: string | undefined
  readonly uiLocales?: string | undefined
}

/** A sign-in that passed every check. */
export interface Completed {
  readonly claims: CheckedToken['claims']
  /** Of the ID token. */
  readonly header: CheckedToken['header']
  readonly idToken: string
  readonly accessToken: string
  readonly refreshToken: string | undefined
  /** The token endpoint's whole answer. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly userinfo: Readonly<Record<string, unknown>> | undefined
}

/** OpenID Connect's authorization code flow with one provider; knows neither Express nor Passport. */
export interface Protocol {
  /** Makes the address to send the browser to. */
  authorizationUrl(secrets: Secrets, asked: Asked, extras: Extras): Promise<string>
  /**
   * Redeems the callback and checks all that came of it. `query` is the callback's; `userinfo` is asked once the ID
   * token has passed. Rejects with an `OidcError`.
   */
  complete(
    started: Secrets & Asked & { readonly startedAt: number },
    query: URLSearchParams,
    userinfo: (claims: CheckedToken['claims']) => Promise<boolean>,
  ): Promise<Completed>
  /** The address for signing out at the provider, or `undefined` when it has none. */
  endSessionUrl(afterLogoutUrl: string): Promise<string | undefined>
}

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers

/** Prepares the protocol; nothing is sent until the first sign-in. */
export function createProtocol(settings: ProviderSettings & { readonly callbackUrl: string }): Protocol {
  const discover = createDiscovery(settings)
  return {
    async authorizationUrl(secrets, asked, extras) {
      const configuration = await discover()
      const challenge = await calculatePKCECodeChallenge(secrets.verifier)
      const parameters = requestParameters({ ...asked, ...extras }, { ...secrets, challenge })
      return buildAuthorizationUrl(configuration, { ...parameters, redirect_uri: settings.callbackUrl }).href
    },
    async complete(started, query, userinfo) {
      const configuration = await discover()
      const announced = configuration.serverMetadata().authorization_response_iss_parameter_supported === true
      checkResponse(query, { expected: settings.issuer, announced })
      const url = new URL(settings.callbackUrl)
      url.search = query.toString()
      const expected = { ...started, ...settings, now: settings.clock.now() }
      const tokens = await redeem(configuration, url, expected)
      const token = readTokens(tokens)
      checkClaims(token, expected)
      const wanted = configuration.serverMetadata().userinfo_endpoint !== undefined && (await userinfo(token.claims))
      return describe(tokens, token, wanted ? await askUserInfo(configuration, token) : undefined)
    },
    async endSessionUrl(afterLogoutUrl) {
      const configuration = await discover()
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: afterLogoutUrl }).href
    },
  }
}

function requestParameters(
  request: Asked & Extras,
  secrets: Secrets & { readonly challenge: string },
): Record<string, string> {
  const { prompt, maxAge, acrValues, scope, loginHint, display, uiLocales } = request
  return {
    scope: ['openid', ...scope.filter((name) => name !== 'openid')].join(' '),
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: secrets.challenge,
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acrValues === undefined || acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...(display === undefined ? {} : { display }),
    ...(uiLocales === undefined ? {} : { ui_locales: uiLocales }),
  }
}

async function redeem(configuration: Configuration, url: URL, started: Secrets & Expectation): Promise<Tokens> {
  const { state, nonce, verifier, maxAge, now, startedAt } = started
  // The library compares with now; what was asked counts from when it was asked.
  const age = maxAge === undefined ? {} : { maxAge: maxAge + Math.max(0, Math.ceil((now - startedAt) / 1000)) }
  const checks = {
    expectedState: state,
    expectedNonce: nonce,
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
    ...age,
  }
  try {
    return await authorizationCodeGrant(configuration, url, checks)
  } catch (error) {
    throw translateError(error, 'token')
  }
}

function readTokens(tokens: Tokens): CheckedToken {
  const claims = tokens.claims()
  const [head = ''] = tokens.id_token?.split('.', 1) ?? []
  const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'))
  if (!claims || typeof header !== 'object' || header === null) throw new OidcError('ERR_OIDC_TOKEN')
  const alg = 'alg' in header && typeof header.alg === 'string' ? header.alg : ''
  const kid = 'kid' in header && typeof header.kid === 'string' ? { kid: header.kid } : {}
  return { header: { alg, ...kid }, claims, accessToken: tokens.access_token }
}

async function askUserInfo(configuration: Configuration, token: CheckedToken): Promise<Record<string, unknown>> {
  try {
    return { ...(await fetchUserInfo(configuration, token.accessToken, token.claims.sub)) }
  } catch (error) {
    throw translateError(error, 'userinfo')
  }
}

function describe(tokens: Tokens, token: CheckedToken, userinfo: Completed['userinfo']): Completed {
  return {
    claims: token.claims,
    header: token.header,
    idToken: tokens.id_token ?? '',
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
    parameters: { ...tokens },
    userinfo,
  }
}
