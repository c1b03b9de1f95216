import type { Commit, Committed, Store } from '@sallyport/store'

/** What may be wrong with a store, to see whether it would be noticed. */
export type Defect = 'acknowledges-early' | 'commits-in-two-parts' | 'repeats-under-another-id' | 'swallows-failures'

/** Gives a store a defect; any other text leaves it as it is. */
export function breakStore(store: Store, defect: string): Store {
  const commit = isDefect(defect) ? COMMITS[defect] : undefined
  return commit === undefined ? store : { ...store, commit: async (one) => await commit(store, one) }
}

type BrokenCommit = (store: Store, commit: Commit) => Promise<Committed>

const COMMITS: Readonly<Record<Defect, BrokenCommit>> = {
  'acknowledges-early': async (store, commit) => {
    if (!isOfTheWork(commit)) return await store.commit(commit)
    void store.commit(commit).catch(() => undefined)
    return { ok: true, firstIndex: 0, counts: [] }
  },
  'commits-in-two-parts': async (store, commit) => {
    if (!isOfTheWork(commit)) return await store.commit(commit)
    const done = await store.commit({ ...commit, id: `${commit.id}-records`, entries: [] })
    return done.ok ? await store.commit({ ...commit, writes: [] }) : done
  },
  'repeats-under-another-id': async (store, commit) => {
    try {
      return await store.commit(commit)
    } catch {
      const writes = commit.writes.filter(({ op }) => op === 'add')
      const entries = commit.entries.map((entry) => ({ ...entry, id: `${entry.id}-again` }))
      return await store.commit({ id: `${commit.id}-again`, writes, entries })
    }
  },
  'swallows-failures': async (store, commit) => {
    try {
      return await store.commit(commit)
    } catch (error) {
      if (!isOfTheWork(commit)) throw error
      return { ok: true, firstIndex: 0, counts: [] }
    }
  },
}

function isDefect(text: string): text is Defect {
  return Object.hasOwn(COMMITS, text)
}

function isOfTheWork({ writes }: Commit): boolean {
  return writes.some((write) => write.op !== 'drop' && write.key[0] === 'done')
}
