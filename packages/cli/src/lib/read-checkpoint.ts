import { CliError } from './errors.ts'
import { MAX_NOTE_BYTES, readBounded } from './read-bounded.ts'

const RECEIPT = 'c2sp.org/tlog-proof@v1\n'

/**
 * Reads a checkpoint that was kept outside the database. Only its form is looked at, so that a wrong file is told from a
 * wrong signature.
 *
 * @param path the file, from the command line.
 * @returns a signed note; whose it is and what it says is not judged.
 * @throws CliError `ERR_CLI_UNREADABLE` when it cannot be read, is empty, or is no signed note.
 */
export async function readCheckpoint(path: string): Promise<string> {
  const note = await readBounded(path, 'checkpoint', { maxBytes: MAX_NOTE_BYTES })
  const wrong = whatIsWrong(note)
  if (wrong === undefined) return note
  throw new CliError('ERR_CLI_UNREADABLE', `The checkpoint ${path} ${wrong}`)
}

/**
 * Gives the size that a checkpoint names.
 *
 * @param note as `readCheckpoint` gave it.
 * @returns `undefined` when it names none.
 */
export function sizeOf(note: string): number | undefined {
  const [, size = ''] = note.split('\n', 2)
  return /^\d{1,16}$/.test(size) ? Number(size) : undefined
}

function whatIsWrong(note: string): string | undefined {
  if (note.trim() === '') {
    return 'is empty, as it is begun for a ledger that had none: it says nothing until the application has signed once.'
  }
  if (note.startsWith(RECEIPT)) return 'is a receipt: its checkpoint is what stands behind its first empty line.'
  const border = note.lastIndexOf('\n\n')
  const lines = border < 0 ? [] : note.slice(border + 2).split('\n')
  const isSigned = lines.length > 1 && lines.pop() === '' && lines.every((line) => line.startsWith('— '))
  return isSigned ? undefined : 'is no signed note: a text, an empty line, and lines of signatures.'
}
