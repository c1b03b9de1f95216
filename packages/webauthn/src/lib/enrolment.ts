import type { EnrolmentAnswer, EnrolmentOutcome, EnrolmentStart, EnrolledFactor } from '@sallyport/step-up/factor'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { creationOptions, nameOf } from './ceremony-options.ts'
import { makeChallenge, RANDOM_BYTES, takeRandom } from './challenge-bytes.ts'
import { keyDigest } from './cose-key.ts'
import { defaultLabel } from './label.ts'
import type { RelyingParty } from './options.ts'
import { verifyRegistration } from './registration.ts'
import type { Registered } from './registration.ts'
import { parsePending, parseState } from './state.ts'
import type { PasskeyState, PendingPasskey } from './state.ts'

const HANDLE_BYTES = 64

/** Makes the enrolment of new passkeys. */
export function passkeyEnrolment(party: RelyingParty): EnrolledFactor['enrolment'] {
  return {
    start: async (input) => begin(input),
    async view(pending, input) {
      const options = creationOptions(party, parsePending(pending), input)
      return [{ kind: 'passkey', ceremony: 'create', options }]
    },
    finish: (answer) => finish(party, answer),
  }
}

function begin(input: EnrolmentStart): PendingPasskey {
  const existing = input.existing.map(({ state }) => parseState(state))
  const randomBytes = (size: number): Uint8Array => input.randomBytes(size)
  return {
    challenge: encodeBase64url(makeChallenge(randomBytes, null)),
    // One handle for all of a user's passkeys: a passkey manager shows them as one account.
    userHandle: existing[0]?.userHandle ?? encodeBase64url(takeRandom(randomBytes, HANDLE_BYTES)),
    excludeCredentials: existing.map(nameOf),
  }
}

async function finish(party: RelyingParty, { pending, input, now }: EnrolmentAnswer): Promise<EnrolmentOutcome> {
  const { challenge, userHandle } = parsePending(pending)
  const bytes = decodeBase64url(challenge, RANDOM_BYTES) ?? new Uint8Array()
  const registered = await verifyRegistration({ party, challenge: bytes, text: input['credential'], now })
  if (!registered.ok) {
    const { reason, aaguid } = registered
    return { ok: false, reason, ...(aaguid === undefined ? {} : { about: { model: aaguid } }) }
  }
  const { publicKey, aaguid, attested, transports, data } = registered
  return {
    ok: true,
    next: newState(party, registered, userHandle),
    unique: registered.credentialId,
    about: { key: keyDigest(publicKey), model: aaguid, attested, backedUp: data.backedUp },
    label: defaultLabel(transports, data),
  }
}

function newState(
  party: RelyingParty,
  registered: Extract<Registered, { readonly ok: true }>,
  userHandle: string,
): PasskeyState {
  const { credentialId, publicKey, aaguid, attested, transports, data } = registered
  return {
    credentialId,
    publicKey: encodeBase64url(publicKey),
    signCount: data.signCount,
    userHandle,
    transports,
    backupEligible: data.backupEligible,
    backedUp: data.backedUp,
    uvInitialized: data.userVerified,
    aaguid,
    attested,
    rpId: party.rpId,
  }
}
