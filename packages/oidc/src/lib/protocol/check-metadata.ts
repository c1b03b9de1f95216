import { OidcError } from '../errors.ts'
import { isText as isTextUpTo } from '../text.ts'
import { readJson } from './read-answer.ts'
import { isObject } from './strict-json.ts'
import type { ServerMetadata } from 'openid-client'

const ADDRESSES = [
  'authorization_endpoint',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'end_session_endpoint',
  'pushed_authorization_request_endpoint',
] as const
const LISTS = [
  'acr_values_supported',
  'claims_supported',
  'code_challenge_methods_supported',
  'display_values_supported',
  'dpop_signing_alg_values_supported',
  'grant_types_supported',
  'id_token_signing_alg_values_supported',
  'prompt_values_supported',
  'request_object_signing_alg_values_supported',
  'response_modes_supported',
  'response_types_supported',
  'scopes_supported',
  'subject_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'ui_locales_supported',
  'userinfo_signing_alg_values_supported',
] as const
const SWITCHES = [
  'authorization_response_iss_parameter_supported',
  'claims_parameter_supported',
  'request_parameter_supported',
  'request_uri_parameter_supported',
  'require_pushed_authorization_requests',
  'require_request_uri_registration',
  'require_signed_request_object',
  'tls_client_certificate_bound_access_tokens',
] as const
const ALIASES = 'mtls_endpoint_aliases'
const MAX_LIST = 1_000
const MAX_TEXT = 2_048

/**
 * Judges a provider's configuration: status 200, JSON that says everything once, the issuer that was asked for in the very
 * same characters, and every member that we know of its type.
 *
 * @param answer Of the issuer's `.well-known/openid-configuration`, its size bounded.
 * @param issuer The configured one.
 * @returns The members that we know, and no others.
 * @throws OidcError `ERR_OIDC_METADATA`: nothing of the answer is used then.
 * @see OpenID Connect Discovery 1.0 §3, §4.3; RFC 8414 §2
 */
export async function readMetadata(answer: Response, issuer: string): Promise<ServerMetadata> {
  const body = await readJson(answer)
  if (body === undefined || body['issuer'] !== issuer) throw new OidcError('ERR_OIDC_METADATA')
  return {
    issuer,
    ...pick(body, ADDRESSES, isText),
    ...pick(body, LISTS, isList),
    ...pick(body, SWITCHES, isSwitch),
    ...pickAliases(body[ALIASES]),
  }
}

function pick<Name extends string, Value>(
  body: Readonly<Record<string, unknown>>,
  names: readonly Name[],
  isRight: (value: unknown) => value is Value,
): { [name in Name]?: Value } {
  const found: { [name in Name]?: Value } = {}
  for (const name of names) {
    const value = body[name]
    if (value === undefined) continue
    if (!isRight(value)) throw new OidcError('ERR_OIDC_METADATA')
    found[name] = value
  }
  return found
}

function pickAliases(aliases: unknown): Pick<ServerMetadata, typeof ALIASES> {
  if (aliases === undefined) return {}
  if (!isObject(aliases)) throw new OidcError('ERR_OIDC_METADATA')
  return { [ALIASES]: pick(aliases, ADDRESSES, isText) }
}

function isText(value: unknown): value is string {
  return isTextUpTo(value, MAX_TEXT)
}

function isList(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_LIST && value.every(isText)
}

function isSwitch(value: unknown): value is boolean {
  return typeof value === 'boolean'
}
