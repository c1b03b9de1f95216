import { createHash } from 'node:crypto'
import { OidcError } from '../errors.ts'
import { isToken } from '../text.ts'
import type { OidcErrorCode } from '../errors.ts'
import type { LevelClaim } from './provider-settings.ts'
import type { TokenHeader } from './signed-token.ts'

/** How far the provider's clock may differ from ours, in seconds. */
export const TOLERANCE_SECONDS: number = 30
/** How long before the sign-in began a token may say it was made, in seconds: a slow clock, no old token. */
const MAX_BEFORE_START_SECONDS = 300
const MAX_SUBJECT = 255
/** The most levels or methods of one token; all of them are judged. */
const MAX_WORDS = 100
/** The last second of the year 9999: a time beyond it is none. */
const MAX_TIME = 253_402_300_799

/** An ID token's header and claims, its signature checked. */
export interface CheckedToken {
  readonly header: TokenHeader
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string; readonly iat: number }
  readonly accessToken: string
}

/** What the token has to agree with. */
export interface Expectation {
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  readonly algorithms: readonly string[]
  readonly levelClaim: LevelClaim
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly now: number
  readonly prompt?: string | undefined
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
}

type Claims = Readonly<Record<string, unknown>>

/**
 * Checks all that an ID token says, in the order of OpenID Connect Core §3.1.3.7: what openid-client has compared by
 * then once more, and what it leaves to its caller.
 *
 * @param token What the provider answered, signature checked.
 * @param expected What was asked for, and when.
 * @throws OidcError of the first check that fails.
 * @see OpenID Connect Core 1.0 §3.1.3.7, §3.1.3.8
 */
export function checkClaims(token: CheckedToken, expected: Expectation): void {
  const { claims, header } = token
  if (!expected.algorithms.includes(header.alg)) throw new OidcError('ERR_OIDC_ALGORITHM')
  checkShape(claims)
  if (claims['iss'] !== expected.issuer) throw new OidcError('ERR_OIDC_ISSUER')
  checkSubject(claims.sub)
  checkAudience(claims, expected.clientId)
  checkTimes(claims, expected)
  if (claims['nonce'] !== expected.nonce) throw new OidcError('ERR_OIDC_NONCE')
  checkAge(claims['auth_time'], expected)
  checkLevel(claims, expected)
  checkAccessTokenHash(token)
}

/**
 * Checks that the claims of an ID token which are judged later are there and of their types.
 *
 * @throws OidcError of the first one that is not.
 * @see OpenID Connect Core 1.0 §2
 */
export function checkShape(claims: Claims): asserts claims is CheckedToken['claims'] {
  const { iss, sub, aud, azp, exp, iat, nbf, nonce, auth_time: authTime, at_hash: hash, amr, acrs } = claims
  demand(typeof iss === 'string', 'ERR_OIDC_ISSUER')
  demand(typeof sub === 'string', 'ERR_OIDC_SUBJECT')
  demand(
    typeof aud === 'string' || (Array.isArray(aud) && aud.every((one) => typeof one === 'string')),
    'ERR_OIDC_AUDIENCE',
  )
  demand(azp === undefined || typeof azp === 'string', 'ERR_OIDC_AUDIENCE')
  demand(isTime(exp) && isTime(iat) && (nbf === undefined || isTime(nbf)), 'ERR_OIDC_TOKEN')
  demand(typeof nonce === 'string', 'ERR_OIDC_NONCE')
  demand(authTime === undefined || (isTime(authTime) && Number.isInteger(authTime)), 'ERR_OIDC_AUTH_TIME')
  demand(hash === undefined || typeof hash === 'string', 'ERR_OIDC_TOKEN_HASH')
  demand(
    [amr, acrs].every((list) => !Array.isArray(list) || list.length <= MAX_WORDS),
    'ERR_OIDC_TOKEN',
  )
}

function demand(met: boolean, code: OidcErrorCode): void {
  if (!met) throw new OidcError(code)
}

/** Seconds since the epoch, perhaps with a fraction (RFC 7519 §2); `1e999` would never come. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME
}

/** At most 255 ASCII characters (Core §2), none of them a blank or a control character. */
function checkSubject(subject: string): void {
  demand(isToken(subject, MAX_SUBJECT), 'ERR_OIDC_SUBJECT')
}

/** Us alone: a token that is also meant for others, or was made for another, could be replayed by them. */
function checkAudience({ aud, azp }: Claims, clientId: string): void {
  const [only, ...others] = Array.isArray(aud) ? aud : [aud]
  demand(only === clientId && others.length === 0, 'ERR_OIDC_AUDIENCE')
  demand(azp === undefined || azp === clientId, 'ERR_OIDC_AUDIENCE')
}

function checkTimes({ exp, iat, nbf }: Claims, expected: Expectation): void {
  const now = expected.now / 1000
  const earliest = expected.startedAt / 1000 - MAX_BEFORE_START_SECONDS
  demand(Number(exp) > now - TOLERANCE_SECONDS, 'ERR_OIDC_TOKEN_EXPIRED')
  demand(Number(iat) <= now + TOLERANCE_SECONDS && Number(iat) >= earliest, 'ERR_OIDC_TOKEN_TIME')
  demand(nbf === undefined || Number(nbf) <= now + TOLERANCE_SECONDS, 'ERR_OIDC_TOKEN_TIME')
}

/** What was asked counts from when it was asked: the person may take their time at the provider. */
function checkAge(authTime: unknown, { maxAge, prompt, now, startedAt }: Expectation): void {
  const again = prompt?.split(' ').includes('login') ?? false
  if (authTime === undefined && maxAge === undefined && !again) return
  const at = typeof authTime === 'number' ? authTime : Number.NaN
  const started = Math.floor(startedAt / 1000)
  const greatestAge = again ? 0 : (maxAge ?? Number.POSITIVE_INFINITY)
  demand(at <= now / 1000 + TOLERANCE_SECONDS, 'ERR_OIDC_AUTH_TIME')
  demand(at >= started - greatestAge - TOLERANCE_SECONDS, 'ERR_OIDC_AUTH_TIME')
}

/** The level is a wish to the provider and a condition to us (RFC 9470 §5): any one of them will do. */
function checkLevel(claims: Claims, { acrValues = [], levelClaim }: Expectation): void {
  if (acrValues.length === 0) return
  const { acr, acrs } = claims
  const reached: readonly unknown[] = levelClaim === 'acr' ? [acr] : Array.isArray(acrs) ? acrs : []
  const isAsked = (one: unknown): boolean => typeof one === 'string' && acrValues.includes(one)
  demand(reached.some(isAsked), 'ERR_OIDC_ACR')
}

/** Optional in the code flow; when it is there, it has to be right (Core §3.1.3.8). */
function checkAccessTokenHash({ header, claims, accessToken }: CheckedToken): void {
  const given = claims['at_hash']
  if (given === undefined) return
  const hash = createHash(header.alg.endsWith('256') ? 'sha256' : header.alg.endsWith('384') ? 'sha384' : 'sha512')
  const whole = hash.update(accessToken, 'ascii').digest()
  demand(given === whole.subarray(0, whole.length / 2).toString('base64url'), 'ERR_OIDC_TOKEN_HASH')
}
