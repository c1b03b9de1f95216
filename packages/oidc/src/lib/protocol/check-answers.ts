import { OidcError } from '../errors.ts'
import { isToken } from '../text.ts'
import { checkShape } from './check-claims.ts'
import { checkTokenType } from './dpop.ts'
import { mediaType, readJson } from './read-answer.ts'
import { readSignedToken } from './signed-token.ts'
import type { TokenHeader } from './signed-token.ts'

/** What an answer of the provider has to agree with before anything else of it is looked at. */
export interface Expected {
  readonly issuer: string
  readonly clientId: string
  readonly algorithms: readonly string[]
  /** Whether the access token has to be bound to a key of ours. */
  readonly dpop: boolean
}

const TYPES: ReadonlySet<string> = new Set(['bearer', 'dpop'])
const MAX_TOKEN = 65_536

/**
 * Judges what the token endpoint answered: one JSON object that contradicts itself nowhere, its members of their types,
 * an ID token of the right form.
 *
 * @param answer Of status 200, its size bounded; it can be read once more.
 * @returns The ID token's header, so that its key can be found.
 * @throws OidcError `ERR_OIDC_PROVIDER_RESPONSE`, or a code of the ID token.
 * @see RFC 6749 §5.1; OpenID Connect Core 1.0 §3.1.3.3
 */
export async function judgeTokenAnswer(answer: Response, { algorithms, dpop }: Expected): Promise<TokenHeader> {
  const body = await readJson(answer)
  // An answer cannot be a success and an error.
  if (body === undefined || body['error'] !== undefined) throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
  const { access_token: accessToken, token_type: type, refresh_token: refresh, scope, expires_in: expires } = body
  const wellTyped =
    // What can stand in an Authorization header: RFC 6750 §2.1 and RFC 6749 A.12, bounded.
    isToken(accessToken, MAX_TOKEN) &&
    isToken(type, MAX_TOKEN) &&
    TYPES.has(type.toLowerCase()) &&
    (refresh === undefined || isToken(refresh, MAX_TOKEN)) &&
    (scope === undefined || typeof scope === 'string') &&
    (expires === undefined || isLifetime(expires))
  if (!wellTyped) throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
  checkTokenType(type, dpop)
  const { header, claims } = readSignedToken(body['id_token'], algorithms)
  checkShape(claims)
  return header
}

/**
 * Judges the form of a UserInfo answer: strict JSON about somebody, or the same as a signed token for this client.
 *
 * @param answer Of status 200, its size bounded; it can be read once more.
 * @returns The header of a signed answer.
 * @throws OidcError `ERR_OIDC_USERINFO`.
 * @see OpenID Connect Core 1.0 §5.3.2
 */
export async function judgeUserInfo(answer: Response, expected: Expected): Promise<TokenHeader | undefined> {
  if (mediaType(answer) === 'application/jwt') return judgeSignedUserInfo(await answer.clone().text(), expected)
  const body = await readJson(answer)
  if (body === undefined || typeof body['sub'] !== 'string') throw new OidcError('ERR_OIDC_USERINFO')
  return undefined
}

function judgeSignedUserInfo(token: string, { issuer, clientId, algorithms }: Expected): TokenHeader {
  const { header, claims } = readUserInfoToken(token, algorithms)
  const { iss, aud, sub } = claims
  const [only, ...others] = Array.isArray(aud) ? aud : [aud]
  if (iss !== issuer || only !== clientId || others.length > 0 || typeof sub !== 'string') {
    throw new OidcError('ERR_OIDC_USERINFO')
  }
  return header
}

function readUserInfoToken(token: string, algorithms: readonly string[]): ReturnType<typeof readSignedToken> {
  try {
    return readSignedToken(token, algorithms)
  } catch {
    // What is wrong with an ID token has codes of its own; here it is all one.
    throw new OidcError('ERR_OIDC_USERINFO')
  }
}

/** Seconds; some providers write them as text. */
function isLifetime(value: unknown): boolean {
  if (typeof value === 'string') return /^\d{1,15}$/.test(value)
  return typeof value === 'number' && value >= 0 && Number.isSafeInteger(Math.ceil(value))
}
