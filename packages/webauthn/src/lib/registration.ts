import { parseAttestationObject } from './attestation-object.ts'
import { CREDENTIAL_CHECKS, isAttested } from './attestation-checks.ts'
import type { JudgedCredential } from './attestation-checks.ts'
import { AUTHENTICATOR_CHECKS } from './authenticator-checks.ts'
import { parseAuthenticatorData } from './authenticator-data.ts'
import type { AuthenticatorData } from './authenticator-data.ts'
import { decodeBase64url } from './base64url.ts'
import { firstRefusal } from './checks.ts'
import type { Reason } from './checks.ts'
import { CLIENT_CHECKS } from './client-checks.ts'
import { parseClientData } from './client-data.ts'
import { MAX_BYTES, parseRegistrationJson } from './credential-json.ts'
import type { RelyingParty } from './options.ts'
import { isAttestationValid } from './simplewebauthn.ts'

/** A registration's answer and what it has to answer. */
export interface Registration {
  readonly party: RelyingParty
  readonly challenge: Uint8Array
  /** The JSON text of the answer; controlled by the client. */
  readonly text: string | undefined
  readonly now: number
}

/** A credential whose registration held; or why it did not. */
export type Registered =
  | {
      readonly ok: true
      readonly credentialId: string
      readonly publicKey: Uint8Array
      readonly aaguid: string
      readonly attested: boolean
      readonly transports: readonly string[]
      readonly data: AuthenticatorData
    }
  | { readonly ok: false; readonly reason: Reason; readonly aaguid?: string }

/**
 * Judges the answer to a registration, in the order of WebAuthn L3 §7.1. Whether the credential is enrolled already, with
 * whomever, is for the caller to see when it is stored.
 *
 * @param registration The answer and what it has to answer.
 * @returns The credential, or the reason of the first check that did not hold. It never rejects for what a client sent.
 */
export async function verifyRegistration(registration: Registration): Promise<Registered> {
  const { party, challenge, now } = registration
  const answer = parseRegistrationJson(registration.text)
  const clientBytes = decodeBase64url(answer?.clientDataJSON, MAX_BYTES.clientData)
  const client = clientBytes && parseClientData(clientBytes)
  if (answer === undefined || client === undefined) return refuse('invalid_input')
  const astray = firstRefusal(CLIENT_CHECKS, { party, type: 'webauthn.create', challenge, client })
  if (astray !== undefined) return refuse(astray)

  const attestationBytes = decodeBase64url(answer.attestationObject, MAX_BYTES.attestation)
  const attestation = attestationBytes && parseAttestationObject(attestationBytes)
  const data = attestation && parseAuthenticatorData(attestation.authenticatorData)
  if (attestation === undefined || data?.credential === undefined) return refuse('invalid_input')
  const { credential } = data
  const uv = party.userVerification === 'required'
  const judged: JudgedCredential = { party, answer, credential, attestation, now }
  const unfit = firstRefusal(AUTHENTICATOR_CHECKS, { party, data, uv }) ?? firstRefusal(CREDENTIAL_CHECKS, judged)
  if (unfit !== undefined) return refuse(unfit, credential.aaguid)
  const isValid = await isAttestationValid({ answer, client, rpId: party.rpId, algorithms: party.algorithms })
  if (!isValid) return refuse('signature_invalid', credential.aaguid)

  const { aaguid, publicKey } = credential
  const { id: credentialId, transports } = answer
  return { ok: true, credentialId, publicKey, aaguid, attested: isAttested(judged), transports, data }
}

function refuse(reason: Reason, aaguid?: string): Registered {
  return { ok: false, reason, ...(aaguid === undefined ? {} : { aaguid }) }
}
