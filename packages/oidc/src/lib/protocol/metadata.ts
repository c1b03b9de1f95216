import { sha256 } from '../base64url.ts'
import { OidcError, refuseStore } from '../errors.ts'
import { isLoopback } from './addresses.ts'
import { readMetadata } from './check-metadata.ts'
import { addressesOf, describeMetadata } from './endpoints.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { sendFor } from './send.ts'
import type { ServerMetadata } from 'openid-client'
import type { ProviderSettings } from './provider-settings.ts'

/** The provider's configuration, fetched and checked. */
export interface Metadata {
  readonly metadata: ServerMetadata
  /** Where requests may go. */
  readonly origins: ReadonlySet<string>
  /** Names its endpoints and algorithms: SHA-256, base64url. */
  readonly digest: string
  /** When it was fetched, milliseconds since the epoch. */
  readonly at: number
}

/** Fetches the provider's configuration and checks it; on any failure nothing of it is used. */
export async function fetchMetadata(settings: ProviderSettings): Promise<Metadata> {
  const { issuer, timeoutMs, onAnswer, insecure } = settings
  const { origin } = new URL(issuer)
  const fetchHere = guardedFetch({ origins: new Set([origin]), timeoutMs, onAnswer, send: sendFor(settings.proof) })
  const answer = await fetchHere(addressOf(issuer), { method: 'GET', headers: { accept: 'application/json' } })
  const metadata = await readMetadata(answer, issuer)
  const addresses = addressesOf(metadata, settings.proof).map((address) => checkAddress(address, insecure))
  const origins = new Set([origin, ...addresses.map((url) => url.origin)])
  const algorithms = allowedAlgorithms(metadata, settings.algorithms)
  const digest = digestOf(metadata, algorithms)
  await settings.onDiscovered(digest).catch(refuseStore)
  const narrowed = {
    ...metadata,
    id_token_signing_alg_values_supported: algorithms,
    // A signed answer of UserInfo is judged by the same list, whether the provider announces it or not.
    userinfo_signing_alg_values_supported: algorithms,
  }
  return { metadata: narrowed, origins, digest, at: settings.clock.now() }
}

/** OpenID Connect Discovery §4.1: a slash at the end of the issuer does not count twice. */
function addressOf(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

function checkAddress(address: unknown, insecure: boolean): URL {
  if (typeof address !== 'string' || !URL.canParse(address)) throw new OidcError('ERR_OIDC_METADATA')
  const url = new URL(address)
  const isSafe = url.protocol === 'https:' || (insecure && url.protocol === 'http:' && isLoopback(url))
  if (!isSafe || url.username !== '' || url.password !== '' || address.includes('#')) {
    throw new OidcError('ERR_OIDC_METADATA')
  }
  return url
}

/** Our list decides; the provider's announcement only narrows it. RS256 is what stands for silence (Core §2). */
function allowedAlgorithms(metadata: ServerMetadata, allowed: readonly string[]): string[] {
  const announced = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const both = allowed.filter((name) => announced.includes(name))
  if (both.length === 0) throw new OidcError('ERR_OIDC_METADATA')
  return both
}

function digestOf(metadata: ServerMetadata, algorithms: readonly string[]): string {
  return sha256([...describeMetadata(metadata), algorithms.join(' ')].join('\n'))
}
