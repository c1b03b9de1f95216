import { TlogError } from '@sallyport/tlog'
import {
  openNote,
  parseCheckpoint,
  parseVerifierKey,
  type Checkpoint,
  type NoteSignature,
  type NoteVerifier,
} from '@sallyport/tlog/note'
import { activeKeys, extendsManifest, parseManifest, type KeyManifest, type StoredManifest } from './key-manifest.ts'
import { splitNote } from '../receipts/note-parts.ts'
import type { ProblemKind } from '../verifying/verdict-meanings.ts'

/** What is wrong with a manifest. */
export interface ManifestProblem {
  readonly kind: Extract<
    ProblemKind,
    'keys_unreadable' | 'keys_unsigned' | 'keys_forged' | 'keys_differ' | 'keys_missing'
  >
  readonly number: number
}

/** The keys by which the checkpoints of a ledger are judged. */
export interface TrustedKeys {
  /** The newest manifest that holds; `undefined` when there is none. */
  readonly manifest: KeyManifest | undefined
  readonly problems: readonly ManifestProblem[]
  /** Opens a checkpoint; otherwise says why it is none that can be trusted. */
  readonly open: (note: string) => Checkpoint | CheckpointProblem
  /** Tells whether a note is signed by a key that might sign the ledger at a size. */
  readonly isSignedAt: (note: string, size: number) => boolean
  /** Gives the keys that might sign the ledger at a size and have signed a note, as verifier keys. */
  readonly signersAt: (note: string, size: number) => readonly string[]
}

/** Why a checkpoint cannot be trusted. */
export type CheckpointProblem = Extract<ProblemKind, `checkpoint_${string}`>

/**
 * Judges the manifests of a ledger by keys that are trusted anyhow, and gives all keys that they lead to.
 *
 * A manifest is followed when its own newest key signed it, and a key that the manifest before still let sign, or, for
 * the first that can be followed, a given key. Whoever gives only a newer key learns of the older ones from the manifest which that one
 * signed; the manifests before it must then say nothing else. A given key that no manifest names is trusted without
 * bounds: whoever gives it says so.
 *
 * @param given the verifier keys that are trusted, as texts
 * @param stored the manifests in order of their numbers; from the store, so possibly an attacker's
 */
export function trustKeys(given: readonly string[], stored: readonly StoredManifest[]): TrustedKeys {
  const { manifest, problems } = followManifests(given, stored)
  const listed = new Map((manifest?.keys ?? []).map((key) => [key.verifierKey, key]))
  const ranges = new Map<string, { readonly text: string; readonly from: number; readonly until?: number }>()
  const verifiers = [...new Set([...listed.keys(), ...given])].map((text) => {
    const verifier = parseVerifierKey(text)
    ranges.set(nameOf(verifier), { text, ...(listed.get(text) ?? { from: 0 }) })
    return verifier
  })
  const maySignAt = (signature: NoteSignature, size: number): boolean => {
    const { from, until = Infinity } = ranges.get(nameOf(signature)) ?? { from: Infinity }
    return size >= from && size <= until
  }
  const maySign = (signature: NoteSignature, { origin, size }: Checkpoint): boolean =>
    signature.name === origin && maySignAt(signature, size)
  const signersAt = (note: string, size: number): readonly string[] =>
    verifiedBy(note, verifiers)
      .filter((signature) => maySignAt(signature, size))
      .map((signature) => ranges.get(nameOf(signature))?.text ?? '')
  return {
    manifest,
    problems,
    open: (note) => openCheckpoint(note, verifiers, maySign),
    isSignedAt: (note, size) => signersAt(note, size).length > 0,
    signersAt,
  }
}

interface Followed {
  readonly manifest: KeyManifest | undefined
  readonly problems: readonly ManifestProblem[]
}

