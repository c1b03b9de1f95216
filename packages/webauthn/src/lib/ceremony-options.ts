import type { RelyingParty } from './options.ts'
import type { ChallengeState, Json, PasskeyName, PasskeyState, PendingPasskey } from './state.ts'

// How long a person may take: what a browser is told. The server ends its challenges by itself.
const TIMEOUT_MS = 300_000

// What an authenticator keeps of a name for certain (WebAuthn L3 §6.4.1), in characters instead of bytes.
const MAX_NAME = 64

/**
 * Writes the options of `navigator.credentials.create` in their JSON form (WebAuthn L3 §5.1.8).
 *
 * @param party Whom the passkey is for.
 * @param pending The pending enrolment.
 * @param names The application's name and the account's; the latter is controlled by the identity provider.
 * @returns The options.
 */
export function creationOptions(
  party: RelyingParty,
  pending: PendingPasskey,
  names: { readonly issuer: string; readonly account: string },
): Json {
  const name = plainName(names.account)
  return {
    rp: { id: party.rpId, name: plainName(names.issuer) },
    user: { id: pending.userHandle, name, displayName: name },
    challenge: pending.challenge,
    pubKeyCredParams: party.algorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: TIMEOUT_MS,
    excludeCredentials: pending.excludeCredentials.map(descriptor),
    authenticatorSelection: {
      residentKey: 'preferred',
      requireResidentKey: false,
      userVerification: party.userVerification,
    },
    attestation: party.roots === undefined ? 'none' : 'direct',
  }
}

/**
 * Writes the options of `navigator.credentials.get` in their JSON form (WebAuthn L3 §5.1.9).
 *
 * @param party Whom the passkeys are for.
 * @param challenge The open challenge.
 * @param passkeys The passkeys that may answer; none at a sign-in, where any of this relying party may.
 * @returns The options.
 */
export function requestOptions(
  party: RelyingParty,
  challenge: ChallengeState,
  passkeys: readonly PasskeyState[],
): Json {
  return {
    challenge: challenge.challenge,
    rpId: party.rpId,
    timeout: TIMEOUT_MS,
    userVerification: challenge.uv ? 'required' : 'preferred',
    allowCredentials: passkeys.map(nameOf).map(descriptor),
  }
}

/** How a passkey is named to the browser. */
export function nameOf(passkey: PasskeyState): PasskeyName {
  return { id: passkey.credentialId, transports: passkey.transports }
}

/** A name as authenticators show it: without control and direction characters, and not too long. */
export function plainName(name: string): string {
  const plain = name.slice(0, 4 * MAX_NAME).replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
  return Array.from(plain.replace(/\s+/gu, ' ').trim()).slice(0, MAX_NAME).join('')
}

function descriptor({ id, transports }: PasskeyName): Json {
  return { type: 'public-key', id, transports }
}
