// Everything that SimpleWebAuthn does for us; no other file knows it. It throws plain errors that quote what the client
// sent, or says `verified: false`: both leave here as `false`, and nothing of its messages does.

import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import { encodeBase64url } from './base64url.ts'
import type { ClientData } from './client-data.ts'
import type { AuthenticationJson, RegistrationJson } from './credential-json.ts'
import { isInItsOneForm } from './signature-form.ts'

/** An answer whose signature is to be judged, after every check of our own. */
interface Judged<Answer> {
  readonly answer: Answer
  readonly client: ClientData
  readonly rpId: string
}

/**
 * Verifies an attestation statement by the procedure of its format (WebAuthn L3 §8). Trust in its certificates is no part
 * of this, see `isTrustedChain`.
 *
 * @param judged The answer, its client data, and the algorithms offered.
 * @returns Whether it holds.
 */
export async function isAttestationValid(
  judged: Judged<RegistrationJson> & { readonly algorithms: readonly number[] },
): Promise<boolean> {
  const { answer, client, rpId, algorithms } = judged
  const { id, clientDataJSON, attestationObject } = answer
  const response: RegistrationResponseJSON = {
    id,
    rawId: id,
    type: 'public-key',
    response: { clientDataJSON, attestationObject },
    clientExtensionResults: {},
  }
  return holds(
    verifyRegistrationResponse({
      response,
      expectedChallenge: encodeBase64url(client.challenge),
      expectedOrigin: client.origin,
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...algorithms],
    }),
  )
}

/**
 * Verifies an assertion's signature over the authenticator data and the hash of the client data (WebAuthn L3 §6.3.3).
 *
 * @param judged The answer, its client data, and the public key in COSE form.
 * @returns Whether it holds. The counter is not judged.
 */
export async function isAssertionValid(
  judged: Judged<AuthenticationJson> & { readonly publicKey: Uint8Array },
): Promise<boolean> {
  const { answer, client, rpId, publicKey } = judged
  const { id, clientDataJSON, authenticatorData, signature } = answer
  if (!isInItsOneForm(publicKey, Buffer.from(signature, 'base64url'))) return false
  const response: AuthenticationResponseJSON = {
    id,
    rawId: id,
    type: 'public-key',
    response: { clientDataJSON, authenticatorData, signature },
    clientExtensionResults: {},
  }
  return holds(
    verifyAuthenticationResponse({
      response,
      expectedChallenge: encodeBase64url(client.challenge),
      expectedOrigin: client.origin,
      expectedRPID: rpId,
      ...(client.topOrigin === undefined ? {} : { expectedTopOrigin: client.topOrigin }),
      requireUserVerification: false,
      credential: { id, publicKey: new Uint8Array(publicKey), counter: 0 },
    }),
  )
}

async function holds(verifying: Promise<{ readonly verified: boolean }>): Promise<boolean> {
  try {
    return (await verifying).verified
  } catch {
    return false
  }
}
