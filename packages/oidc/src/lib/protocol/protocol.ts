import { buildEndSessionUrl, calculatePKCECodeChallenge } from 'openid-client'
import { requestParameters, sendRequest } from './authorization-request.ts'
import { checkResponse } from './check-response.ts'
import { createDiscovery } from './discovery.ts'
import { createKeys } from './keys.ts'
import { askUserInfo, openGrant, redeem } from './redeem.ts'
import type { CheckedToken } from './check-claims.ts'
import type { ProviderSettings } from './provider-settings.ts'

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
  /** By their names on the wire; none of them is one of ours. */
  readonly authorizationParams?: Readonly<Record<string, string>> | undefined
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
  /** Names the provider's configuration that it was judged by. */
  readonly digest: string
}

/** A sign-in that can begin. */
export interface Begun {
  /** Where to send the browser. */
  readonly url: string
  /** Names the provider's configuration. */
  readonly digest: string
  /** The request went to the provider directly (RFC 9126). */
  readonly pushed: boolean
  /** The request is signed (RFC 9101). */
  readonly signed: boolean
}

/** What is asked on the way through a callback. */
interface CompletingSteps {
  /** Once the response has passed, before its code is sent: sees to it that this happens once. */
  beforeCode(): Promise<void>
  /** Once the ID token has passed: whether UserInfo is wanted. */
  userinfo(claims: CheckedToken['claims']): Promise<boolean>
}

/** OpenID Connect's authorization code flow with one provider; knows neither Express nor Passport. */
export interface Protocol {
  /** Makes the address to send the browser to. Rejects with an `OidcError`. */
  authorizationUrl(secrets: Secrets, asked: Asked, extras: Extras): Promise<Begun>
  /**
   * Redeems the callback and checks all that came of it. `query` is the callback's. Rejects with an `OidcError`, or with
   * what one of the steps rejects with.
   */
  complete(
    started: Secrets & Asked & { readonly startedAt: number },
    query: URLSearchParams,
    steps: CompletingSteps,
  ): Promise<Completed>
  /**
   * The address for signing out at the provider, or `undefined` when it has none.
   *
   * @param idToken Of the sign-in that ends, as a hint, when it was kept.
   */
  endSessionUrl(afterLogoutUrl: string, idToken?: string): Promise<string | undefined>
}

/** Prepares the protocol; nothing is sent until the first sign-in. */
export function createProtocol(settings: ProviderSettings & { readonly callbackUrl: string }): Protocol {
  const discover = createDiscovery(settings)
  const keys = createKeys(settings)
  return {
    async authorizationUrl(secrets, asked, extras) {
      const { configuration, digest } = await discover()
      const challenge = await calculatePKCECodeChallenge(secrets.verifier)
      const sent = { ...secrets, challenge, redirectUri: settings.callbackUrl }
      const parameters = requestParameters({ ...asked, ...extras }, sent, settings.levelClaim)
      return { ...(await sendRequest(configuration, settings, parameters)), digest }
    },
    async complete(started, query, steps) {
      const { configuration, fresh, binding, digest } = await discover()
      const metadata = configuration.serverMetadata()
      const announced = metadata.authorization_response_iss_parameter_supported === true
      checkResponse(query, { expected: settings.issuer, announced })
      await steps.beforeCode()
      const url = new URL(settings.callbackUrl)
      url.search = query.toString()
      const expected = { ...started, ...settings }
      const grant = openGrant(fresh(), { keys, expected, binding })
      const redeemed = await redeem(grant, url, expected)
      const wanted = metadata.userinfo_endpoint !== undefined && (await steps.userinfo(redeemed.claims))
      return { ...redeemed, userinfo: wanted ? await askUserInfo(grant, redeemed) : undefined, digest }
    },
    async endSessionUrl(afterLogoutUrl, idToken) {
      const { configuration } = await discover()
      if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined
      const hint = idToken === undefined ? {} : { id_token_hint: idToken }
      return buildEndSessionUrl(configuration, { post_logout_redirect_uri: afterLogoutUrl, ...hint }).href
    },
  }
}
