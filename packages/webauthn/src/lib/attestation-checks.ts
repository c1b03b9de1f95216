import type { AttestationObject } from './attestation-object.ts'
import type { NewCredential } from './authenticator-data.ts'
import { encodeBase64url } from './base64url.ts'
import { isTrustedChain } from './certificate-chain.ts'
import type { Check } from './checks.ts'
import { readKeyAlgorithm } from './cose-key.ts'
import type { RegistrationJson } from './credential-json.ts'
import type { RelyingParty } from './options.ts'

/** A new credential, and what is said for it. */
export interface JudgedCredential {
  readonly party: RelyingParty
  readonly answer: RegistrationJson
  readonly credential: NewCredential
  readonly attestation: AttestationObject
  readonly now: number
}

/** The checks of a new credential that are ours, in the order of WebAuthn L3 §7.1; the statement's own follows them. */
export const CREDENTIAL_CHECKS: readonly Check<JudgedCredential>[] = [
  hasOfferedKey,
  hasKnownFormat,
  hasTrustedMakers,
  hasIdOfPossibleLength,
  isTheOneNamed,
  isAllowedModel,
]

/** Whether somebody who is trusted vouches for the authenticator's model. */
export function isAttested({ party, attestation, now }: JudgedCredential): boolean {
  const { certificates } = attestation
  return party.roots !== undefined && isTrustedChain({ certificates, roots: party.roots, now })
}

function hasOfferedKey({ party, credential }: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  const algorithm = readKeyAlgorithm(credential.publicKey)
  return algorithm !== undefined && party.algorithms.includes(algorithm) ? undefined : 'invalid_input'
}

// Compared literally; what the library knows besides (`android-safetynet`) is out of use.
const FORMATS = ['none', 'packed', 'fido-u2f', 'apple', 'tpm', 'android-key']

function hasKnownFormat({ attestation }: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  return FORMATS.includes(attestation.format) ? undefined : 'invalid_input'
}

// For these two the library follows a chain to roots of its own, or to whatever root the client sent, and fetches the
// revocation lists that its certificates name: an address of the client's choice, unless the chain was judged before.
const JUDGED_BY_CHAIN = ['apple', 'android-key']

function hasTrustedMakers(judged: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  const { party, attestation } = judged
  const needsTrust = attestation.certificates.length > 0 && party.roots !== undefined
  if (!needsTrust && !JUDGED_BY_CHAIN.includes(attestation.format)) return undefined
  return isAttested(judged) ? undefined : 'authenticator_not_allowed'
}

const MAX_ID_BYTES = 1023

function hasIdOfPossibleLength({ credential }: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  return credential.id.length > 0 && credential.id.length <= MAX_ID_BYTES ? undefined : 'invalid_input'
}

// The id beside the signed bytes is the client's word.
function isTheOneNamed({ answer, credential }: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  return encodeBase64url(credential.id) === answer.id ? undefined : 'invalid_input'
}

function isAllowedModel(judged: JudgedCredential): ReturnType<Check<JudgedCredential>> {
  const { party, credential } = judged
  if (party.deny.has(credential.aaguid)) return 'authenticator_not_allowed'
  if (party.allow === undefined) return undefined
  return party.allow.has(credential.aaguid) && isAttested(judged) ? undefined : 'authenticator_not_allowed'
}
