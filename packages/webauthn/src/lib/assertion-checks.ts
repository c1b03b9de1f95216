import type { AuthenticatorData } from './authenticator-data.ts'
import type { Check } from './checks.ts'
import type { AuthenticationJson } from './credential-json.ts'
import type { ChallengeState, PasskeyState } from './state.ts'

/** An assertion and the passkey it is judged against. */
export interface JudgedAnswer {
  readonly passkey: PasskeyState
  readonly challenge: ChallengeState
  readonly answer: AuthenticationJson
}

/** Which passkey an answer comes from: checked before anything is computed, in the order of WebAuthn L3 §7.2. */
export const OWNER_CHECKS: readonly Check<JudgedAnswer>[] = [comesFromThisPasskey, namesItsOwner]

function comesFromThisPasskey({ passkey, answer }: JudgedAnswer): ReturnType<Check<JudgedAnswer>> {
  return answer.id === passkey.credentialId ? undefined : 'authenticator_unknown'
}

// Who is not known yet is who the passkey says they are, so at a sign-in it has to say it.
function namesItsOwner({ passkey, challenge, answer }: JudgedAnswer): ReturnType<Check<JudgedAnswer>> {
  if (answer.userHandle === undefined) return challenge.purpose === 'sign_in' ? 'invalid_input' : undefined
  return answer.userHandle === passkey.userHandle ? undefined : 'authenticator_unknown'
}

/** What the authenticator says now and what it said at its enrolment. */
export interface JudgedHistory {
  readonly passkey: PasskeyState
  readonly data: AuthenticatorData
  readonly uv: boolean
}

/** What has to agree with what is stored, in the order of WebAuthn L3 §7.2. */
export const HISTORY_CHECKS: readonly Check<JudgedHistory>[] = [verifiesTheUserItKnew, isAsEligibleForBackup]

// Who steals a key without a PIN sets one of their own and is verified from then on (WebAuthn L3 §7.2, uvInitialized).
function verifiesTheUserItKnew({ passkey, uv }: JudgedHistory): ReturnType<Check<JudgedHistory>> {
  return uv && !passkey.uvInitialized ? 'user_not_verified' : undefined
}

// It never changes in the life of a credential (WebAuthn L3 §6.1.3).
function isAsEligibleForBackup({ passkey, data }: JudgedHistory): ReturnType<Check<JudgedHistory>> {
  return data.backupEligible === passkey.backupEligible ? undefined : 'invalid_input'
}

/**
 * Finds a counter that did not grow: a sign that the key was copied, or that its authenticator is broken.
 *
 * @returns The two counts, or `undefined` when it grew or the authenticator does not count.
 * @see WebAuthn L3 §6.1.1, §7.2
 */
export function findRegression(
  passkey: PasskeyState,
  data: AuthenticatorData,
): { readonly stored: number; readonly received: number } | undefined {
  const [stored, received] = [passkey.signCount, data.signCount]
  return (stored === 0 && received === 0) || received > stored ? undefined : { stored, received }
}
