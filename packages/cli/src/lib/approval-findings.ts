/** Why an approval is not proved. `disproved`: something contradicts it. `unverifiable`: something is missing. */
export interface ApprovalFinding {
  readonly verdict: 'disproved' | 'unverifiable'
  readonly reason: ApprovalReason
  /** One sentence for the person at the terminal. */
  readonly message: string
}

/** What was found; the names never change their meaning. */
export type ApprovalReason =
  | 'event_unknown'
  | 'not_verified'
  | 'not_signed'
  | 'key_missing'
  | 'action_missing'
  | 'action_ambiguous'
  | 'enrolment_missing'
  | 'enrolled_key'
  | 'enrolled_person'
  | 'subjects_missing'
  | 'proof_missing'
  | 'proof_erased'
  | 'malformed'
  | 'wrong_action'
  | 'wrong_origin'
  | 'wrong_rp'
  | 'signature_invalid'
  | 'proof_key'
  | 'name_key_missing'
  | 'action_mismatch'
  | 'other_person'

const FINDINGS: Readonly<Record<ApprovalReason, readonly [ApprovalFinding['verdict'], string]>> = {
  event_unknown: ['unverifiable', 'The ledger has no event of this id.'],
  not_verified: ['unverifiable', 'The event is not a challenge.verified: it proves no approval.'],
  not_signed: ['unverifiable', 'The challenge was answered by a factor that signs nothing: only webauthn does.'],
  key_missing: ['unverifiable', 'The event does not name the authenticator and the key that proved it.'],
  action_missing: ['unverifiable', 'The ledger names no action of this step-up: it was bound to none.'],
  action_ambiguous: ['disproved', 'The ledger names more than one action of this step-up.'],
  enrolment_missing: ['unverifiable', 'No earlier authenticator.enrolled of this authenticator names its key.'],
  enrolled_key: ['disproved', 'The key that proved it is not the one that was enrolled.'],
  enrolled_person: ['disproved', 'The authenticator was enrolled by another person.'],
  subjects_missing: ['unverifiable', 'The proof is sealed: give the store of the subject keys by --subjects.'],
  proof_missing: ['unverifiable', 'The event holds no proof.'],
  proof_erased: [
    'unverifiable',
    'The proof cannot be opened: the key of its person is not in the store, or was erased.',
  ],
  malformed: ['disproved', 'The proof is not a WebAuthn assertion.'],
  wrong_action: ['disproved', 'The proof was not given for the action that the ledger names.'],
  wrong_origin: ['disproved', 'The proof was not given on any of the origins.'],
  wrong_rp: ['disproved', 'The proof was not given to this relying party.'],
  signature_invalid: ['disproved', 'The signature of the proof does not hold.'],
  proof_key: ['disproved', 'The proof was signed by another key than the ledger names.'],
  name_key_missing: [
    'unverifiable',
    'The key ring lacks the key under which the ledger names actions or persons here.',
  ],
  action_mismatch: ['disproved', 'The action that was approved is not the given one.'],
  other_person: ['disproved', 'Another person approved it than the given one.'],
}

/** Makes a finding. */
export function approvalFinding(reason: ApprovalReason): ApprovalFinding {
  const [verdict, message] = FINDINGS[reason]
  return { verdict, reason, message }
}

/** Tells a finding from what was looked for. */
export function isFinding(value: object): value is ApprovalFinding {
  return 'verdict' in value && 'reason' in value
}
