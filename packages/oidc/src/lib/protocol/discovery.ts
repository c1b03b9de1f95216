import { createHash } from 'node:crypto'
import {
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  allowInsecureRequests,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  getJwksCache,
  setJwksCache,
} from 'openid-client'
import { OidcError } from '../errors.ts'
import { skewSeconds } from '../system.ts'
import { isLoopback } from './addresses.ts'
import { TOLERANCE_SECONDS } from './check-claims.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { translateError } from './translate-error.ts'
import type { ClientAuth, ServerMetadata } from 'openid-client'
import type { Clock } from '../system.ts'
import type { OnAnswer } from './provider-time.ts'

/** Whom to talk to, as whom and within which bounds. */
export interface ProviderSettings {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** The algorithms an ID token may be signed with. */
  readonly algorithms: readonly string[]
  readonly timeoutMs: number
  /** Plain HTTP to this machine. */
  readonly insecure: boolean
  readonly clock: Clock
  /** Is told of every answer of the provider. */
  readonly onAnswer: OnAnswer
  /** Told once per fetched configuration; `digest` names its endpoints and algorithms, SHA-256 in base64url. */
  onDiscovered(digest: string): Promise<void>
}

/** Gives the provider's configuration, fetched when first needed, kept for an hour and forgotten when it fails. */
export type Discover = () => Promise<Configuration>

const MAX_AGE_MS = 3_600_000
const ENDPOINTS = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
const OPTIONAL_ENDPOINTS = ['userinfo_endpoint', 'end_session_endpoint'] as const

interface Known {
  readonly metadata: ServerMetadata
  readonly origins: ReadonlySet<string>
  readonly at: number
}

/** The library fixes the clock's skew when a configuration is made, so a moved clock needs another one. */
interface Made {
  readonly from: Known
  readonly skew: number
  readonly configuration: Configuration
}

/** Prepares discovery; nothing is fetched until the first call of the result. */
export function createDiscovery(settings: ProviderSettings): Discover {
  let known: Promise<Known> | undefined
  let last: Made | undefined
  const discover = async (): Promise<Known> => {
    const mine = (known ??= fetchMetadata(settings))
    try {
      const found = await mine
      if (settings.clock.now() - found.at < MAX_AGE_MS) return found
    } catch (error) {
      if (known === mine) known = undefined
      throw error
    }
    if (known === mine) known = undefined
    return discover()
  }
  return async () => {
    const from = await discover()
    const skew = skewSeconds(settings.clock)
    if (last?.from === from && last.skew === skew) return last.configuration
    const configuration = configure(settings, from, skew)
    const keys = last?.from === from ? getJwksCache(last.configuration) : undefined
    if (keys) setJwksCache(configuration, keys)
    last = { from, skew, configuration }
    return configuration
  }
}

async function fetchMetadata(settings: ProviderSettings): Promise<Known> {
  const issuer = new URL(settings.issuer)
  const { timeoutMs, onAnswer } = settings
  const fetchHere = guardedFetch({ origins: new Set([issuer.origin]), timeoutMs, onAnswer })
  const execute = settings.insecure ? [allowInsecureRequests] : []
  const options = { [customFetch]: fetchHere, execute }
  const found = await discovery(issuer, settings.clientId, undefined, undefined, options).catch(refused)
  const metadata = found.serverMetadata()
  // The library compares URLs; OpenID Connect Discovery §4.3 wants the very same text.
  if (metadata.issuer !== settings.issuer) throw new OidcError('ERR_OIDC_METADATA')
  const origins = new Set([issuer.origin, ...endpoints(metadata, settings.insecure).map((url) => url.origin)])
  const algorithms = allowedAlgorithms(metadata, settings.algorithms)
  await settings.onDiscovered(digestOf(metadata, algorithms))
  const narrowed = Object.assign(metadata, { id_token_signing_alg_values_supported: algorithms })
  return { metadata: narrowed, origins, at: settings.clock.now() }
}

function refused(error: unknown): never {
  throw translateError(error, 'discovery')
}

function endpoints(metadata: ServerMetadata, insecure: boolean): readonly URL[] {
  const optional = OPTIONAL_ENDPOINTS.filter((name) => metadata[name] !== undefined)
  return [...ENDPOINTS, ...optional].map((name) => {
    const text = metadata[name]
    if (typeof text !== 'string' || !URL.canParse(text)) throw new OidcError('ERR_OIDC_METADATA')
    const url = new URL(text)
    const safe = url.protocol === 'https:' || (insecure && url.protocol === 'http:' && isLoopback(url))
    if (!safe) throw new OidcError('ERR_OIDC_METADATA')
    return url
  })
}

/** Our list decides; the provider's announcement only narrows it. RS256 is what stands for silence (Core §2). */
function allowedAlgorithms(metadata: ServerMetadata, allowed: readonly string[]): string[] {
  const announced = metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const both = allowed.filter((name) => announced.includes(name))
  if (both.length === 0) throw new OidcError('ERR_OIDC_METADATA')
  return both
}

function digestOf(metadata: ServerMetadata, algorithms: readonly string[]): string {
  const lines = [metadata.issuer, ...[...ENDPOINTS, ...OPTIONAL_ENDPOINTS].map((name) => metadata[name] ?? '')]
  return createHash('sha256')
    .update([...lines, algorithms.join(' ')].join('\n'))
    .digest('base64url')
}

function configure(settings: ProviderSettings, from: Known, skew: number): Configuration {
  const client = { [clockSkew]: skew, [clockTolerance]: TOLERANCE_SECONDS }
  const configuration = new Configuration(from.metadata, settings.clientId, client, clientAuth(settings, from.metadata))
  const { timeoutMs, onAnswer } = settings
  configuration[customFetch] = guardedFetch({ origins: from.origins, timeoutMs, onAnswer })
  if (settings.insecure) allowInsecureRequests(configuration)
  // Without this the library trusts TLS alone and never looks at the signature.
  enableNonRepudiationChecks(configuration)
  return configuration
}

function clientAuth(settings: ProviderSettings, metadata: ServerMetadata): ClientAuth {
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  if (methods.includes('client_secret_basic')) return ClientSecretBasic(settings.clientSecret)
  if (methods.includes('client_secret_post')) return ClientSecretPost(settings.clientSecret)
  throw new OidcError('ERR_OIDC_METADATA')
}
