import { buildAuthorizationUrl, buildAuthorizationUrlWithJAR, buildAuthorizationUrlWithPAR } from 'openid-client'
import { OidcError } from '../errors.ts'
import { refuseNotOffered } from './not-offered.ts'
import { signerFor } from './signer.ts'
import { translateError } from './translate-error.ts'
import type { Configuration, ServerMetadata } from 'openid-client'
import type { Asked, Begun, Extras, Secrets } from './protocol.ts'
import type { LevelClaim, ProviderSettings } from './provider-settings.ts'
import type { Signer } from './signer.ts'

/** What decides how requests are sent. */
export type RequestSettings = Pick<ProviderSettings, 'pushedRequests' | 'requestKey'>

// What a provider refers to a request by; RFC 9126 §2.2 has some 60 characters.
const MAX_REQUEST_URI = 2_048

/**
 * The parameters of an authorization request, in whichever form they are sent.
 *
 * @param request What is asked for.
 * @param sent The secrets of the sign-in, the challenge in place of the verifier, and where the answer is to go.
 * @param levelClaim Where the level is looked for. `acr` is asked for by `acr_values` and `acrs` by `claims`, never both.
 * @see OpenID Connect Core 1.0 §3.1.2.1, §5.5
 */
export function requestParameters(
  request: Asked & Extras,
  sent: Omit<Secrets, 'verifier'> & { readonly challenge: string; readonly redirectUri: string },
  levelClaim: LevelClaim,
): Readonly<Record<string, string>> {
  const { prompt, maxAge, acrValues = [], scope, loginHint, display, uiLocales } = request
  return {
    // First, so that of two with one name ours would count.
    ...request.authorizationParams,
    response_type: 'code',
    redirect_uri: sent.redirectUri,
    scope: ['openid', ...scope.filter((name) => name !== 'openid')].join(' '),
    state: sent.state,
    nonce: sent.nonce,
    code_challenge: sent.challenge,
    code_challenge_method: 'S256',
    ...(prompt === undefined ? {} : { prompt }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
    ...(acrValues.length === 0 ? {} : levelParameter(acrValues, levelClaim)),
    ...(loginHint === undefined ? {} : { login_hint: loginHint }),
    ...(display === undefined ? {} : { display }),
    ...(uiLocales === undefined ? {} : { ui_locales: uiLocales }),
  }
}

function levelParameter(values: readonly string[], levelClaim: LevelClaim): Readonly<Record<string, string>> {
  if (levelClaim === 'acr') return { acr_values: values.join(' ') }
  const [first, ...others] = values
  const acrs = { essential: true, ...(others.length === 0 ? { value: first } : { values }) }
  return { claims: JSON.stringify({ id_token: { acrs } }) }
}

/**
 * Puts an authorization request into the form that the provider takes or demands: signed (JAR, RFC 9101), pushed (PAR,
 * RFC 9126), both, or in the address itself. No form gives way to a weaker one because it failed.
 *
 * @returns The address to send the browser to. Rejects with an `OidcError`: `ERR_OIDC_NOT_OFFERED`, or what the provider
 * says of a pushed request.
 */
export async function sendRequest(
  configuration: Configuration,
  settings: RequestSettings,
  parameters: Readonly<Record<string, string>>,
): Promise<Omit<Begun, 'digest'>> {
  const metadata = configuration.serverMetadata()
  const pushed = isPushed(metadata, settings)
  const signer = findSigner(metadata, settings)
  const plain = buildAuthorizationUrl(configuration, { ...parameters })
  // An endpoint with parameters of its own that are ours would have two meanings.
  const names = [...plain.searchParams.keys()]
  if (new Set(names).size < names.length) throw new OidcError('ERR_OIDC_METADATA')
  const signed = signer === undefined ? undefined : await sign(configuration, signer, parameters)
  const url = pushed ? await push(configuration, signed ?? parameters) : address(configuration, signed, plain)
  return { url: url.href, pushed, signed: signed !== undefined }
}

function address(configuration: Configuration, signed: { readonly request: string } | undefined, plain: URL): URL {
  return signed === undefined ? plain : buildAuthorizationUrl(configuration, signed)
}

function isPushed(metadata: ServerMetadata, { pushedRequests }: RequestSettings): boolean {
  const isOffered = metadata.pushed_authorization_request_endpoint !== undefined
  const isDemanded = metadata.require_pushed_authorization_requests === true
  if (isDemanded && pushedRequests === 'never') {
    return refuseNotOffered('The provider takes pushed requests only: leave out the option pushedRequests.')
  }
  if (!isOffered && (isDemanded || pushedRequests === 'required')) {
    return refuseNotOffered(
      'The provider names no pushed_authorization_request_endpoint: set pushedRequests to "never".',
    )
  }
  return isOffered && pushedRequests !== 'never'
}

function findSigner(metadata: ServerMetadata, { requestKey }: RequestSettings): Signer | undefined {
  const algorithms = metadata.request_object_signing_alg_values_supported
  const isDemanded = metadata.require_signed_request_object === true
  const isOffered = metadata.request_parameter_supported === true && algorithms !== undefined
  if (!isDemanded && !isOffered) return undefined
  const signer = requestKey === undefined ? undefined : signerFor(requestKey, algorithms)
  if (signer === undefined && isDemanded) {
    return refuseNotOffered('The provider takes signed requests only: configure a requestKey that it knows.')
  }
  return signer
}

async function sign(
  configuration: Configuration,
  { key, options }: Signer,
  parameters: Readonly<Record<string, string>>,
): Promise<{ readonly request: string }> {
  const url = await buildAuthorizationUrlWithJAR(configuration, { ...parameters }, key, options)
  return { request: url.searchParams.get('request') ?? '' }
}

/** The browser then carries `client_id` and `request_uri`, and nothing of what was asked. */
async function push(configuration: Configuration, parameters: Readonly<Record<string, string>>): Promise<URL> {
  // Without a DPoP proof: it would tie the code to this process, and any instance may answer the callback.
  const url = await buildAuthorizationUrlWithPAR(configuration, { ...parameters }).catch((error: unknown) => {
    throw translateError(error, 'push')
  })
  if ((url.searchParams.get('request_uri') ?? '').length > MAX_REQUEST_URI) {
    throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
  }
  return url
}
