import type { Key, Store } from '@sallyport/store'
import { CHECKPOINT_PREFIX, checkpointKey, parseNote } from '../signing/tree-store.ts'
import type { TrustedKeys } from '../signing/trusted-keys.ts'
import { problemOf, type ProblemList } from './verdict.ts'

const PAGE = 500

/** A checkpoint whose signature held. */
export interface SignedRoot {
  readonly size: number
  readonly root: Uint8Array
  /** Whether it is in the store; otherwise it is known from elsewhere. */
  readonly stored: boolean
}

/** The good checkpoints of a ledger in order of size, opened as they are asked for; bad ones go to the problems. */
export interface CheckpointSource {
  /** Gives the next one without taking it; `undefined` when there is none left. */
  readonly peek: () => Promise<SignedRoot | undefined>
  /** Takes those of at most that size. */
  readonly takeUpTo: (size: number) => Promise<readonly SignedRoot[]>
}

/** Where checkpoints come from and what they are judged by. */
export interface CheckpointParts {
  readonly store: Store
  readonly keys: TrustedKeys
  /** Judges the manifests as they are now: a key may have been added since `keys` were. */
  readonly keysNow: () => Promise<TrustedKeys>
  /** Notes that were kept elsewhere; they count like those in the store. */
  readonly known: readonly string[]
  /** What another signed note of the ledger says of its roots. */
  readonly stated: readonly SignedRoot[]
  readonly problems: ProblemList
}

/** Opens the checkpoints of a store, and those known from elsewhere, page by page. */
export function createCheckpointSource(parts: CheckpointParts): CheckpointSource {
  const iterator = readCheckpoints(parts)
  let next: Promise<SignedRoot | undefined> | undefined
  const peek = async (): Promise<SignedRoot | undefined> => {
    next ??= iterator.next().then((step) => (step.done === true ? undefined : step.value))
    return next
  }
  return {
    peek,
    takeUpTo: async (size) => {
      const taken: SignedRoot[] = []
      for (let first = await peek(); first !== undefined && first.size <= size; first = await peek()) {
        taken.push(first)
        next = undefined
      }
      return taken
    },
  }
}

async function* readCheckpoints(parts: CheckpointParts): AsyncGenerator<SignedRoot, void, void> {
  const opened = parts.known
    .map((note) => judgeNote(parts, parts.keys.open(note)))
    .filter((checkpoint) => checkpoint !== undefined)
  const known = [...opened, ...parts.stated].toSorted((one, other) => one.size - other.size)
  for await (const stored of readStored(parts)) {
    while (known[0] !== undefined && known[0].size < stored.size) yield* known.splice(0, 1)
    yield stored
  }
  yield* known
}

async function* readStored(parts: CheckpointParts): AsyncGenerator<SignedRoot, void, void> {
  let after: Key | undefined
  let { keys } = parts
  for (;;) {
    const page = await parts.store.list(CHECKPOINT_PREFIX, { after, limit: PAGE })
    let isFresh = false
    for (const record of page) {
      const note = parseNote(record.value) ?? ''
      let opened = keys.open(note)
      if (opened === 'checkpoint_unsigned' && !isFresh) {
        keys = await parts.keysNow()
        isFresh = true
        opened = keys.open(note)
      }
      const checkpoint = judgeNote(parts, opened, record.key)
      if (checkpoint !== undefined) yield checkpoint
    }
    after = page.at(-1)?.key
    if (after === undefined) return
  }
}

// The key of a record says which size its checkpoint is of: without that, one could stand in for another.
function judgeNote(parts: CheckpointParts, opened: ReturnType<TrustedKeys['open']>, key?: Key): SignedRoot | undefined {
  const size = key === undefined ? undefined : Number(key.at(-1))
  if (typeof opened === 'string') {
    parts.problems.add(problemOf(opened, size))
    return undefined
  }
  const stored = key !== undefined
  if (!stored || key.join('/') === checkpointKey(opened.size).join('/')) {
    return { size: opened.size, root: opened.root, stored }
  }
  parts.problems.add(problemOf('checkpoint_misplaced', size))
  return undefined
}
