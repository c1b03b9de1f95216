import type { Commit, Committed, StoreErrorCode, Write } from '@sallyport/store'

/** A write on its way to the worker: as the caller gave it, but for a value that is serialised already. */
export type WireWrite =
  | (Omit<Extract<Write, { op: 'put' }>, 'value'> & { readonly value: string })
  | Exclude<Write, { op: 'put' }>

/** An entry on its way to the worker: id, time, tags as JSON and the number of its bytes, which travel apart. */
export type WireEntry = readonly [id: string, at: number, tags: string, length: number]

/** A commit on its way to the worker. */
export interface WireCommit {
  readonly id: string
  readonly writes: readonly WireWrite[]
  readonly entries: readonly WireEntry[]
}

/** What became of one commit of a batch: an outcome, or `repeated_entry` when the log holds one of its entry ids. */
export type WireOutcome = Committed | 'repeated_entry'

/** Commits for one transaction: JSON texts of `WireCommit` and the bytes of all their entries one after the other. */
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

/** What the worker answers. `outcomes` is a JSON array of `WireOutcome`, in the order of the batch. */
export type WriterReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly outcomes: string }
  | { readonly kind: 'failed'; readonly failure: WireFailure }
  | { readonly kind: 'closed' }

/** Serialises a commit without the bytes of its entries. From here on the caller's objects are not looked at again. */
export function formatCommit(commit: Commit): string {
  const wire: WireCommit = {
    id: commit.id,
    writes: commit.writes.map((write) =>
      write.op === 'put' ? { ...write, value: JSON.stringify(write.value) } : write,
    ),
    entries: commit.entries.map(({ id, at, tags, bytes }) => [id, at, JSON.stringify(tags), bytes.length]),
  }
  return JSON.stringify(wire)
}

/** Reads the commits of a batch. */
export function parseCommits(text: string): readonly WireCommit[] {
  const commits: readonly WireCommit[] = JSON.parse(text)
  return commits
}

/** Reads the outcomes of a batch. */
export function parseOutcomes(text: string): readonly WireOutcome[] {
  const outcomes: readonly WireOutcome[] = JSON.parse(text)
  return outcomes
}
