import { TlogError } from '@sallyport/tlog'
import { openNote, type Checkpoint, type NoteSignature } from '@sallyport/tlog/note'
import { findCosigners, judgePolicy, type Cosigner, type Policy } from '@sallyport/tlog/witness'

import { addCosignatures } from '../receipts/note-parts.ts'

// The last second of the year 9999, in seconds since the epoch.
const MAX_TIME = 253_402_300_799

/** A checkpoint of the ledger as it is stored. */
export interface StoredCheckpoint {
  readonly note: string
  /** The signature lines that witnesses gave, as kept beside it; empty when there are none. */
  readonly signatures: string
}

/** What a ledger and its witnesses say. */
export interface WitnessEvidence {
  readonly policy: Policy
  /** Opens a checkpoint by the ledger's own keys; a text when it cannot be trusted. */
  readonly open: (note: string) => Checkpoint | string
  /** The ledger's checkpoints, in any order: those that led to its entries, or were not compared with them yet. */
  readonly checkpoints: Iterable<StoredCheckpoint>
  /** The newest checkpoints that witnesses hold, with their cosignatures; attacker-controlled. */
  readonly held?: readonly string[] | undefined
  /**
   * Gives the root over the ledger's first entries; `undefined` for a size that it does not reach, or whose root is not
   * known. The roots of `checkpoints` are known without it.
   */
  readonly rootAt?: ((size: number) => Uint8Array | undefined) | undefined
}

/**
 * What witnesses say of a ledger.
 *
 * - `WITNESSED`: the policy's quorum has cosigned a checkpoint of this line; everything up to `size` was there at `time`.
 * - `SELF-ASSERTED`: no quorum has; whoever holds the ledger's key could have signed another history.
 * - `DIVERGED`: a witness of the policy holds a checkpoint which the ledger's key signed and which is not of this line.
 */
export interface WitnessVerdict {
  readonly word: 'WITNESSED' | 'SELF-ASSERTED' | 'DIVERGED'
  /** Of the largest witnessed checkpoint, or of the one that is not of this line. */
  readonly size?: number
  /** When so many had cosigned as the quorum asks for; for a diverged one, the first of its cosignatures. Seconds. */
  readonly time?: number
  /** The policy's names of the witnesses that cosigned that checkpoint. */
  readonly by: readonly string[]
  /** How many of `held` say nothing: not signed by the ledger's key, not cosigned by a witness of the policy, or not
   * comparable. */
  readonly ignored: number
}

/** Judges a ledger by its witnesses. Pure; never throws for what is attacker-controlled. */
export function judgeWitnesses(evidence: WitnessEvidence): WitnessVerdict {
  const roots = new Map<number, Uint8Array>()
  let best: Cosigned | undefined
  let newest = 0
  for (const { note, signatures } of evidence.checkpoints) {
    const checkpoint = openOwn(evidence, note)
    if (checkpoint === undefined) continue
    roots.set(checkpoint.size, checkpoint.root)
    newest = Math.max(newest, checkpoint.size)
    if (signatures === '' || (best !== undefined && checkpoint.size <= best.checkpoint.size)) continue
    const cosigned = openCosigned(evidence, addCosignatures(note, signatures, checkpoint.origin))
    if (cosigned !== undefined && quorumTime(evidence.policy, cosigned) !== undefined) best = cosigned
  }
  const held = (evidence.held ?? []).map((note) => openCosigned(evidence, note))
  const line = { newest, rootAt: (size: number) => roots.get(size) ?? evidence.rootAt?.(size) }
  const compared = held.map((one) => (one === undefined ? undefined : isOfLine(one.checkpoint, line)))
  const ignored = compared.filter((one) => one === undefined).length
  const diverged = held.find((_, at) => compared[at] === false)
  if (diverged !== undefined) return { word: 'DIVERGED', ...describe(diverged, firstTime(diverged)), ignored }
  // What a witness holds can also be the largest checkpoint that is witnessed.
  for (const [at, one] of held.entries()) {
    const isMore = one !== undefined && compared[at] === true && one.checkpoint.size > (best?.checkpoint.size ?? 0)
    if (isMore && quorumTime(evidence.policy, one) !== undefined) best = one
  }
  if (best === undefined) return { word: 'SELF-ASSERTED', by: [], ignored }
  return { word: 'WITNESSED', ...describe(best, quorumTime(evidence.policy, best)), ignored }
}

/** A checkpoint of the ledger's key that witnesses of the policy have cosigned. */
interface Cosigned {
  readonly checkpoint: Checkpoint
  readonly cosigners: readonly Cosigner[]
}

function openOwn({ open }: WitnessEvidence, note: string): Checkpoint | undefined {
  const opened = open(note)
  return typeof opened === 'string' ? undefined : opened
}

function openCosigned(evidence: WitnessEvidence, note: string): Cosigned | undefined {
  const checkpoint = openOwn(evidence, note)
  const { policy } = evidence
  if (checkpoint === undefined) return undefined
  const verified = openAny(note, policy)
  const isOfALog = policy.logs.length === 0 || policy.logs.some(({ verifier }) => verified.some(isBy(verifier)))
  const cosigners = findCosigners(policy, verified)
  return isOfALog && cosigners.length > 0 ? { checkpoint, cosigners } : undefined
}

// A bad signature of a known key makes the whole note say nothing, as the format wants it.
function openAny(note: string, { logs, witnesses }: Policy): readonly NoteSignature[] {
  try {
    const verifiers = [...logs, ...witnesses].map(({ verifier }) => verifier)
    return openNote(note, verifiers).verified
  } catch (error) {
    if (error instanceof TlogError) return []
    throw error
  }
}

function isBy(key: Pick<NoteSignature, 'name' | 'keyId'>): (signature: NoteSignature) => boolean {
  return ({ name, keyId }) => name === key.name && keyId === key.keyId
}

/** Since when the quorum holds for a checkpoint; `undefined` when it does not, or none is asked for. */
function quorumTime(policy: Policy, { cosigners }: Cosigned): number | undefined {
  const names: string[] = []
  if (judgePolicy(policy, names)) return undefined
  for (const { name, time } of cosigners.toSorted((one, other) => one.time - other.time)) {
    names.push(name)
    if (judgePolicy(policy, names)) return time
  }
  return undefined
}

interface Line {
  readonly newest: number
  readonly rootAt: (size: number) => Uint8Array | undefined
}

/** Tells whether a checkpoint is of the ledger's line; `undefined` when there is nothing to compare it with. */
function isOfLine({ size, root }: Checkpoint, { newest, rootAt }: Line): boolean | undefined {
  const own = rootAt(size)
  if (own !== undefined) return Buffer.compare(own, root) === 0
  // Beyond everything that is signed here: the ledger was put back, or this is another one.
  return size > newest ? false : undefined
}

function firstTime({ cosigners }: Cosigned): number {
  return Math.min(...cosigners.map(({ time }) => time))
}

function describe(
  { checkpoint, cosigners }: Cosigned,
  time: number | undefined,
): Pick<WitnessVerdict, 'size' | 'time' | 'by'> {
  // 0 states no time, and what is beyond the calendar is none.
  const states = time !== undefined && time > 0 && time <= MAX_TIME
  return { size: checkpoint.size, ...(states ? { time } : {}), by: cosigners.map(({ name }) => name) }
}
