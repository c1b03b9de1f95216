import { decodeBase64url } from '../base64url.ts'
import { OidcError } from '../errors.ts'
import { decodeUtf8, parseStrictObject } from './strict-json.ts'

/** What the header of a token says about its signature. */
export interface TokenHeader {
  readonly alg: string
  readonly kid?: string
}

/** A token in its parts, of the right form and not yet verified. */
interface SignedToken {
  readonly header: TokenHeader
  readonly claims: Readonly<Record<string, unknown>>
}

const MAX_KEY_ID = 256

/**
 * Judges the form of a signed token before its signature and its claims: three parts in base64url without padding, a
 * header and claims that no two parsers read differently, an algorithm of ours, and no extension that we do not know.
 *
 * Keys and their addresses in the header (`jwk`, `jku`, `x5u`) are not looked at: keys come from the provider's set.
 *
 * @param token Controlled by whoever answered; bounded by the size of an answer.
 * @param algorithms Those that are allowed.
 * @throws OidcError `ERR_OIDC_TOKEN`, `ERR_OIDC_ALGORITHM` or `ERR_OIDC_SIGNATURE`.
 * @see RFC 7515 §3, §4.1; RFC 7519 §7.2; RFC 7797 §3; RFC 8725 §3
 */
export function readSignedToken(token: unknown, algorithms: readonly string[]): SignedToken {
  const parts = typeof token === 'string' ? token.split('.', 6) : []
  const [head, body, signature = ''] = parts
  if (parts.length !== 3) throw new OidcError('ERR_OIDC_TOKEN')
  const header = judgeHeader(readPart(head), algorithms)
  const claims = readPart(body)
  if (signature === '') throw new OidcError('ERR_OIDC_SIGNATURE')
  if (decodeBase64url(signature) === undefined) throw new OidcError('ERR_OIDC_TOKEN')
  return { header, claims }
}

function judgeHeader(header: Readonly<Record<string, unknown>>, algorithms: readonly string[]): TokenHeader {
  const { alg, kid, typ, crit, b64 } = header
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw new OidcError('ERR_OIDC_ALGORITHM')
  if (crit !== undefined || (b64 !== undefined && b64 !== true)) throw new OidcError('ERR_OIDC_TOKEN')
  // A token of another kind, such as a logout token or an access token, says so here.
  if (typ !== undefined && !isPlainType(typ)) throw new OidcError('ERR_OIDC_TOKEN')
  if (kid === undefined) return { alg }
  if (typeof kid !== 'string' || kid.length > MAX_KEY_ID) throw new OidcError('ERR_OIDC_SIGNATURE')
  return { alg, kid }
}

function isPlainType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?jwt$/i.test(typ)
}

function readPart(part: string | undefined): Readonly<Record<string, unknown>> {
  const bytes = decodeBase64url(part)
  const text = bytes && decodeUtf8(bytes)
  const value = text === undefined ? undefined : parseStrictObject(text)
  if (value === undefined) throw new OidcError('ERR_OIDC_TOKEN')
  return value
}
