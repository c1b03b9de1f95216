import { createSigningKey, formatToken, macToken, signToken } from './id-token.ts'
import type { SigningKey, TokenParts } from './id-token.ts'

/** The ways in which the fake provider can misbehave, by name. Grouped by the answer that is spoilt. */
export const FAULTS = [
  // The ID token's signature and header
  'bad_signature',
  'alg_none',
  'alg_hs256',
  'wrong_key',
  'unknown_key',
  // The ID token's claims
  'wrong_nonce',
  'missing_nonce',
  'wrong_issuer',
  'wrong_audience',
  'extra_audience',
  'expired',
  'future_iat',
  'stale_iat',
  'missing_iat',
  'stale_auth_time',
  'missing_auth_time',
  'future_auth_time',
  'downgraded_acr',
  'missing_acr',
  'wrong_at_hash',
  'missing_subject',
  'oversized_subject',
  // The authorization response
  'wrong_iss_parameter',
  'missing_iss_parameter',
  'doubled_iss_parameter',
  'access_denied',
  'server_error',
  // The other answers
  'token_error',
  'token_unavailable',
  'token_redirect',
  'missing_id_token',
  'jwks_unavailable',
  'jwks_empty',
  'userinfo_other_subject',
  'userinfo_missing_subject',
  'userinfo_unavailable',
  'discovery_issuer_mismatch',
  'discovery_issuer_slash',
  'discovery_foreign_endpoint',
  'discovery_oversized',
  'discovery_not_json',
  'slow_discovery',
  'down',
] as const

/** One of `FAULTS`. */
export type FaultName = (typeof FAULTS)[number]

/** What a fault may use. */
export interface FaultTools {
  readonly issuer: string
  readonly key: SigningKey
  readonly clientSecret: string
  /** Seconds since the epoch. */
  readonly now: number
}

/** A JSON answer as it will be sent; a string body goes out as it is, as text. */
export interface JsonAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>> | string
  readonly location?: string
}

/** One way to misbehave, tied to the answer that it spoils. */
export type Fault =
  | { readonly on: 'id_token'; readonly spoil: (token: TokenParts, tools: FaultTools) => string }
  | { readonly on: 'claims'; readonly spoil: (claims: TokenParts['claims'], tools: FaultTools) => TokenParts['claims'] }
  | { readonly on: 'redirect'; readonly spoil: (parameters: URLSearchParams) => void }
  | {
      readonly on: 'token' | 'jwks' | 'userinfo' | 'discovery'
      readonly spoil: (answer: JsonAnswer, tools: FaultTools) => JsonAnswer
    }
  | { readonly on: 'connection'; readonly act: 'hang_up' | 'never_answer'; readonly path: string }

const ATTACKER: SigningKey = createSigningKey('attacker')

/** Spoils the claims; the provider's own key signs them again, so that nothing but the claim is wrong. */
const claims = (change: (claims: TokenParts['claims'], tools: FaultTools) => Record<string, unknown>): Fault => ({
  on: 'claims',
  spoil: (before, tools) => dropUndefined({ ...before, ...change(before, tools) }),
})
const idToken = (spoil: (token: TokenParts, tools: FaultTools) => string): Fault => ({ on: 'id_token', spoil })
const redirect = (spoil: (parameters: URLSearchParams) => void): Fault => ({ on: 'redirect', spoil })
const answer =
  (on: 'token' | 'jwks' | 'userinfo' | 'discovery') =>
  (change: (body: Readonly<Record<string, unknown>>, tools: FaultTools) => Partial<JsonAnswer>): Fault => ({
    on,
    spoil: (before, tools) => ({ ...before, ...change(typeof before.body === 'string' ? {} : before.body, tools) }),
  })
const token = answer('token')
const jwks = answer('jwks')
const userinfo = answer('userinfo')
const discovery = answer('discovery')
const HOUR = 3_600
const UNAVAILABLE: Partial<JsonAnswer> = { status: 503, body: 'unavailable' }
const OTHER_ISSUER = 'https://attacker.example'

