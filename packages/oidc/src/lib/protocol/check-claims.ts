import { createHash, timingSafeEqual } from 'node:crypto'
import { OidcError } from '../errors.ts'

/** How far the provider's clock may differ from ours, in seconds. */
export const TOLERANCE_SECONDS: number = 30
/** How long before the sign-in began a token may say it was made, in seconds: a slow clock, no old token. */
const MAX_BEFORE_START_SECONDS = 300
const MAX_SUBJECT = 255

/** An ID token's header and claims, its signature checked. */
export interface CheckedToken {
  readonly header: { readonly alg: string; readonly kid?: string }
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string; readonly iat: number }
  readonly accessToken: string
}

/** What the token has to agree with. */
export interface Expectation {
  readonly clientId: string
  readonly algorithms: readonly string[]
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly now: number
  readonly prompt?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
}

/**
 * Checks what openid-client leaves to its caller, after it has checked the signature, `iss`, `aud`, `exp`, `nonce`.
 *
 * @param token What the provider answered, signature checked.
 * @param expected What was asked for, and when.
 * @throws OidcError of the first check that fails.
 * @see OpenID Connect Core 1.0 §3.1.3.7, §3.1.3.8
 */
export function checkClaims(token: CheckedToken, expected: Expectation): void {
  if (!expected.algorithms.includes(token.header.alg)) throw new OidcError('ERR_OIDC_ALGORITHM')
  checkSubject(token.claims.sub)
  checkAudience(token.claims['aud'], expected.clientId)
  checkTimes(token.claims, expected)
  checkLevel(token.claims['acr'], expected.acrValues)
  checkAccessTokenHash(token)
}

/** At most 255 ASCII characters (Core §2), none of them a blank or a control character. */
function checkSubject(subject: unknown): void {
  if (typeof subject === 'string' && subject.length <= MAX_SUBJECT && /^[\x21-\x7e]+$/.test(subject)) return
  throw new OidcError('ERR_OIDC_SUBJECT')
}

/** Us alone: a token that is also meant for others could be replayed by them. */
function checkAudience(audience: unknown, clientId: string): void {
  const [only, ...others] = Array.isArray(audience) ? audience : [audience]
  if (only !== clientId || others.length > 0) throw new OidcError('ERR_OIDC_AUDIENCE')
}

function checkTimes(claims: CheckedToken['claims'], expected: Expectation): void {
  const now = expected.now / 1000
  const started = expected.startedAt / 1000
  if (claims.iat > now + TOLERANCE_SECONDS) throw new OidcError('ERR_OIDC_TOKEN_TIME')
  if (claims.iat < started - MAX_BEFORE_START_SECONDS) throw new OidcError('ERR_OIDC_TOKEN_TIME')
  const authTime = claims['auth_time']
  const asked = expected.maxAge !== undefined || expected.prompt === 'login'
  if (authTime === undefined && !asked) return
  if (typeof authTime !== 'number' || !Number.isSafeInteger(authTime)) throw new OidcError('ERR_OIDC_AUTH_TIME')
  if (authTime > now + TOLERANCE_SECONDS) throw new OidcError('ERR_OIDC_AUTH_TIME')
  const renewed = expected.prompt === 'login' || expected.maxAge === 0
  if (renewed && authTime < Math.floor(started) - TOLERANCE_SECONDS) throw new OidcError('ERR_OIDC_AUTH_TIME')
}

/** `acr_values` is a wish to the provider and a condition to us (RFC 9470 §5): any one of them will do. */
function checkLevel(acr: unknown, acrValues: readonly string[] | undefined): void {
  if (acrValues === undefined || acrValues.length === 0) return
  if (typeof acr !== 'string' || !acrValues.includes(acr)) throw new OidcError('ERR_OIDC_ACR')
}

/** Optional in the code flow; when it is there, it has to be right (Core §3.1.3.8). */
function checkAccessTokenHash({ header, claims, accessToken }: CheckedToken): void {
  const given = claims['at_hash']
  if (given === undefined) return
  const hash = createHash(header.alg.endsWith('256') ? 'sha256' : header.alg.endsWith('384') ? 'sha384' : 'sha512')
  const whole = hash.update(accessToken, 'ascii').digest()
  const half = whole.subarray(0, whole.length / 2)
  const bytes = Buffer.from(typeof given === 'string' ? given.slice(0, 128) : '', 'base64url')
  if (bytes.length !== half.length || !timingSafeEqual(bytes, half)) throw new OidcError('ERR_OIDC_TOKEN_HASH')
}
