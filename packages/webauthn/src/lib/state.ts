import type { AuthenticatorState } from '@sallyport/step-up/factor'
import { decodeBase64url } from './base64url.ts'
import { isChallengeFor, RANDOM_BYTES } from './challenge-bytes.ts'
import { WebAuthnError } from './errors.ts'
import { isAaguid, isRecord, isTexts } from './shapes.ts'
import type { Fields } from './shapes.ts'

/** Any JSON value, as the contract of factors stores it. */
export type Json = AuthenticatorState['state']

/** What is known of a passkey (WebAuthn L3 §4, credential record). */
export type PasskeyState = {
  /** base64url, as all bytes here. */
  readonly credentialId: string
  /** The COSE form, as the authenticator gave it. */
  readonly publicKey: string
  readonly signCount: number
  readonly userHandle: string
  readonly transports: readonly string[]
  readonly backupEligible: boolean
  readonly backedUp: boolean
  /** Whether the authenticator verified its user when it was enrolled; without that, a later verification may be a thief's. */
  readonly uvInitialized: boolean
  readonly aaguid: string
  /** Whether a trusted attestation stands behind `aaguid`. */
  readonly attested: boolean
  readonly rpId: string
}

/** A passkey as it is named to the browser. */
export type PasskeyName = { readonly id: string; readonly transports: readonly string[] }

/** An enrolment that waits for its answer. */
export type PendingPasskey = {
  readonly challenge: string
  readonly userHandle: string
  /** The user's passkeys: an authenticator that has one of them makes no second. */
  readonly excludeCredentials: readonly PasskeyName[]
}

/** A challenge that waits for its answer. */
export type ChallengeState = {
  readonly challenge: string
  /** Whether the user has to be verified. */
  readonly uv: boolean
  /** The digest of the bound action as text. */
  readonly action: string | null
  readonly purpose: 'step_up' | 'sign_in'
}

const MAX_ID_BYTES = 1023
const MAX_KEY_BYTES = 1024
const HANDLE_BYTES = 64
const MAX_COUNT = 0xffff_ffff

/**
 * Reads the state of an enrolled passkey.
 *
 * @param state As stored.
 * @returns The state.
 * @throws WebAuthnError `ERR_WEBAUTHN_STATE` when this factor did not make it.
 */
export function parseState(state: Json): PasskeyState {
  if (!isPasskeyState(state)) throw stateError()
  return state
}

/** Reads a pending enrolment, or throws `ERR_WEBAUTHN_STATE` when this factor did not make it. */
export function parsePending(pending: Json): PendingPasskey {
  if (!isPending(pending)) throw stateError()
  return pending
}

/** Reads an open challenge, or throws `ERR_WEBAUTHN_STATE` when this factor did not make it. */
export function parseChallenge(state: Json): ChallengeState & { readonly bytes: Uint8Array } {
  const bytes = isRecord(state, 4) ? decodeBase64url(state['challenge'], 2 * RANDOM_BYTES) : undefined
  if (!isChallenge(state) || bytes === undefined || !isChallengeFor(bytes, state.action)) throw stateError()
  return { ...state, bytes }
}

function isPasskeyState(value: unknown): value is PasskeyState {
  if (!isRecord(value, 11)) return false
  const { credentialId, publicKey, signCount, userHandle, transports, aaguid, rpId } = value
  const flags = [value['backupEligible'], value['backedUp'], value['uvInitialized'], value['attested']]
  return (
    isBinary(credentialId, MAX_ID_BYTES) &&
    isBinary(publicKey, MAX_KEY_BYTES) &&
    isBinary(userHandle, HANDLE_BYTES) &&
    Number.isInteger(signCount) &&
    Number(signCount) >= 0 &&
    Number(signCount) <= MAX_COUNT &&
    isTexts(transports) &&
    flags.every((flag) => typeof flag === 'boolean') &&
    isAaguid(aaguid) &&
    typeof rpId === 'string'
  )
}

function isPending(value: unknown): value is PendingPasskey {
  if (!isRecord(value, 3)) return false
  const { challenge, userHandle, excludeCredentials } = value
  const isChallengeText = decodeBase64url(challenge, RANDOM_BYTES)?.length === RANDOM_BYTES
  if (!isChallengeText || !isBinary(userHandle, HANDLE_BYTES)) return false
  return Array.isArray(excludeCredentials) && excludeCredentials.every(isName)
}

function isName(value: unknown): value is PasskeyName {
  return isRecord(value, 2) && isBinary(value['id'], MAX_ID_BYTES) && isTexts(value['transports'])
}

function isChallenge(value: Fields | Json): value is ChallengeState {
  if (!isRecord(value, 4)) return false
  const { action, purpose, uv } = value
  const isKnown = purpose === 'step_up' || purpose === 'sign_in'
  return isKnown && typeof uv === 'boolean' && (action === null || typeof action === 'string')
}

function isBinary(value: unknown, maxBytes: number): value is string {
  return (decodeBase64url(value, maxBytes)?.length ?? 0) > 0
}

function stateError(): WebAuthnError {
  return new WebAuthnError('ERR_WEBAUTHN_STATE', 'The stored state of a passkey is not one that this factor made.')
}
