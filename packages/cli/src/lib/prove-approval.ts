import { revealEvent } from '@sallyport/audit/ledger'
import type { Keyring } from '@sallyport/keyring'
import type { Store } from '@sallyport/store'
import { verifyApproval } from '@sallyport/webauthn'
import { approvalFinding, isFinding } from './approval-findings.ts'
import type { ApprovalFinding } from './approval-findings.ts'
import { findClaim, keyOf } from './find-claim.ts'
import type { ApprovalClaim } from './find-claim.ts'
import type { GivenAction } from './read-action.ts'

/** Where the ledger, the keys of persons and the keys of the application are. */
export interface ApprovalSources {
  readonly store: Store
  /** None: then nothing sealed can be opened. */
  readonly subjects: Store | undefined
  readonly keyring: Keyring
}

/** What is to be proved. */
export interface ApprovalQuestion {
  /** The id of the `challenge.verified` event. */
  readonly event: string
  readonly rpId: string
  readonly origins: readonly string[]
  /** The action that is said to have been approved; none: the one whose digest stands in the ledger, whatever it was. */
  readonly action: GivenAction | undefined
}

/** A verdict on an approval; it holds for a ledger that `sallyport verify` finds good. */
export type Approval = ProvedApproval | ApprovalFinding

/** An approval that holds. */
export interface ProvedApproval extends ApprovalClaim {
  readonly verdict: 'proved'
  /** Whether the authenticator said that it had verified its user, as by PIN or finger. */
  readonly userVerified: boolean
  /** Whether the digest in the ledger was computed again from a given action. */
  readonly recomputed: boolean
}

/**
 * Proves that an enrolled authenticator approved exactly one action: the key that signed is the one that was enrolled, and
 * what it signed ends in the hash of the action's digest.
 *
 * It believes what the entries say, so it relies on the ledger being verified.
 *
 * @param sources what is read; nothing is written.
 * @param question the event, and to whom the approval must have been given.
 * @returns the proof, or the first thing that contradicts it or is missing.
 */
export async function proveApproval(sources: ApprovalSources, question: ApprovalQuestion): Promise<Approval> {
  const claim = await findClaim(sources.store, question.event)
  if (isFinding(claim)) return claim
  const proof = await openProof(sources, claim)
  if (isFinding(proof)) return proof

  const { rpId, origins, action } = question
  const result = await verifyApproval({ proof: proof.fields, action: claim.digest, rpId, origins })
  if (!result.ok) return approvalFinding(result.reason)
  if (result.key !== claim.key) return approvalFinding('proof_key')
  const mismatch = action && (await compareAction(sources.keyring, claim, action))
  if (mismatch !== undefined) return mismatch
  return { verdict: 'proved', ...claim, userVerified: result.userVerified, recomputed: action !== undefined }
}

const DETAIL = 'detail.'

async function openProof(
  { subjects, keyring }: ApprovalSources,
  { verified }: ApprovalClaim,
): Promise<{ readonly fields: Readonly<Record<string, string>> } | ApprovalFinding> {
  if (verified.sealed === undefined) return approvalFinding('proof_missing')
  if (subjects === undefined) return approvalFinding('subjects_missing')
  const revealed = await revealEvent({ subjects, keyring }, verified)
  if (revealed === undefined) return approvalFinding('proof_erased')

  const details = Object.entries(revealed).filter(([name]) => name.startsWith(DETAIL))
  if (details.length === 0) return approvalFinding('proof_missing')
  return { fields: Object.fromEntries(details.map(([name, value]) => [name.slice(DETAIL.length), value])) }
}

/** Computes again, from what is said to have been approved and by whom, what stands in the ledger. */
async function compareAction(
  keyring: Keyring,
  { digest, verified, enrolled }: ApprovalClaim,
  action: GivenAction,
): Promise<ApprovalFinding | undefined> {
  // It brings the web framework along, which the other commands need not wait for.
  const { actionDigest } = await import('@sallyport/step-up')
  const digests = await actionDigest(keyring, action)
  const persons = await keyring.pseudonyms('audit.actor', action.user)
  const claimed = [
    [digest, digests],
    ...[verified, enrolled].map(({ actor }) => [actor?.id, persons] as const),
  ] as const
  if (claimed.some(([name, names]) => !names.some((one) => keyOf(one) === keyOf(name))))
    return approvalFinding('name_key_missing')
  if (!digests.includes(digest)) return approvalFinding('action_mismatch')
  const isTheirs = [verified, enrolled].every(({ actor }) => actor !== undefined && persons.includes(actor.id))
  return isTheirs ? undefined : approvalFinding('other_person')
}
