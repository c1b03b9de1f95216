import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { cosignatureTime } from './cosigner-key.ts'
import { TlogError } from './errors.ts'
import { openNote, type NoteSignature, type NoteVerifier } from './note.ts'
import { NO_QUORUM, type Policy } from './policy.ts'

/** A witness of a policy that has cosigned. */
export interface Cosigner {
  /** Its name within the policy. */
  readonly name: string
  /** When it cosigned, in seconds since the epoch. */
  readonly time: number
}

/** A checkpoint that is valid by a policy. */
export interface CosignedCheckpoint {
  readonly checkpoint: Checkpoint
  /** The policy's witnesses that have cosigned it, in the policy's order. */
  readonly cosigners: readonly Cosigner[]
}

/**
 * Tells whether the quorum of a policy holds.
 *
 * @param policy from `parsePolicy`
 * @param names the policy's names of the witnesses whose cosignatures were verified; others are ignored
 * @see C2SP tlog-policy, "Defining a witness group"
 */
export function judgePolicy(policy: Policy, names: Iterable<string>): boolean {
  if (policy.quorum === NO_QUORUM) return true
  const witnesses = new Set(policy.witnesses.map(({ name }) => name))
  const holding = new Set([...names].filter((name) => witnesses.has(name)))
  // Members stand above their group, so one pass in order is enough.
  for (const { name, threshold, members } of policy.groups) {
    if (members.filter((member) => holding.has(member)).length >= threshold) holding.add(name)
  }
  return holding.has(policy.quorum)
}

/**
 * Finds a policy's witnesses among signatures.
 *
 * @param policy from `parsePolicy`
 * @param signatures those that `openNote` or `openCosignatures` verified with the policy's verifiers
 * @returns name and time of each witness, in the policy's order
 */
export function findCosigners(policy: Policy, signatures: readonly NoteSignature[]): readonly Cosigner[] {
  return policy.witnesses.flatMap(({ name, verifier }) => {
    const signature = signatures.find((one) => isOf(one, verifier))
    return signature === undefined ? [] : [{ name, time: cosignatureTime(signature) }]
  })
}

/**
 * Opens a checkpoint that is valid by a policy: one of its logs has signed it under its own name, and its quorum has
 * cosigned it.
 *
 * @param note the checkpoint with its signatures; attacker-controlled
 * @param policy from `parsePolicy`; one without logs validates no checkpoint
 * @throws TlogError `ERR_TLOG_NOTE_MALFORMED`, `ERR_TLOG_NOTE_BAD_SIGNATURE` for a bad signature of any log or witness
 * of the policy, `ERR_TLOG_NOTE_UNSIGNED` when no log of the policy signed, `ERR_TLOG_CHECKPOINT_MALFORMED`,
 * `ERR_TLOG_POLICY_UNMET` when the quorum does not hold
 * @see C2SP tlog-policy
 */
export function openByPolicy(note: string, policy: Policy): CosignedCheckpoint {
  const verifiers = [...policy.logs, ...policy.witnesses].map(({ verifier }) => verifier)
  const { text, verified } = openNote(note, verifiers)
  const logs = policy.logs.filter(({ verifier }) => verified.some((one) => isOf(one, verifier)))
  if (logs.length === 0) throw new TlogError('ERR_TLOG_NOTE_UNSIGNED', 'No log of the policy has signed the note.')
  const checkpoint = parseCheckpoint(text)
  if (!logs.some(({ verifier }) => verifier.name === checkpoint.origin)) {
    throw new TlogError('ERR_TLOG_NOTE_UNSIGNED', 'No log of the policy has signed a checkpoint of its own.')
  }
  const cosigners = findCosigners(policy, verified)
  const names = cosigners.map(({ name }) => name)
  if (judgePolicy(policy, names)) return { checkpoint, cosigners }
  throw new TlogError('ERR_TLOG_POLICY_UNMET', 'The quorum of the policy does not hold.')
}

function isOf(signature: NoteSignature, verifier: NoteVerifier): boolean {
  return signature.name === verifier.name && signature.keyId === verifier.keyId
}
