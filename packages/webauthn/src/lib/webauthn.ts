import type { Attempt, ChallengeStart, EnrolledFactor, FactorEvent, FactorOutcome } from '@sallyport/step-up/factor'
import { verifyAuthentication } from './authentication.ts'
import type { Authenticated, Regression } from './authentication.ts'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { requestOptions } from './ceremony-options.ts'
import { makeChallenge } from './challenge-bytes.ts'
import { keyDigest } from './cose-key.ts'
import { MAX_BYTES, parseAuthenticationJson } from './credential-json.ts'
import { passkeyEnrolment } from './enrolment.ts'
import { resolveOptions } from './options.ts'
import type { RelyingParty, WebAuthnOptions } from './options.ts'
import { provedMethods, provedStrength } from './proved.ts'
import { passkeySignals } from './signals.ts'
import { parseChallenge, parseState } from './state.ts'
import type { ChallengeState, PasskeyState } from './state.ts'

/**
 * Makes the factor for passkeys and security keys.
 *
 * Its proofs are resistant to phishing: the browser names the origin, the authenticator signs it, and both are compared
 * literally. User verification is read from the signed answer, never from what was asked. A bound action is part of what is
 * signed, see `verifyApproval`. That a challenge is answered once, in time and by its own session, is for `step-up` to
 * see to; that a credential is enrolled for one user only as well, by the outcome's `unique`.
 *
 * @param options Which passkeys are made and accepted where, see `WebAuthnOptions`.
 * @returns The factor, for the `factors` of `createStepUp`. Its methods reject with `ERR_WEBAUTHN_STATE` when a stored
 * state is not this factor's and with `ERR_WEBAUTHN_RANDOM` for a faulty generator; whatever a client sends is an outcome.
 * @throws WebAuthnError `ERR_WEBAUTHN_OPTIONS` for a missing, unknown or contradictory option.
 * @see WebAuthn Level 3 §7.1, §7.2
 * @example
 * createStepUp({ store, audit, keyring, factors: [webauthn({ rpId: 'bank.example' })] })
 */
export function webauthn(options: WebAuthnOptions): EnrolledFactor {
  const party = resolveOptions(options)
  return {
    name: 'webauthn',
    strong: true,
    strength: ['phishing_resistant'],
    mayShow: ['phishing_resistant', 'user_verified', 'device_bound'],
    guessable: false,
    enrolment: passkeyEnrolment(party),
    start: async (input) => begin(party, input),
    async view(state, authenticators) {
      const passkeys = authenticators.map((authenticator) => parseState(authenticator.state))
      return [{ kind: 'passkey', ceremony: 'get', options: requestOptions(party, parseChallenge(state), passkeys) }]
    },
    verify: async (authenticator, attempt) => judge(party, parseState(authenticator.state), attempt),
    signIn: {
      async view(state) {
        const options = requestOptions(party, parseChallenge(state), [])
        return [{ kind: 'passkey', ceremony: 'get', options, autofill: true }]
      },
      named: (input) => parseAuthenticationJson(input['credential'])?.id,
    },
    listed(authenticators, account) {
      const passkeys = authenticators.map(({ state }) => parseState(state))
      return passkeySignals(party, passkeys, account)
    },
  }
}

function begin(party: RelyingParty, input: ChallengeStart): ChallengeState {
  const isSignIn = input.authenticators.length === 0
  const randomBytes = (size: number): Uint8Array => input.randomBytes(size)
  return {
    challenge: encodeBase64url(makeChallenge(randomBytes, input.action)),
    // At a sign-in the passkey is all there is: it has to stand for two factors.
    uv: isSignIn || party.userVerification === 'required' || input.demanded.includes('user_verified'),
    action: input.action,
    purpose: isSignIn ? 'sign_in' : 'step_up',
  }
}

async function judge(party: RelyingParty, passkey: PasskeyState, attempt: Attempt): Promise<FactorOutcome> {
  const challenge = parseChallenge(attempt.state)
  const authenticated = await verifyAuthentication({ party, passkey, challenge, text: attempt.input['credential'] })
  const events = regressionEvents(authenticated.regression)
  if (!authenticated.ok) return { ok: false, reason: authenticated.reason, ...events }
  const { data } = authenticated
  return {
    ok: true,
    // Of a copied key the higher count is kept, so that the other copy shows as well.
    next: { ...passkey, signCount: Math.max(passkey.signCount, data.signCount), backedUp: data.backedUp },
    strength: provedStrength(passkey, data),
    amr: provedMethods(passkey, data),
    ...events,
    ...proofOf(passkey, authenticated),
  }
}

function regressionEvents(regression: Regression | undefined): { readonly events?: readonly FactorEvent[] } {
  if (regression === undefined) return {}
  return { events: [{ type: 'authenticator.counter_regressed', data: { factor: 'webauthn', ...regression } }] }
}

function proofOf(
  { credentialId, publicKey }: PasskeyState,
  { answer }: Extract<Authenticated, { readonly ok: true }>,
): { readonly proof: Readonly<Record<string, string>>; readonly key: string } {
  const { clientDataJSON, authenticatorData, signature } = answer
  const key = keyDigest(decodeBase64url(publicKey, MAX_BYTES.attestation) ?? new Uint8Array())
  return { proof: { credentialId, publicKey, clientDataJSON, authenticatorData, signature }, key }
}
