import { createPrivateKey, X509Certificate } from 'node:crypto'
import { sha256 } from '../base64url.ts'
import { checkOptionNames, refuseOption } from '../option-names.ts'
import type { KeyObject } from 'node:crypto'

/** A private key of the client, as the application configures it. */
export interface ClientKeyOptions {
  /** A private key: a `KeyObject`, or text in PEM (PKCS #8). */
  readonly key: KeyObject | string
  /** The `kid` under which the provider knows the public key. */
  readonly keyId?: string | undefined
  /**
   * By default what the key is for: ES256, ES384 or ES512 by its curve, EdDSA, and for RSA the first of PS256, PS384,
   * PS512 and RS256 that the provider takes.
   */
  readonly algorithm?: ClientAlgorithm | undefined
  /** In PEM, for providers that know the key by its certificate (Entra): its digest is sent as `x5t#S256`. */
  readonly certificate?: string | undefined
  /**
   * Whom an assertion is for: `issuer`, which is the default, or `token_endpoint`, for a provider that takes no other. An
   * assertion for an address could be used there by whoever made you believe in it, so give this key to no other provider then.
   */
  readonly audience?: AssertionAudience | undefined
}

/** Whom an assertion names as the one that it is for. */
type AssertionAudience = 'issuer' | 'token_endpoint'

/** What clients may sign with. */
export type ClientAlgorithm = 'EdDSA' | 'ES256' | 'ES384' | 'ES512' | 'PS256' | 'PS384' | 'PS512' | 'RS256'

/** A checked private key of the client. */
export interface ClientKey {
  readonly key: KeyObject
  /** What it may sign with, the best first; only one when the configuration names it. */
  readonly algorithms: readonly ClientAlgorithm[]
  readonly keyId?: string
  /** SHA-256 of the certificate, base64url. */
  readonly thumbprint?: string
  /** Of assertions; signed requests are for the issuer in any case. */
  readonly audience: AssertionAudience
}

const BY_CURVE: ReadonlyMap<string, ClientAlgorithm> = new Map([
  ['prime256v1', 'ES256'],
  ['secp384r1', 'ES384'],
  ['secp521r1', 'ES512'],
])
const RSA: readonly ClientAlgorithm[] = ['PS256', 'PS384', 'PS512', 'RS256']
const MIN_RSA_BITS = 2_048
const GONE = { kid: 'it is called keyId' }
const NAMES = { known: ['key', 'keyId', 'algorithm', 'certificate', 'audience'], gone: GONE }

/**
 * Judges a private key of the configuration.
 *
 * @param name The option, for the message; nothing of the key is in it.
 * @throws OidcError `ERR_OIDC_OPTION`.
 */
export function readClientKey(name: string, options: ClientKeyOptions): ClientKey {
  if (typeof options !== 'object' || options === null) refuseOption(`The option ${name} is an object with a key.`)
  checkOptionNames(name, options, NAMES)
  const { keyId, certificate, audience = 'issuer' } = options
  const key = readKey(name, options.key)
  const possible = algorithmsOf(key)
  const algorithms = options.algorithm === undefined ? possible : [options.algorithm]
  if (algorithms.length === 0 || !algorithms.every((name) => possible.includes(name))) {
    refuseOption(`The key of the option ${name} is for ${possible.join(', ') || 'no algorithm of a client'}.`)
  }
  if (keyId !== undefined && (typeof keyId !== 'string' || keyId === '')) {
    refuseOption(`The keyId of the option ${name} is text and not empty.`)
  }
  if (audience !== 'issuer' && audience !== 'token_endpoint') {
    refuseOption(`The audience of the option ${name} is "issuer" or "token_endpoint".`)
  }
  return {
    key,
    algorithms,
    audience,
    ...(keyId === undefined ? {} : { keyId }),
    ...(certificate === undefined ? {} : { thumbprint: thumbprintOf(name, certificate) }),
  }
}

function readKey(name: string, key: KeyObject | string): KeyObject {
  try {
    const found = typeof key === 'string' ? createPrivateKey(key) : key
    if (found.type === 'private') return found
  } catch {
    // The reason could quote the key.
  }
  return refuseOption(`The key of the option ${name} is a private key: a KeyObject, or text in PEM.`)
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly ClientAlgorithm[] {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA']
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS ? [] : RSA
  const byCurve = BY_CURVE.get(asymmetricKeyDetails?.namedCurve ?? '')
  return asymmetricKeyType === 'ec' && byCurve !== undefined ? [byCurve] : []
}

function thumbprintOf(name: string, certificate: string): string {
  try {
    return sha256(new X509Certificate(certificate).raw)
  } catch {
    return refuseOption(`The certificate of the option ${name} is an X.509 certificate in PEM.`)
  }
}
