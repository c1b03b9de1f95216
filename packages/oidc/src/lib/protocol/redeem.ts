// Who judges what of an answer, in this order:
//
// 1. `checkResponse`: the callback's query: each parameter once, `iss`, an error, the form of the code.
// 2. `guardedFetch`: where requests go, for how long, how much of an answer is read; `judgingFetch` hands each on to
//    - `judgeTokenAnswer`: the token endpoint's JSON and its types, `token_type`, the form of the ID token
//      (`readSignedToken`: algorithm, header; `checkShape`: the types of its claims);
//    - `createKeys` with `readKeys`: the provider's keys, which of them count, and when they are fetched;
//    - `judgeUserInfo`: its JSON, or its signed form.
// 3. openid-client: state, client authentication, PKCE, DPoP, the signature, issuer, audience, nonce and times, and
//    UserInfo's subject. What it throws becomes one of our codes in `translateError`.
// 4. `checkClaims`: every claim of the ID token once more, and what the library leaves to its caller: `azp`, `acr`, `acrs`,
//    `auth_time`, `at_hash`, `iat` and the subject's form.
//
// What a passed answer is worth is said by `proveLogin` (../login-proof.ts).
import { authorizationCodeGrant, customFetch, fetchUserInfo } from 'openid-client'
import { OidcError } from '../errors.ts'
import { checkClaims, checkShape } from './check-claims.ts'
import { judgingFetch } from './judging-fetch.ts'
import { readSignedToken } from './signed-token.ts'
import { translateError } from './translate-error.ts'
import type { Configuration, DPoPOptions, TokenEndpointResponse } from 'openid-client'
import type { Expected } from './check-answers.ts'
import type { CheckedToken, Expectation } from './check-claims.ts'
import type { Clock } from '../system.ts'
import type { FetchLike } from './guarded-fetch.ts'
import type { Keys } from './keys.ts'

/** What one code is redeemed with. */
interface Grant {
  readonly configuration: Configuration
  /** Binds the access token to a key of ours (RFC 9449); empty for none. */
  readonly binding: DPoPOptions
}

/** What an answer has to agree with, and the secrets that prove it ours. */
interface Redeeming extends Omit<Expectation, 'now'> {
  readonly clock: Clock
  readonly state: string
  readonly verifier: string
}

/** What came of a code, every check passed. */
interface Redeemed extends CheckedToken {
  readonly idToken: string
  readonly refreshToken: string | undefined
  /** The token endpoint's whole answer. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/**
 * Prepares one grant: from here on every answer is judged before the library sees it.
 *
 * @param configuration For this grant alone: the library keeps keys for as long as the configuration they were first
 * asked for with, and ours are kept elsewhere.
 */
export function openGrant(
  configuration: Configuration,
  parts: { readonly keys: Keys; readonly expected: Expected; readonly binding: DPoPOptions },
): Grant {
  const { keys, expected, binding } = parts
  const bounded = configuration[customFetch]
  const { jwks_uri: keysUri } = configuration.serverMetadata()
  if (bounded === undefined || keysUri === undefined) throw new OidcError('ERR_OIDC_METADATA')
  const fetch: FetchLike = (address, options) =>
    bounded(address, { ...options, body: options.body, redirect: 'manual' })
  configuration[customFetch] = judgingFetch({ ...expected, keys, keysUri, fetch })
  return { configuration, binding }
}

/**
 * Sends a code to the token endpoint and checks all that comes back.
 *
 * @param grant Fresh.
 * @param url The callback's address, as the browser called it.
 * @throws OidcError of the first check that fails.
 */
export async function redeem(grant: Grant, url: URL, redeeming: Redeeming): Promise<Redeemed> {
  const tokens = await askForTokens(grant, url, redeeming)
  const { id_token: idToken = '', access_token: accessToken, refresh_token: refreshToken } = tokens
  const { header, claims } = readSignedToken(idToken, redeeming.algorithms)
  checkShape(claims)
  // Read now: however long the answer took is no part of how far two clocks are apart.
  checkClaims({ header, claims, accessToken }, { ...redeeming, now: redeeming.clock.now() })
  return { header, claims, accessToken, idToken, refreshToken, parameters: { ...tokens } }
}

async function askForTokens(
  { configuration, binding }: Grant,
  url: URL,
  redeeming: Redeeming,
): Promise<TokenEndpointResponse> {
  const { state, nonce, verifier } = redeeming
  const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier, idTokenExpected: true }
  try {
    return await authorizationCodeGrant(configuration, url, checks, undefined, binding)
  } catch (error) {
    throw translateError(error, 'token')
  }
}

/**
 * Asks UserInfo about the person that the ID token names.
 *
 * @param grant That of the token.
 * @throws OidcError `ERR_OIDC_USERINFO`, `ERR_OIDC_USERINFO_SUBJECT` when it is about another person.
 * @see OpenID Connect Core 1.0 §5.3
 */
export async function askUserInfo(
  { configuration, binding }: Grant,
  { accessToken, claims }: CheckedToken,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return { ...(await fetchUserInfo(configuration, accessToken, claims.sub, binding)) }
  } catch (error) {
    throw translateError(error, 'userinfo')
  }
}