/** Every fault; one line each. */
export const FAULT_TABLE: Readonly<Record<FaultName, Fault>> = {
  bad_signature: idToken((parts) => formatToken({ ...parts, signature: flipped(parts.signature) })),
  alg_none: idToken((parts) => formatToken({ ...parts, header: { alg: 'none', typ: 'JWT' }, signature: '' })),
  alg_hs256: idToken((parts, { clientSecret }) => macToken(parts.claims, clientSecret)),
  wrong_key: idToken((parts) => signToken(parts.header, parts.claims, ATTACKER.privateKey)),
  unknown_key: idToken((parts) => signToken({ ...parts.header, kid: ATTACKER.kid }, parts.claims, ATTACKER.privateKey)),

  wrong_nonce: claims(() => ({ nonce: 'of-another-transaction' })),
  missing_nonce: claims(() => ({ nonce: undefined })),
  wrong_issuer: claims(() => ({ iss: OTHER_ISSUER })),
  wrong_audience: claims(() => ({ aud: 'another-client' })),
  extra_audience: claims(({ aud }) => ({ aud: [aud, 'another-client'], azp: aud })),
  expired: claims((_, { now }) => ({ iat: now - 2 * HOUR, exp: now - HOUR })),
  future_iat: claims((_, { now }) => ({ iat: now + 24 * HOUR, exp: now + 25 * HOUR })),
  stale_iat: claims((_, { now }) => ({ iat: now - 24 * HOUR })),
  missing_iat: claims(() => ({ iat: undefined })),
  stale_auth_time: claims((_, { now }) => ({ auth_time: now - 24 * HOUR })),
  missing_auth_time: claims(() => ({ auth_time: undefined })),
  future_auth_time: claims((_, { now }) => ({ auth_time: now + 24 * HOUR })),
  downgraded_acr: claims(() => ({ acr: 'urn:example:acr:none' })),
  missing_acr: claims(() => ({ acr: undefined })),
  wrong_at_hash: claims(() => ({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' })),
  missing_subject: claims(() => ({ sub: undefined })),
  oversized_subject: claims(() => ({ sub: 's'.repeat(256) })),

  wrong_iss_parameter: redirect((parameters) => parameters.set('iss', OTHER_ISSUER)),
  missing_iss_parameter: redirect((parameters) => parameters.delete('iss')),
  doubled_iss_parameter: redirect((parameters) => parameters.append('iss', OTHER_ISSUER)),
  access_denied: redirect((parameters) => becomeError(parameters, 'access_denied')),
  server_error: redirect((parameters) => becomeError(parameters, 'server_error')),

  token_error: token(() => ({
    status: 400,
    body: { error: 'invalid_grant', error_description: '<b>provider text</b>' },
  })),
  token_unavailable: token(() => UNAVAILABLE),
  token_redirect: token((_, { issuer }) => ({ status: 307, body: '', location: `${issuer}/elsewhere` })),
  missing_id_token: token((body) => ({ body: dropUndefined({ ...body, id_token: undefined }) })),
  jwks_unavailable: jwks(() => UNAVAILABLE),
  jwks_empty: jwks(() => ({ body: { keys: [] } })),
  userinfo_other_subject: userinfo((body) => ({ body: { ...body, sub: 'someone-else' } })),
  userinfo_missing_subject: userinfo((body) => ({ body: dropUndefined({ ...body, sub: undefined }) })),
  userinfo_unavailable: userinfo(() => UNAVAILABLE),
  discovery_issuer_mismatch: discovery((body) => ({ body: { ...body, issuer: OTHER_ISSUER } })),
  discovery_issuer_slash: discovery((body, { issuer }) => ({ body: { ...body, issuer: `${issuer}/` } })),
  discovery_foreign_endpoint: discovery((body) => ({
    body: { ...body, token_endpoint: 'http://attacker.example/token' },
  })),
  discovery_oversized: discovery((body) => ({ body: { ...body, filler: 'x'.repeat(2_000_000) } })),
  discovery_not_json: discovery(() => ({ body: '<html>maintenance</html>' })),
  slow_discovery: { on: 'connection', act: 'never_answer', path: '/.well-known/openid-configuration' },
  down: { on: 'connection', act: 'hang_up', path: '/' },
}

function flipped(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return bytes.toString('base64url')
}

function becomeError(parameters: URLSearchParams, error: string): void {
  parameters.delete('code')
  parameters.set('error', error)
  parameters.set('error_description', '<script>provider text</script>')
}

function dropUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}