function followManifests(given: readonly string[], stored: readonly StoredManifest[]): Followed {
  const problems: ManifestProblem[] = []
  const before: { readonly one: StoredManifest; readonly manifest: KeyManifest }[] = []
  let newest: KeyManifest | undefined
  for (const [at, one] of stored.entries()) {
    const number = at + 1
    if (one.number !== number) return { manifest: newest, problems: [...problems, { kind: 'keys_missing', number }] }
    const judged = openManifest(one, newest === undefined ? given : activeKeys(newest).map((key) => key.verifierKey))
    if (typeof judged !== 'string') {
      if (newest !== undefined && !extendsManifest(judged, newest)) problems.push({ kind: 'keys_differ', number })
      else newest = judged
      continue
    }
    const unopened = judged === 'keys_unsigned' ? parseManifest(splitNote(one.note).text) : undefined
    if (newest === undefined && unopened?.number === number) before.push({ one, manifest: unopened })
    else problems.push({ kind: judged, number })
  }
  return { manifest: newest, problems: [...problems, ...judgeOlder(before, newest)] }
}

// Manifests from before the given keys: the newest one vouches for what they say.
function judgeOlder(
  older: readonly { readonly one: StoredManifest; readonly manifest: KeyManifest }[],
  newest: KeyManifest | undefined,
): readonly ManifestProblem[] {
  return older.flatMap(({ one, manifest }): readonly ManifestProblem[] => {
    const { number } = manifest
    if (newest === undefined) return [{ kind: 'keys_unsigned', number }]
    if (!extendsManifest(newest, manifest)) return [{ kind: 'keys_differ', number }]
    const opened = openManifest(
      one,
      manifest.keys.map((key) => key.verifierKey),
    )
    return typeof opened === 'string' ? [{ kind: opened, number }] : []
  })
}

function openManifest(one: StoredManifest, keys: readonly string[]): KeyManifest | ManifestProblem['kind'] {
  try {
    const { text } = openNote(one.note, keys.map(parseVerifierKey))
    const manifest = parseManifest(text)
    if (manifest === undefined) return 'keys_unreadable'
    if (!isSignedWhole(one.note, manifest)) return 'keys_unsigned'
    const isOwn = manifest.keys.every(({ verifierKey }) => verifierKey.startsWith(`${manifest.origin}+`))
    return isOwn && manifest.number === one.number ? manifest : 'keys_differ'
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    if (error.code === 'ERR_TLOG_NOTE_UNSIGNED') return 'keys_unsigned'
    return error.code === 'ERR_TLOG_NOTE_BAD_SIGNATURE' ? 'keys_forged' : 'keys_unreadable'
  }
}

function verifiedBy(note: string, verifiers: readonly NoteVerifier[]): readonly NoteSignature[] {
  try {
    return openNote(note, verifiers).verified
  } catch (error) {
    if (error instanceof TlogError) return []
    throw error
  }
}

// Whoever adds a key must have it; and a manifest bears no signature but those of its own keys, all of them good.
function isSignedWhole(note: string, { keys }: KeyManifest): boolean {
  const verifiers = keys.map(({ verifierKey }) => parseVerifierKey(verifierKey))
  const { verified, unverified } = openNote(note, verifiers)
  const newest = verifiers.at(-1)
  return unverified.length === 0 && verified.some(({ keyId }) => keyId === newest?.keyId)
}

function openCheckpoint(
  note: string,
  verifiers: readonly NoteVerifier[],
  maySign: (signature: NoteSignature, checkpoint: Checkpoint) => boolean,
): Checkpoint | CheckpointProblem {
  try {
    const { text, verified } = openNote(note, verifiers)
    const checkpoint = parseCheckpoint(text)
    if (verified.some((signature) => maySign(signature, checkpoint))) return checkpoint
    return verified.some(({ name }) => name === checkpoint.origin) ? 'checkpoint_key_retired' : 'checkpoint_misplaced'
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    if (error.code === 'ERR_TLOG_NOTE_UNSIGNED') return 'checkpoint_unsigned'
    return error.code === 'ERR_TLOG_NOTE_BAD_SIGNATURE' ? 'checkpoint_forged' : 'checkpoint_unreadable'
  }
}

function nameOf({ name, keyId }: Pick<NoteSignature, 'name' | 'keyId'>): string {
  return `${name}+${keyId}`
}
