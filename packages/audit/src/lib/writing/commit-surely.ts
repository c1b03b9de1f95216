import { StoreError, type Commit, type Committed, type Store } from '@sallyport/store'

const TRIES = 4

/**
 * Commits, and asks again where the outcome is unknown: repeating one commit id is safe and tells what became of it.
 *
 * @param store Where to.
 * @param commit What, under one id for all tries.
 * @returns What became of the commit.
 * @throws `StoreError` with `ERR_STORE_OUTCOME_UNKNOWN` when it is still unknown after four tries: that a repeat wrote
 * nothing says nothing of the first try. Any other error of the first try means that nothing was written.
 */
export async function commitSurely(store: Store, commit: Commit): Promise<Committed> {
  let unknown: StoreError | undefined
  for (let tries = 1; ; tries++) {
    try {
      return await store.commit(commit)
    } catch (error) {
      if (isOutcomeUnknown(error)) unknown ??= error
      if (unknown === undefined) throw error
      if (tries === TRIES) throw unknown
    }
  }
}

/** Tells whether an error leaves open what became of a commit. */
export function isOutcomeUnknown(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'ERR_STORE_OUTCOME_UNKNOWN'
}

/** Tells whether it is the store that is in trouble, and not what was to be committed. */
export function isAway(error: unknown): boolean {
  return error instanceof StoreError && error.code !== 'ERR_STORE_INPUT'
}
