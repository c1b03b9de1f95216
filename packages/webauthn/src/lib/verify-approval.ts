import { parseAuthenticatorData } from './authenticator-data.ts'
import type { AuthenticatorData } from './authenticator-data.ts'
import { decodeBase64url, sameBytes } from './base64url.ts'
import { isChallengeFor } from './challenge-bytes.ts'
import { parseClientData } from './client-data.ts'
import type { ClientData } from './client-data.ts'
import { keyDigest, readKeyAlgorithm } from './cose-key.ts'
import { MAX_BYTES } from './credential-json.ts'
import type { AuthenticationJson } from './credential-json.ts'
import { hashRpId } from './options.ts'
import { isAssertionValid } from './simplewebauthn.ts'

/** What is said to have been approved, and the proof. */
export interface ApprovalInput {
  /** The `proof` of a successful outcome, as it was sealed in the ledger. Nothing in it is believed before it is judged. */
  readonly proof: Readonly<Record<string, string>>
  /** The digest of the bound action, as text, as it stands in the ledger. */
  readonly action: string
  readonly rpId: string
  /** The origins on which it may have been approved, exactly. */
  readonly origins: readonly string[]
}

/** What a proof of approval is worth. `key` is base64url of SHA-256 over the COSE key, as in the ledger. */
export type ApprovalResult =
  | { readonly ok: true; readonly userVerified: boolean; readonly key: string }
  | {
      readonly ok: false
      readonly reason: 'malformed' | 'wrong_action' | 'wrong_origin' | 'wrong_rp' | 'signature_invalid'
    }

/**
 * Proves from a sealed proof alone that a passkey's key signed exactly this action.
 *
 * It needs no state, no clock and no network. It says which key signed (compare `key` with that of
 * `authenticator.enrolled`), not when: that is for the ledger. `userVerified` is the authenticator's word of that moment.
 *
 * @param input The proof and the action.
 * @returns Whether the signature holds, over a challenge that ends in this action's hash, given on one of these origins
 * to this relying party by somebody present; or the first reason why not. It does not reject for what the proof holds.
 * @see WebAuthn L3 §7.2; the README of this package for the challenge's bytes
 * @example
 * const { ok } = await verifyApproval({ proof, action: entry.digest, rpId: 'bank.example', origins: ['https://bank.example'] })
 */
export async function verifyApproval(input: ApprovalInput): Promise<ApprovalResult> {
  const { rpId, action, origins } = input
  const proof = parseProof(input.proof)
  if (proof === undefined) return { ok: false, reason: 'malformed' }
  const { answer, client, data, publicKey } = proof
  if (!isChallengeFor(client.challenge, action)) return { ok: false, reason: 'wrong_action' }
  if (!origins.includes(client.origin)) return { ok: false, reason: 'wrong_origin' }
  if (!sameBytes(data.rpIdHash, hashRpId(rpId))) return { ok: false, reason: 'wrong_rp' }
  const isValid = await isAssertionValid({ answer, client, rpId, publicKey })
  if (!isValid) return { ok: false, reason: 'signature_invalid' }
  return { ok: true, userVerified: data.userVerified, key: keyDigest(publicKey) }
}

interface Proof {
  readonly answer: AuthenticationJson
  readonly client: ClientData
  readonly data: AuthenticatorData
  readonly publicKey: Uint8Array
}

function parseProof(proof: ApprovalInput['proof']): Proof | undefined {
  const { credentialId: id = '', clientDataJSON = '', authenticatorData = '', signature = '' } = proof
  const clientBytes = decodeBase64url(clientDataJSON, MAX_BYTES.clientData)
  const dataBytes = decodeBase64url(authenticatorData, MAX_BYTES.authenticatorData)
  const publicKey = decodeBase64url(proof['publicKey'], MAX_BYTES.attestation)
  const client = clientBytes && parseClientData(clientBytes)
  const data = dataBytes && parseAuthenticatorData(dataBytes)
  if (client?.type !== 'webauthn.get' || data === undefined || publicKey === undefined) return undefined
  if (!isBinary(id, MAX_BYTES.id) || !isBinary(signature, MAX_BYTES.signature)) return undefined
  if (readKeyAlgorithm(publicKey) === undefined) return undefined
  return { answer: { id, clientDataJSON, authenticatorData, signature }, client, data, publicKey }
}

function isBinary(text: string, maxBytes: number): boolean {
  return (decodeBase64url(text, maxBytes)?.length ?? 0) > 0
}
