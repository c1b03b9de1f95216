import { TlogError } from './errors.ts'
import { formatLine, openNote, splitNote, type NoteSignature, type NoteVerifier } from './note.ts'

/**
 * Adds signature lines to a note, without verifying any: those that a witness answered, or that were kept apart.
 *
 * A key that is in the note already stays as it is there, so that nobody's line is displaced by an unverified one.
 *
 * @param note text and signature lines, at most 1 MB and 64 lines
 * @param lines signature lines, each with its newline; none at all is allowed
 * @returns the note with one line for each key, those of the note first
 * @throws TlogError `ERR_TLOG_NOTE_MALFORMED`, also when the result would have more than 64 lines
 */
export function mergeSignatures(note: string, lines: string): string {
  const { text, signatures } = splitNote(note)
  const merged = new Map<string, NoteSignature>()
  for (const signature of [...signatures, ...parseLines(text, lines)]) {
    const key = `${signature.name}+${signature.keyId}`
    if (!merged.has(key)) merged.set(key, signature)
  }
  const result = `${text}\n${formatSignatures([...merged.values()])}`
  splitNote(result)
  return result
}

/**
 * Verifies signature lines that stand apart from their note, such as the answer of a witness.
 *
 * @param note the note whose text they sign; its own signatures are not looked at
 * @param lines signature lines, each with its newline; attacker-controlled
 * @param verifiers the keys that are trusted; the lines of all others are ignored
 * @returns good signatures of the given keys, each key once
 * @throws TlogError as `openNote`: also when not one of the keys has signed
 */
export function openCosignatures(
  note: string,
  lines: string,
  verifiers: readonly NoteVerifier[],
): readonly NoteSignature[] {
  const { text } = splitNote(note)
  if (parseLines(text, lines).length === 0) throw new TlogError('ERR_TLOG_NOTE_UNSIGNED', 'There is no signature line.')
  return openNote(`${text}\n${lines}`, verifiers).verified
}

/** Formats signatures as the lines of a note, each with its newline. */
export function formatSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(formatLine).join('')
}

function parseLines(text: string, lines: string): readonly NoteSignature[] {
  if (lines === '') return []
  const split = splitNote(`${text}\n${lines}`)
  // With an empty line among them, some of the lines would have been taken for text.
  if (split.text !== text) throw new TlogError('ERR_TLOG_NOTE_MALFORMED', 'The text is not one of signature lines.')
  return split.signatures
}
