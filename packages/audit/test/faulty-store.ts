import { StoreError, type Commit, type Store } from '@sallyport/store'

/** What becomes of one commit of entries. */
export type Fault =
  /** It is refused as unavailable; nothing is written. */
  | 'reject'
  /** Nothing is written, and nobody knows. */
  | 'lose_answer_before'
  /** It is written, and nobody knows. */
  | 'lose_answer_after'
  /** It is neither taken nor refused until `release` is called; then it is written. */
  | 'hang'

/** A store whose commits of entries go wrong as told. All other commits and all reads are as they are. */
export interface FaultyStore extends Store {
  /** Decides what becomes of each commit of entries from now on. */
  fail(decide: (commit: Commit) => Fault | undefined): void
  /** Lets all commits go on that hang. */
  release(): void
}

/** Wraps a store. */
export function faultyStore(inner: Store): FaultyStore {
  let decide: (commit: Commit) => Fault | undefined = () => undefined
  let waiting: (() => void)[] = []
  const unknown = (): StoreError => new StoreError('ERR_STORE_OUTCOME_UNKNOWN', 'Nobody knows.')
  return {
    ...inner,
    fail: (next) => {
      decide = next
    },
    release: () => {
      for (const goOn of waiting) goOn()
      waiting = []
    },
    commit: async (commit) => {
      const fault = commit.entries.length === 0 ? undefined : decide(commit)
      if (fault === 'reject') throw new StoreError('ERR_STORE_UNAVAILABLE', 'The store is away.')
      if (fault === 'lose_answer_before') throw unknown()
      if (fault === 'hang') await new Promise<void>((resolve) => waiting.push(resolve))
      const committed = await inner.commit(commit)
      if (fault === 'lose_answer_after') throw unknown()
      return committed
    },
  }
}
