import type { StrengthName } from '@sallyport/step-up/factor'
import type { AuthenticatorData } from './authenticator-data.ts'
import type { PasskeyState } from './state.ts'

/**
 * Says what an assertion showed beyond resistance to phishing.
 *
 * `user_verified` needs the flag now and at the enrolment: a PIN that was set later may be a thief's. `device_bound` needs a
 * trusted attestation: without one, whether a key can leave its device is what software says of itself.
 *
 * @param passkey What is stored.
 * @param data What the authenticator said, its signature verified.
 * @returns The strength, for the evidence.
 */
export function provedStrength(passkey: PasskeyState, data: AuthenticatorData): readonly StrengthName[] {
  return [
    ...(isUserVerified(passkey, data) ? (['user_verified'] as const) : []),
    ...(isDeviceBound(passkey) ? (['device_bound'] as const) : []),
  ]
}

/**
 * Says the same in the words of RFC 8176: `pop` for the key; with the user verified also `user`, and whether the key is
 * known to live in hardware.
 *
 * @param passkey What is stored.
 * @param data What the authenticator said, its signature verified.
 * @returns The `amr` values.
 */
export function provedMethods(passkey: PasskeyState, data: AuthenticatorData): readonly string[] {
  if (!isUserVerified(passkey, data)) return ['pop']
  return ['pop', 'user', isDeviceBound(passkey) ? 'hwk' : 'swk']
}

function isUserVerified(passkey: PasskeyState, data: AuthenticatorData): boolean {
  return data.userVerified && passkey.uvInitialized
}

function isDeviceBound(passkey: PasskeyState): boolean {
  return passkey.attested && !passkey.backupEligible
}
