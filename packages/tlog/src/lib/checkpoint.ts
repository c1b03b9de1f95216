import { decodeBase64, encodeBase64 } from './base64.ts'
import { TlogError } from './errors.ts'
import { HASH_BYTES } from './hash.ts'
import { isNoteText } from './note-text.ts'
import { isSize, parseDecimal } from './size.ts'

/** What a log states by a checkpoint: that its first `size` entries have this root. */
export interface Checkpoint {
  /** Names the log, such as `audit.example.com/bank`; not empty, one line, without a scheme. */
  readonly origin: string
  /** Entries in the tree, 0 to 2^53−1. */
  readonly size: number
  /** The tree's root, 32 bytes. */
  readonly root: Uint8Array
  /** Further lines, none of them empty. */
  readonly extensions?: readonly string[] | undefined
}

/**
 * Formats the text of a checkpoint, which `signNote` then signs.
 *
 * @param checkpoint origin, size and root
 * @throws TlogError `ERR_TLOG_CHECKPOINT_MALFORMED`
 * @see C2SP tlog-checkpoint
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const extensions = checkpoint.extensions ?? []
  const lines = [checkpoint.origin, String(checkpoint.size), encodeBase64(checkpoint.root), ...extensions]
  const valid = isSize(checkpoint.size) && checkpoint.root.length === HASH_BYTES && isOrigin(checkpoint.origin)
  const text = `${lines.join('\n')}\n`
  if (!valid || !extensions.every(isLine) || !isNoteText(text)) throw malformed()
  return text
}

/**
 * Parses the text of a checkpoint; accepts exactly what `formatCheckpoint` gives.
 *
 * The text says nothing until a signature over it was verified: parse what `openNote` gives. A root that is not 32
 * bytes is refused here, because the format binds the tree to SHA-256 and no later check could use another.
 *
 * @param text the note's text, with its last newline; at most 1 MB; attacker-controlled
 * @returns the checkpoint, with `extensions` only when there are some
 * @throws TlogError `ERR_TLOG_CHECKPOINT_MALFORMED`, also for a size above 2^53−1
 * @see C2SP tlog-checkpoint
 */
export function parseCheckpoint(text: string): Checkpoint {
  if (!isNoteText(text)) throw malformed()
  const [origin, decimal, base64, ...rest] = text.split('\n')
  const size = decimal === undefined ? undefined : parseDecimal(decimal)
  const root = base64 === undefined ? undefined : decodeBase64(base64)
  if (origin === undefined || size === undefined || root === undefined || rest.pop() !== '') throw malformed()
  const checkpoint = { origin, size, root, ...(rest.length > 0 ? { extensions: rest } : {}) }
  if (formatCheckpoint(checkpoint) !== text) throw malformed()
  return checkpoint
}

function isOrigin(origin: string): boolean {
  return isLine(origin) && !/^[a-z][a-z0-9+.-]{0,30}:\/\//i.test(origin)
}

function isLine(line: string): boolean {
  return line !== '' && !line.includes('\n')
}

function malformed(): TlogError {
  return new TlogError('ERR_TLOG_CHECKPOINT_MALFORMED', 'The text is not a checkpoint.')
}
