import { findRegression, HISTORY_CHECKS, OWNER_CHECKS } from './assertion-checks.ts'
import { AUTHENTICATOR_CHECKS } from './authenticator-checks.ts'
import { parseAuthenticatorData } from './authenticator-data.ts'
import type { AuthenticatorData } from './authenticator-data.ts'
import { decodeBase64url } from './base64url.ts'
import { firstRefusal } from './checks.ts'
import type { Reason } from './checks.ts'
import { CLIENT_CHECKS } from './client-checks.ts'
import { parseClientData } from './client-data.ts'
import { MAX_BYTES, parseAuthenticationJson } from './credential-json.ts'
import type { AuthenticationJson } from './credential-json.ts'
import type { RelyingParty } from './options.ts'
import { isAssertionValid } from './simplewebauthn.ts'
import type { ChallengeState, PasskeyState } from './state.ts'

/** An authentication's answer and what it has to answer. */
export interface Authentication {
  readonly party: RelyingParty
  readonly passkey: PasskeyState
  readonly challenge: ChallengeState & { readonly bytes: Uint8Array }
  /** The JSON text of the answer; controlled by the client. */
  readonly text: string | undefined
}

/** The two counts of a counter that did not grow. */
export interface Regression {
  readonly stored: number
  readonly received: number
}

/** An assertion that held; or why it did not. */
export type Authenticated =
  | {
      readonly ok: true
      readonly answer: AuthenticationJson
      readonly data: AuthenticatorData
      readonly regression?: Regression
    }
  | { readonly ok: false; readonly reason: Reason; readonly regression?: Regression }

/**
 * Judges the answer to a challenge against one passkey, in the order of WebAuthn L3 §7.2.
 *
 * @param authentication The answer, the passkey, and what the answer has to answer.
 * @returns What the authenticator said, or the reason of the first check that did not hold. It never rejects for what a
 * client sent. Nothing is stored here.
 */
export async function verifyAuthentication(authentication: Authentication): Promise<Authenticated> {
  const { party, passkey, challenge } = authentication
  const answer = parseAuthenticationJson(authentication.text)
  if (answer === undefined) return { ok: false, reason: 'invalid_input' }
  const foreign = firstRefusal(OWNER_CHECKS, { passkey, challenge, answer })
  if (foreign !== undefined) return { ok: false, reason: foreign }

  const clientBytes = decodeBase64url(answer.clientDataJSON, MAX_BYTES.clientData)
  const client = clientBytes && parseClientData(clientBytes)
  const dataBytes = decodeBase64url(answer.authenticatorData, MAX_BYTES.authenticatorData)
  const data = dataBytes && parseAuthenticatorData(dataBytes)
  const publicKey = decodeBase64url(passkey.publicKey, MAX_BYTES.attestation)
  if (client === undefined || data === undefined || publicKey === undefined)
    return { ok: false, reason: 'invalid_input' }
  const unfit =
    firstRefusal(CLIENT_CHECKS, { party, type: 'webauthn.get', challenge: challenge.bytes, client }) ??
    firstRefusal(AUTHENTICATOR_CHECKS, { party, data, uv: challenge.uv }) ??
    firstRefusal(HISTORY_CHECKS, { passkey, data, uv: challenge.uv })
  if (unfit !== undefined) return { ok: false, reason: unfit }
  const isValid = await isAssertionValid({ answer, client, rpId: party.rpId, publicKey })
  if (!isValid) return { ok: false, reason: 'signature_invalid' }

  const regression = findRegression(passkey, data)
  if (regression === undefined) return { ok: true, answer, data }
  if (party.counterRegression === 'refuse') return { ok: false, reason: 'counter_regressed', regression }
  return { ok: true, answer, data, regression }
}
