import { sameBytes } from './base64url.ts'
import type { AuthenticatorData } from './authenticator-data.ts'
import type { Check } from './checks.ts'
import type { RelyingParty } from './options.ts'

/** What the authenticator said, and what is expected of it. */
export interface JudgedAuthenticator {
  readonly party: Pick<RelyingParty, 'rpIdHash'>
  /** Controlled by the client until the signature holds. */
  readonly data: AuthenticatorData
  /** Whether the user has to be verified. */
  readonly uv: boolean
}

/** The checks of the authenticator data that registration and authentication share, in the order of WebAuthn L3 §7.1 and §7.2. */
export const AUTHENTICATOR_CHECKS: readonly Check<JudgedAuthenticator>[] = [
  isForOurRpId,
  hasUserPresent,
  hasUserVerifiedIfRequired,
  hasPossibleBackupFlags,
]

function isForOurRpId({ data, party }: JudgedAuthenticator): ReturnType<Check<JudgedAuthenticator>> {
  return sameBytes(data.rpIdHash, party.rpIdHash) ? undefined : 'wrong_origin'
}

function hasUserPresent({ data }: JudgedAuthenticator): ReturnType<Check<JudgedAuthenticator>> {
  return data.userPresent ? undefined : 'user_not_verified'
}

function hasUserVerifiedIfRequired({ data, uv }: JudgedAuthenticator): ReturnType<Check<JudgedAuthenticator>> {
  return data.userVerified || !uv ? undefined : 'user_not_verified'
}

// What cannot be backed up is not backed up (WebAuthn L3 §6.1.3).
function hasPossibleBackupFlags({ data }: JudgedAuthenticator): ReturnType<Check<JudgedAuthenticator>> {
  return data.backedUp && !data.backupEligible ? 'invalid_input' : undefined
}
