import type { Clock } from '../system.ts'
import type { ClientKey } from './client-key.ts'
import type { OnAnswer } from './provider-time.ts'

/** How the client proves itself to the provider, at the token endpoint and where requests are pushed. */
export type ClientProof =
  | { readonly by: 'secret'; readonly secret: string }
  /** `private_key_jwt` (RFC 7523 §2.2). */
  | { readonly by: 'key'; readonly key: ClientKey }
  /** Mutual TLS (RFC 8705 §2). Texts in PEM; `ca` for a provider whose certificate no public authority has signed. */
  | { readonly by: 'certificate'; readonly certificate: string; readonly key: string; readonly ca?: string | undefined }

/** Whether authorization requests are pushed (RFC 9126): wherever that is offered, in any case, or never. */
export type PushedRequests = 'when_offered' | 'required' | 'never'

/** The claim that says which level was reached: OpenID Connect's `acr`, or Entra's list `acrs`. */
export type LevelClaim = 'acr' | 'acrs'

/** Whom to talk to, as whom and within which bounds. */
export interface ProviderSettings {
  readonly issuer: string
  readonly clientId: string
  readonly proof: ClientProof
  /** Signs authorization requests (JAR, RFC 9101) where the provider takes or demands that. */
  readonly requestKey?: ClientKey | undefined
  readonly pushedRequests: PushedRequests
  /** Access tokens are bound to a key of this process (RFC 9449). */
  readonly dpop: boolean
  readonly levelClaim: LevelClaim
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
  /** Told when the provider publishes other keys than it did before; `digest` is that of the new set. */
  onKeysRotated(change: KeysRotated): Promise<void>
}

/** How the provider's keys changed. */
export interface KeysRotated {
  readonly digest: string
  readonly added: number
  readonly removed: number
}
