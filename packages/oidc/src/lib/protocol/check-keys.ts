import { decodeBase64url, sha256 } from '../base64url.ts'
import { OidcError } from '../errors.ts'
import { isText as isTextUpTo } from '../text.ts'
import { readJson } from './read-answer.ts'
import { isObject } from './strict-json.ts'
import type { TokenHeader } from './signed-token.ts'

/** A public key of the provider, with nothing but what a signature is checked with. */
export interface ProviderKey {
  readonly jwk: Readonly<Record<string, string>>
  readonly kid: string | undefined
  /** RFC 7638, SHA-256 in base64url: names the key itself, whatever it is called. */
  readonly thumbprint: string
}

/** The most keys that a provider may publish. */
export const MAX_KEYS: number = 100

const SECRETS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'] as const
const CURVES: Readonly<Record<string, { readonly kty: string; readonly bytes: number }>> = {
  'P-256': { kty: 'EC', bytes: 32 },
  'P-384': { kty: 'EC', bytes: 48 },
  'P-521': { kty: 'EC', bytes: 66 },
  Ed25519: { kty: 'OKP', bytes: 32 },
}
const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['RS', 'RSA'],
  ['PS', 'RSA'],
  ['ES', 'EC'],
  ['Ed', 'OKP'],
])
const MIN_RSA_BYTES = 256
// A signature under a longer key takes long to check.
const MAX_RSA_BYTES = 1_024
const MAX_KEY_ID = 256

/**
 * Judges the provider's key set.
 *
 * Keys that are for something else (encryption, other curves, RSA below 2,048 bits) are left out, as RFC 7517 §5 has it,
 * and so are different keys of one name. Of a set that holds a secret, nothing is used: whoever publishes private or
 * symmetric keys has lost control of them.
 *
 * @param answer Of `jwks_uri`, its size bounded.
 * @returns The keys that count, perhaps none.
 * @throws OidcError `ERR_OIDC_PROVIDER_RESPONSE` for what is no key set, or one of more than 100.
 * @see RFC 7517 §4, §5; RFC 8725 §3.5
 */
export async function readKeys(answer: Response): Promise<readonly ProviderKey[]> {
  const set = await readJson(answer, ['application/json', 'application/jwk-set+json'])
  const published: unknown = set?.['keys']
  if (!Array.isArray(published) || published.length > MAX_KEYS || !published.every(isObject)) {
    throw new OidcError('ERR_OIDC_PROVIDER_RESPONSE')
  }
  if (published.some(isSecret)) return []
  const keys = published.map(readKey).filter((key) => key !== undefined)
  const isAmbiguous = ({ kid, thumbprint }: ProviderKey): boolean =>
    kid !== undefined && keys.some((other) => other.kid === kid && other.thumbprint !== thumbprint)
  return withoutRepeats(keys.filter((key) => (key.jwk['use'] ?? 'sig') === 'sig' && !isAmbiguous(key)))
}

/** Tells whether a key may have made the signature that a header speaks of. */
export function fitsHeader({ jwk, kid }: ProviderKey, header: TokenHeader): boolean {
  if (header.kid !== undefined && header.kid !== kid) return false
  if (jwk['alg'] !== undefined && jwk['alg'] !== header.alg) return false
  return FAMILIES.get(header.alg.slice(0, 2)) === jwk['kty']
}

/** Names a set of keys, in whatever order they are published: SHA-256, base64url. */
export function digestOfKeys(thumbprints: ReadonlySet<string>): string {
  return sha256([...thumbprints].toSorted().join('\n'))
}

function isSecret(jwk: Readonly<Record<string, unknown>>): boolean {
  return jwk['kty'] === 'oct' || SECRETS.some((name) => Object.hasOwn(jwk, name))
}

function readKey(jwk: Readonly<Record<string, unknown>>): ProviderKey | undefined {
  const material = readMaterial(jwk)
  const { kid, alg, use, key_ops: operations } = jwk
  if (material === undefined || (kid !== undefined && (!isText(kid) || kid.length > MAX_KEY_ID))) return undefined
  if ((alg !== undefined && !isText(alg)) || (use !== undefined && !isText(use))) return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  const name = kid === undefined ? {} : { kid }
  const purpose = { ...(alg === undefined ? {} : { alg }), ...(use === undefined ? {} : { use }) }
  // In the order of their names, as RFC 7638 §3.2 wants them.
  return { jwk: { ...material, ...name, ...purpose }, kid, thumbprint: sha256(JSON.stringify(material)) }
}

function readMaterial({ kty, crv, n, e, x, y }: Readonly<Record<string, unknown>>): Record<string, string> | undefined {
  if (kty === 'RSA') {
    const length = decodeBase64url(n)?.length ?? 0
    const fits = length >= MIN_RSA_BYTES && length <= MAX_RSA_BYTES && topBitIsSet(n, length)
    return fits && isText(n) && isText(e) && (decodeBase64url(e)?.length ?? 9) <= 8 ? { e, kty, n } : undefined
  }
  const curve = typeof crv === 'string' && Object.hasOwn(CURVES, crv) ? CURVES[crv] : undefined
  if (curve === undefined || !isText(crv) || kty !== curve.kty || !isCoordinate(x, curve.bytes)) return undefined
  if (kty === 'OKP') return { crv, kty, x }
  return kty === 'EC' && isCoordinate(y, curve.bytes) ? { crv, kty, x, y } : undefined
}

/** 2,048 bits are 256 octets of which the first begins with a one. */
function topBitIsSet(n: unknown, length: number): boolean {
  return length > MIN_RSA_BYTES || ((decodeBase64url(n)?.[0] ?? 0) & 0x80) !== 0
}

function isCoordinate(value: unknown, length: number): value is string {
  return decodeBase64url(value)?.length === length
}

function isText(value: unknown): value is string {
  return isTextUpTo(value, MAX_RSA_BYTES * 2)
}

function withoutRepeats(keys: readonly ProviderKey[]): readonly ProviderKey[] {
  const seen = new Set<string>()
  return keys.filter(({ jwk }) => {
    const text = JSON.stringify(jwk)
    return !seen.has(text) && seen.add(text)
  })
}
