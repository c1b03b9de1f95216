import type { Commit, Committed, StoreErrorCode, Write } from '@sallyport/store'
import { formatHead } from './chunk.ts'

/** A write on its way to the worker: as the caller gave it, but for a value that is serialised already. */
export type WireWrite =
  | (Omit<Extract<Write, { op: 'put' }>, 'value'> & { readonly value: string })
  | Exclude<Write, { op: 'put' }>

/** A commit on its way to the worker; `sizes` are those of its entries, whose heads and bytes travel apart. */
export type WireCommit = readonly [id: string, writes: readonly WireWrite[], sizes: readonly number[]]

/** A commit as texts: a `WireCommit` in JSON, and the head of each entry as the log will keep it (see chunk.ts). */
export interface CommitText {
  readonly text: string
  readonly heads: readonly string[]
}

/** What became of a commit: just the index of its first entry where nothing else is to be said, or the whole outcome. */
export type WireOutcome = number | Committed

/** What became of one commit of a batch; `repeated_entry` when the log holds one of its entry ids already. */
export type WireAnswer = WireOutcome | 'repeated_entry'

/** Commits for one transaction: a line with the JSON array of them, a line for each head, and the bytes of all entries. */
export interface WireBatch {
  readonly text: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Milliseconds since the epoch by the store's clock, which decides expiry. */
  readonly now: number
}

/** What the main thread tells the worker. */
export type WriterRequest = ({ readonly kind: 'batch' } & WireBatch) | { readonly kind: 'close' }

/** Why a batch or the opening failed, in a form that crosses threads. */
export interface WireFailure {
  readonly code: StoreErrorCode
  readonly message: string
  readonly cause: unknown
}

/** What the worker answers. `answers` is a JSON array of `WireAnswer`, in the order of the batch. */
export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly answers: string }
  | { readonly kind: 'failed'; readonly failure: WireFailure }
  | { readonly kind: 'closed' }

/** Serialises a commit without the bytes of its entries. From here on the caller's objects are not looked at again. */
export function formatCommit({ id, writes, entries }: Commit): CommitText {
  const wireWrites = writes.map((write) =>
    write.op === 'put' ? { ...write, value: JSON.stringify(write.value) } : write,
  )
  const wire: WireCommit = [id, wireWrites, entries.map((entry) => entry.bytes.length)]
  return { text: JSON.stringify(wire), heads: entries.map(formatHead) }
}

/** Puts the texts of commits into the text of a batch; JSON holds no line breaks. */
export function formatBatch(commits: readonly string[], heads: readonly string[]): string {
  return [`[${commits.join(',')}]`, ...heads].join('\n')
}

/** Reads the text of a batch. */
export function parseBatch(text: string): { readonly commits: readonly WireCommit[]; readonly heads: string[] } {
  const [first = '[]', ...heads] = text.split('\n')
  const commits: readonly WireCommit[] = JSON.parse(first)
  return { commits, heads }
}

/** Reads the answers to a batch. */
export function parseAnswers(text: string): readonly WireAnswer[] {
  const answers: readonly WireAnswer[] = JSON.parse(text)
  return answers
}

/** The outcome as the caller gets it. */
export function outcomeOf(outcome: WireOutcome): Committed {
  return typeof outcome === 'number' ? { ok: true, firstIndex: outcome, counts: [] } : outcome
}
