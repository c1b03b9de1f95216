import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { isKeyName, isNoteText } from './note-text.ts'

const MAX_SIGNATURES = 64
const KEY_ID_BYTES = 4
const LINE = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/u

/** Makes the signatures of one key. `ed25519Signer` gives one. */
export interface NoteSigner {
  /** The key's name, as in its verifier key: no white space, no plus sign. */
  readonly name: string
  /** The first four bytes of the key's hash, as an unsigned number. */
  readonly keyId: number
  /** Signs the bytes of the note's text. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** Judges the signatures of one key. `parseVerifierKey` gives one. */
export interface NoteVerifier {
  readonly name: string
  readonly keyId: number
  /** Tells whether the signature is this key's over the message; never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string
  readonly keyId: number
  readonly signature: Uint8Array
}

/** A note of which at least one signature was verified. */
export interface OpenedNote {
  /** What was signed, with its last newline. */
  readonly text: string
  /** Good signatures of the given keys, each key once. */
  readonly verified: readonly NoteSignature[]
  /** Signatures of keys that were not given: they say nothing. */
  readonly unverified: readonly NoteSignature[]
}

/**
 * Signs a text.
 *
 * @param text ends in a newline, has no control characters; with its signatures at most 1 MB
 * @param signers 1 to 64 of them, asked one after the other
 * @returns the text, an empty line and one signature line for each signer
 * @throws TlogError `ERR_TLOG_NOTE_MALFORMED` when text or names break the format; what a signer throws
 * @see C2SP signed-note
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  if (signers.length === 0 || signers.length > MAX_SIGNATURES || !text.endsWith('\n')) throw malformed()
  if (!isNoteText(text) || !signers.every((signer) => isKeyName(signer.name))) throw malformed()
  const message = Buffer.from(text)
  const lines: string[] = []
  for (const signer of signers) {
    const signature = await signer.sign(message)
    lines.push(formatLine({ name: signer.name, keyId: signer.keyId, signature }))
  }
  const note = `${text}\n${lines.join('')}`
  if (!isNoteText(note)) throw malformed()
  return note
}

/**
 * Verifies a note.
 *
 * The text is the signers' only when this returns. Signatures of keys that were not given are ignored, whatever they
 * hold; a bad signature of a given key refuses the whole note, good ones beside it or not.
 *
 * @param note text and signature lines, at most 1 MB and 64 lines; attacker-controlled
 * @param verifiers the keys that are trusted
 * @returns the text and whose signatures it bears
 * @throws TlogError `ERR_TLOG_NOTE_MALFORMED`, `ERR_TLOG_NOTE_BAD_SIGNATURE`, `ERR_TLOG_NOTE_UNSIGNED`
 * @see C2SP signed-note
 */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): OpenedNote {
  const { text, signatures } = splitNote(note)
  const message = Buffer.from(text)
  const verified = new Map<string, NoteSignature>()
  const unverified = new Map<string, NoteSignature>()
  for (const signature of signatures) {
    const key = `${signature.name}+${signature.keyId}`
    const known = verifiers.filter((verifier) => isSigner(verifier, signature))
    if (known.length === 0) unverified.set(key, signature)
    else if (known.some((verifier) => verifier.verify(message, signature.signature))) verified.set(key, signature)
    else throw new TlogError('ERR_TLOG_NOTE_BAD_SIGNATURE', 'A signature of a known key does not fit the text.')
  }
  if (verified.size === 0) throw new TlogError('ERR_TLOG_NOTE_UNSIGNED', 'No known key has signed the note.')
  return { text, verified: [...verified.values()], unverified: [...unverified.values()] }
}

/** The two halves of a note; none of its signatures is verified. */
export interface SplitNote {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** Splits a note without verifying anything. Throws `ERR_TLOG_NOTE_MALFORMED`. */
export function splitNote(note: string): SplitNote {
  // A text may hold empty lines of its own, so the last one is the border.
  const border = isNoteText(note) ? note.lastIndexOf('\n\n') : -1
  const lines = note.slice(border + 2).split('\n')
  if (border < 0 || lines.length < 2 || lines.pop() !== '' || lines.length > MAX_SIGNATURES) throw malformed()
  return { text: note.slice(0, border + 1), signatures: lines.map(parseLine) }
}

function parseLine(line: string): NoteSignature {
  const [, name, base64] = LINE.exec(line) ?? []
  const bytes = base64 === undefined ? undefined : decodeBase64(base64)
  if (name === undefined || !isKeyName(name) || bytes === undefined || bytes.length <= KEY_ID_BYTES) throw malformed()
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) }
}

/** Formats one signature line, with its newline. */
export function formatLine(signature: NoteSignature): string {
  const bytes = new Uint8Array(KEY_ID_BYTES + signature.signature.length)
  new DataView(bytes.buffer).setUint32(0, signature.keyId)
  bytes.set(signature.signature, KEY_ID_BYTES)
  return `— ${signature.name} ${encodeBase64(bytes)}\n`
}

function isSigner(verifier: NoteVerifier, signature: NoteSignature): boolean {
  return verifier.name === signature.name && verifier.keyId === signature.keyId
}

function malformed(): TlogError {
  return new TlogError('ERR_TLOG_NOTE_MALFORMED', 'The text is not a signed note.')
}
