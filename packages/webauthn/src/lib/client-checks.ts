import { sameBytes } from './base64url.ts'
import type { Check } from './checks.ts'
import type { ClientData } from './client-data.ts'
import type { RelyingParty } from './options.ts'

/** What the browser said, and what it should have said. */
export interface JudgedClient {
  readonly party: Pick<RelyingParty, 'origins' | 'topOrigins'>
  readonly type: 'webauthn.create' | 'webauthn.get'
  readonly challenge: Uint8Array
  /** Controlled by the client until the signature holds. */
  readonly client: ClientData
}

/** The checks of the client data that registration and authentication share, in the order of WebAuthn L3 §7.1 and §7.2. */
export const CLIENT_CHECKS: readonly Check<JudgedClient>[] = [
  isOfThisCeremony,
  answersOurChallenge,
  isFromOurOrigin,
  isFramedOnlyIfExpected,
  isFramedByExpectedPage,
]

function isOfThisCeremony({ client, type }: JudgedClient): ReturnType<Check<JudgedClient>> {
  return client.type === type ? undefined : 'invalid_input'
}

function answersOurChallenge({ client, challenge }: JudgedClient): ReturnType<Check<JudgedClient>> {
  return sameBytes(client.challenge, challenge) ? undefined : 'challenge_ended'
}

// Literally: scheme, host and port, no prefix, no pattern.
function isFromOurOrigin({ client, party }: JudgedClient): ReturnType<Check<JudgedClient>> {
  return party.origins.has(client.origin) ? undefined : 'wrong_origin'
}

function isFramedOnlyIfExpected({ client, party }: JudgedClient): ReturnType<Check<JudgedClient>> {
  return client.crossOrigin && party.topOrigins.size === 0 ? 'wrong_origin' : undefined
}

// Some browsers say that the page is framed and not by whom; none names a top origin for a page that is not.
function isFramedByExpectedPage({ client, party }: JudgedClient): ReturnType<Check<JudgedClient>> {
  if (client.topOrigin === undefined) return undefined
  return client.crossOrigin && party.topOrigins.has(client.topOrigin) ? undefined : 'wrong_origin'
}
