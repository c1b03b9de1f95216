import { modifyAssertion } from 'openid-client'
import type { KeyObject } from 'node:crypto'
import type { CryptoKey, ModifyAssertionOptions, PrivateKey } from 'openid-client'
import type { ClientAlgorithm, ClientKey } from './client-key.ts'

/** A key of the client as openid-client takes it, for one algorithm. */
export interface Signer {
  readonly key: PrivateKey
  readonly options: ModifyAssertionOptions
}

/**
 * Prepares a key of the client for signing.
 *
 * @param announced What the provider takes; anything when it does not say.
 * @param audience Whom the assertion is for; by default the issuer.
 * @returns `undefined` when the key is for nothing that the provider takes.
 */
export function signerFor(
  client: ClientKey,
  announced: readonly string[] | undefined,
  audience?: string,
): Signer | undefined {
  const [first] = client.algorithms
  const algorithm =
    announced === undefined ? first : client.algorithms.find((name) => headerName(name, announced) !== undefined)
  if (algorithm === undefined) return undefined
  const { keyId, thumbprint } = client
  const key = toCryptoKey(client.key, algorithm)
  const name = headerName(algorithm, announced ?? [algorithm]) ?? algorithm
  return {
    key: keyId === undefined ? { key } : { key, kid: keyId },
    options: {
      [modifyAssertion](header, payload) {
        // The library writes `Ed25519` for EdDSA, which providers from before RFC 9864 do not know.
        header['alg'] = name
        if (thumbprint !== undefined) header['x5t#S256'] = thumbprint
        if (audience !== undefined) payload['aud'] = audience
      },
    },
  }
}

/** RFC 9864 gave EdDSA's one curve that is in use a name of its own. */
function headerName(algorithm: ClientAlgorithm, announced: readonly string[]): string | undefined {
  const names = algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm]
  return names.find((name) => announced.includes(name))
}

function toCryptoKey(key: KeyObject, algorithm: ClientAlgorithm): CryptoKey {
  return key.toCryptoKey(parametersOf(algorithm), false, ['sign'])
}

function parametersOf(algorithm: ClientAlgorithm): Parameters<KeyObject['toCryptoKey']>[0] {
  if (algorithm === 'EdDSA') return { name: 'Ed25519' }
  if (algorithm.startsWith('ES')) return { name: 'ECDSA', namedCurve: CURVES[algorithm] ?? '' }
  return { name: algorithm === 'RS256' ? 'RSASSA-PKCS1-v1_5' : 'RSA-PSS', hash: `SHA-${algorithm.slice(2)}` }
}

const CURVES: Readonly<Partial<Record<ClientAlgorithm, string>>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }
