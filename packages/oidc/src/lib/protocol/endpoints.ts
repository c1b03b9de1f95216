import type { ServerMetadata } from 'openid-client'
import type { ClientProof } from './provider-settings.ts'

const REQUIRED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const OPTIONAL = ['userinfo_endpoint', 'end_session_endpoint', 'pushed_authorization_request_endpoint'] as const
/** Where the client proves itself, or shows what it got for its proof. */
const PROVEN = ['token_endpoint', 'userinfo_endpoint', 'pushed_authorization_request_endpoint'] as const
/** What else decides how the provider is spoken to. */
const TERMS = [
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'require_pushed_authorization_requests',
  'request_parameter_supported',
  'request_object_signing_alg_values_supported',
  'require_signed_request_object',
  'dpop_signing_alg_values_supported',
  'userinfo_signing_alg_values_supported',
  'authorization_response_iss_parameter_supported',
] as const

/**
 * Every address that is used of a provider's configuration, as the provider wrote it. One that has to be there and is
 * not is among them as `undefined`.
 */
export function addressesOf(metadata: ServerMetadata, proof: ClientProof): readonly unknown[] {
  const optional = OPTIONAL.map((name) => metadata[name]).filter((address) => address !== undefined)
  const aliases = proof.by === 'certificate' ? Object.values(aliasesOf(metadata)) : []
  return [...REQUIRED.map((name) => metadata[name]), ...optional, ...aliases]
}

/** Where the client proves itself by its certificate: the aliases where there are any (RFC 8705 §5). */
export function provenAddresses(metadata: ServerMetadata): ReadonlySet<string> {
  const { mtls_endpoint_aliases: aliases = {} } = metadata
  const addresses = PROVEN.map((name) => aliases[name] ?? metadata[name]).filter((address) => address !== undefined)
  return new Set(addresses.map((address) => new URL(address).href))
}

/** One line for everything of a configuration that decides where requests go and how they look. */
export function describeMetadata(metadata: ServerMetadata): readonly string[] {
  const own = ['issuer', ...REQUIRED, ...OPTIONAL, ...TERMS].map((name) => [name, metadata[name]] as const)
  const aliases = Object.entries(aliasesOf(metadata)).map(([name, address]) => [`mtls ${name}`, address] as const)
  return [...own, ...aliases].filter(([, value]) => value !== undefined).map((member) => JSON.stringify(member))
}

function aliasesOf(metadata: ServerMetadata): Readonly<Record<string, unknown>> {
  const { mtls_endpoint_aliases: aliases = {} } = metadata
  return Object.fromEntries(PROVEN.filter((name) => aliases[name] !== undefined).map((name) => [name, aliases[name]]))
}
