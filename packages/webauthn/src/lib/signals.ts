import type { ViewBlock } from '@sallyport/step-up/factor'
import { plainName } from './ceremony-options.ts'
import type { RelyingParty } from './options.ts'
import type { PasskeyState } from './state.ts'

/**
 * Tells the browser's passkey manager which passkeys still count and whose they are, so that removed ones are no longer offered
 * (WebAuthn L3 §5.1.10). A user whose last passkey is gone has no handle left to say it for.
 *
 * @param party Whom the passkeys are for.
 * @param passkeys All passkeys of one user.
 * @param account How the user recognises the account.
 * @returns The blocks: two for each user handle, which is one but for two first enrolments at once.
 */
export function passkeySignals(
  party: RelyingParty,
  passkeys: readonly PasskeyState[],
  account: string,
): readonly ViewBlock[] {
  const handles = new Set(passkeys.map((passkey) => passkey.userHandle))
  const name = plainName(account)
  return [...handles].flatMap((userId) => {
    const user = { rpId: party.rpId, userId }
    const accepted = passkeys.filter((passkey) => passkey.userHandle === userId).map((passkey) => passkey.credentialId)
    return [
      {
        kind: 'passkey_signal',
        signal: 'allAcceptedCredentials',
        value: { ...user, allAcceptedCredentialIds: accepted },
      },
      { kind: 'passkey_signal', signal: 'currentUserDetails', value: { ...user, name, displayName: name } },
    ] as const
  })
}
