import { machineNow } from './machine-clock.ts'
import { usesCertificate } from './provider-people.ts'
import type { SigningAlgorithm } from './provider-keys.ts'
import type { FakeAccount, FakeClient } from './provider-people.ts'

/** Whether the provider does without something, takes it when it comes, or refuses what comes without it. */
export type Demand = 'off' | 'offered' | 'required'

/** How to start the fake provider. */
export interface FakeProviderOptions {
  /** Who can sign in; by default `ada` and `ben`, both with the password `correct horse`. */
  readonly accounts?: readonly FakeAccount[] | undefined
  /** Milliseconds since the epoch; by default the machine's clock. */
  readonly clock?: { now(): number } | undefined
  /** The port on 127.0.0.1; by default any free one. */
  readonly port?: number | undefined
  /** Confidential clients; by default one, whose redirect URIs `allowRedirects` sets. */
  readonly clients?: readonly FakeClient[] | undefined
  /** What its pages call it; by default `example identity provider`. */
  readonly title?: string | undefined
  /** Whether it listens over TLS, with a certificate of `ca`; by default when a client proves itself by a certificate. */
  readonly https?: boolean | undefined
  /** Pushed authorization requests (PAR, RFC 9126), at `/request`; by default `offered`. */
  readonly pushedRequests?: Demand | undefined
  /** Signed requests (JAR, RFC 9101), by value, checked against the client's `jwks`; by default `off`. */
  readonly signedRequests?: Demand | undefined
  /** Whether tokens are given for a DPoP proof only, with a nonce of the provider (RFC 9449 §8); by default a proof is optional and needs no nonce. */
  readonly dpop?: boolean | undefined
  /** What it signs ID tokens and UserInfo with; by default `ES256`. */
  readonly signingAlgorithm?: SigningAlgorithm | undefined
  /** Whether UserInfo is a signed JWT (OpenID Connect Core §5.3.2); by default JSON. */
  readonly signedUserInfo?: boolean | undefined
  /** Whether the levels that are asked for by `acr_values` and `claims` are reached; by default `honoured`. */
  readonly levels?: 'honoured' | 'ignored' | undefined
  /** The values that the claim `acrs` can have, which is asked for by `claims`; by default `c1`. */
  readonly acrs?: readonly string[] | undefined
  /** Whether it names itself in authorization responses and says so (RFC 9207); by default it does. */
  readonly issParameter?: boolean | undefined
}

/** The options with their defaults. Accounts and clients change while the provider runs and are kept elsewhere. */
export interface ProviderSettings {
  readonly clock: { now(): number }
  readonly port: number
  readonly title: string
  readonly https: boolean
  readonly pushedRequests: Demand
  readonly signedRequests: Demand
  readonly dpop: boolean
  readonly signingAlgorithm: SigningAlgorithm
  readonly signedUserInfo: boolean
  readonly levels: 'honoured' | 'ignored'
  readonly acrs: readonly string[]
  readonly issParameter: boolean
}

const ACCOUNTS: readonly FakeAccount[] = [
  { sub: 'ada', password: 'correct horse', name: 'Ada Example', email: 'ada@example.test' },
  { sub: 'ben', password: 'correct horse', name: 'Ben Example', email: 'ben@example.test' },
]
const CLIENT: FakeClient = {
  clientId: 'sallyport-test',
  clientSecret: 'a secret that only tests know: 0123456789abcdef',
}

/** Puts the defaults in place. */
export function resolveOptions(options: FakeProviderOptions): {
  readonly settings: ProviderSettings
  readonly accounts: readonly FakeAccount[]
  readonly clients: readonly FakeClient[]
} {
  const clients = options.clients ?? [CLIENT]
  const settings: ProviderSettings = {
    clock: options.clock ?? { now: machineNow },
    port: options.port ?? 0,
    title: options.title ?? 'example identity provider',
    https: options.https ?? clients.some(usesCertificate),
    pushedRequests: options.pushedRequests ?? 'offered',
    signedRequests: options.signedRequests ?? 'off',
    dpop: options.dpop ?? false,
    signingAlgorithm: options.signingAlgorithm ?? 'ES256',
    signedUserInfo: options.signedUserInfo ?? false,
    levels: options.levels ?? 'honoured',
    acrs: options.acrs ?? ['c1'],
    issParameter: options.issParameter ?? true,
  }
  return { settings, accounts: options.accounts ?? ACCOUNTS, clients }
}
