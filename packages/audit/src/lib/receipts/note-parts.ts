import { TlogError } from '@sallyport/tlog'
import { openNote } from '@sallyport/tlog/note'
import { mergeSignatures } from '@sallyport/tlog/witness'

/** Splits a note at its last empty line. Nothing is verified: what is inside is only to be looked at. */
export function splitNote(note: string): { readonly text: string; readonly signatures: string } {
  const border = note.lastIndexOf('\n\n')
  return { text: note.slice(0, border + 1), signatures: note.slice(border + 2) }
}

/** Tells whether a text is a note, whoever signed it. */
export function isNote(text: string): boolean {
  try {
    openNote(text, [])
    return true
  } catch (error) {
    // No key was given, so a note that can be read cannot be more than unsigned.
    if (error instanceof TlogError) return error.code === 'ERR_TLOG_NOTE_UNSIGNED'
    throw error
  }
}

/**
 * Adds the signature lines of witnesses to a checkpoint. They come from a record that nobody has signed: a line in the
 * name of the ledger itself, which could only spoil the note, is left out, and lines that are none are left out together.
 *
 * @param note the checkpoint
 * @param lines the lines that are kept for it
 * @param origin the ledger's name
 */
export function addCosignatures(note: string, lines: string, origin: string): string {
  const others = lines.split('\n').filter((line) => line !== '' && !line.startsWith(`— ${origin} `))
  try {
    return mergeSignatures(note, others.map((line) => `${line}\n`).join(''))
  } catch (error) {
    if (error instanceof TlogError) return note
    throw error
  }
}
